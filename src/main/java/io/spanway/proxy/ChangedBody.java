// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.body.ContentDecoder;
import io.spanway.body.GzipEncoder;
import io.spanway.body.TransformingSource;
import io.spanway.http.AcceptEncoding;
import io.spanway.http.ContentCoding;
import org.jspecify.annotations.Nullable;

/** The body of an answer that is changed on its way: plain for that, compressed for the client. */
final class ChangedBody {
  private static final long MAX_INFLATED = 4L << 30;

  private ChangedBody() {}

  /**
   * Returns {@code body} without its content coding; null, with nothing touched, when that cannot
   * be undone.
   *
   * @param headers the answer's headers, of which those go that name other bytes
   */
  static @Nullable BodySource plain(HttpHeaders headers, BodySource body) {
    ContentCoding coding = ContentCoding.of(headers);
    ContentDecoder decoder = ContentDecoder.of(coding, MAX_INFLATED);
    if (decoder == null && coding != ContentCoding.IDENTITY) {
      return null;
    }
    headers.remove(HttpHeaderNames.CONTENT_ENCODING);
    headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    headers.remove(HttpHeaderNames.ETAG);
    return decoder == null ? body : new TransformingSource(body, decoder);
  }

  /**
   * Returns {@code changed} as the client takes it.
   *
   * @param small whether compressing is not worth it
   */
  static BodySource encoded(
      Exchange exchange, HttpHeaders headers, BodySource changed, boolean small) {
    if (!headers.containsValue(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING, true)) {
      headers.add(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING);
    }
    if (small || !AcceptEncoding.of(exchange.request().headers()).gzip()) {
      return changed;
    }
    headers.set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP);
    return new TransformingSource(changed, new GzipEncoder());
  }
}
