// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.spanway.http.OutboundRequest;
import java.util.Iterator;
import java.util.Map;

/**
 * Heads from HTTP/2's form to HTTP/1's, which the rest of Spanway uses, and back (RFC 9113 section
 * 8.2 and 8.3).
 */
final class Http2Heads {
  private Http2Heads() {}

  /** Returns the head of a request to {@code url}. */
  static Http2Headers request(OutboundRequest request, UpstreamAddress url) {
    Http2Headers headers = of(request.headers());
    headers.method(request.method());
    headers.scheme(url.secure() ? "https" : "http");
    headers.authority(url.hostHeader());
    headers.path(request.target());
    return headers;
  }

  /** Returns {@code from} without what concerns one connection of HTTP/1. */
  static Http2Headers of(HttpHeaders from) {
    Http2Headers to = new DefaultHttp2Headers(false, from.size() + 4);
    Iterator<Map.Entry<CharSequence, CharSequence>> entries = from.iteratorCharSequence();
    while (entries.hasNext()) {
      Map.Entry<CharSequence, CharSequence> entry = entries.next();
      AsciiString name = AsciiString.of(entry.getKey()).toLowerCase();
      if (name.contentEquals(HttpHeaderNames.TE)) {
        if (AsciiString.containsIgnoreCase(entry.getValue(), HttpHeaderValues.TRAILERS)) {
          to.set(name, HttpHeaderValues.TRAILERS);
        }
      } else if (!isOfHttp1(name)) {
        to.add(name, entry.getValue());
      }
    }
    return to;
  }

  private static boolean isOfHttp1(AsciiString name) {
    return switch (name.length()) {
      case 4 -> name.contentEquals(HttpHeaderNames.HOST);
      case 6 -> name.contentEquals(HttpHeaderNames.EXPECT);
      case 7 -> name.contentEquals(HttpHeaderNames.UPGRADE);
      case 10 -> name.contentEquals(HttpHeaderNames.CONNECTION) || name.contentEquals("keep-alive");
      case 14 -> name.contentEquals("http2-settings");
      case 16 -> name.contentEquals("proxy-connection");
      case 17 -> name.contentEquals(HttpHeaderNames.TRANSFER_ENCODING);
      default -> false;
    };
  }

  /**
   * Returns the status.
   *
   * @throws IllegalArgumentException if there is none
   */
  static int status(Http2Headers from) {
    CharSequence status = from.status();
    if (status == null) {
      throw new IllegalArgumentException("no status");
    }
    return AsciiString.of(status).parseInt();
  }

  /**
   * Returns the headers of an answer.
   *
   * @throws IllegalArgumentException if one could not stand in HTTP/1
   */
  static HttpHeaders headers(Http2Headers from) {
    // With validation: HTTP/2's frames can carry line ends.
    HttpHeaders to = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    from.forEach(
        entry -> {
          CharSequence name = entry.getKey();
          if (name.length() > 0 && name.charAt(0) != ':') {
            to.add(name, entry.getValue());
          }
        });
    return to;
  }

  /** Returns the trailers of an answer. */
  static HttpHeaders trailers(Http2Headers from) {
    HttpHeaders to = headers(from);
    to.remove(HttpHeaderNames.CONTENT_LENGTH);
    to.remove(HttpHeaderNames.TRANSFER_ENCODING);
    to.remove(HttpHeaderNames.TRAILER);
    return to.isEmpty() ? EmptyHttpHeaders.INSTANCE : to;
  }

  /**
   * Returns the length that the head promises, -1 for none.
   *
   * @throws IllegalArgumentException if it is not a length
   */
  static long contentLength(HttpHeaders headers) {
    String text = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    return text == null ? -1 : Long.parseUnsignedLong(text);
  }
}
