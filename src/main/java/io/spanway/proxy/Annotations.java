// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.annotate.AnnotateListener;
import io.spanway.annotate.DerivedFieldSet;
import io.spanway.annotate.LogStreamAnnotator;
import io.spanway.body.BodySource;
import io.spanway.body.ContentDecoder;
import io.spanway.body.TransformingSource;
import io.spanway.http.ContentCoding;
import io.spanway.streams.StreamsAnswer;
import java.util.Locale;

/** Puts derived fields on answers, streaming or whole. Thread-safe. */
final class Annotations {
  private static final long MAX_INFLATED = 4L << 30;

  private final DerivedFieldSet fields;
  private final AnnotateListener listener;

  Annotations(DerivedFieldSet fields, AnnotateListener listener) {
    this.fields = fields;
    this.listener = listener;
  }

  /**
   * Returns {@code body} with the fields put in as it streams; the same body when nothing can be
   * done to it.
   *
   * @param headers the answer's headers, changed where the body will be
   */
  BodySource stream(HttpHeaders headers, BodySource body) {
    if (fields.isEmpty() || !isJson(headers)) {
      return body;
    }
    ContentCoding coding = ContentCoding.of(headers);
    ContentDecoder decoder = ContentDecoder.of(coding, MAX_INFLATED);
    BodySource plain = body;
    if (decoder != null) {
      plain = new TransformingSource(body, decoder);
      headers.remove(HttpHeaderNames.CONTENT_ENCODING);
    } else if (coding != ContentCoding.IDENTITY) {
      listener.fallback(AnnotateListener.Fallback.UNEXPECTED);
      return body;
    }
    headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    return new TransformingSource(plain, new LogStreamAnnotator(fields, listener));
  }

  /** Returns {@code answer} with the fields on its entries. */
  StreamsAnswer annotate(StreamsAnswer answer) {
    return fields.isEmpty() ? answer : fields.annotate(answer, listener);
  }

  private static boolean isJson(HttpHeaders headers) {
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    return type != null && type.toLowerCase(Locale.ROOT).startsWith("application/json");
  }
}
