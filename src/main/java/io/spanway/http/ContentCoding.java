// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/** How a message's body is encoded (RFC 9110 section 8.4), as far as a gateway can undo it. */
public enum ContentCoding {
  /** Not at all. */
  IDENTITY,
  /** gzip (RFC 1952). */
  GZIP,
  /** zlib (RFC 1950), or bare deflate (RFC 1951) as some send it. */
  DEFLATE,
  /** Another, or several on top of each other: such a body passes as it is. */
  OTHER;

  /** Reads {@code Content-Encoding} from a message's headers. */
  public static ContentCoding of(HttpHeaders message) {
    String value = message.get(HttpHeaderNames.CONTENT_ENCODING);
    if (value == null) {
      return IDENTITY;
    }
    if (message.getAll(HttpHeaderNames.CONTENT_ENCODING).size() > 1) {
      return OTHER;
    }
    String coding = value.strip();
    if (coding.equalsIgnoreCase("gzip") || coding.equalsIgnoreCase("x-gzip")) {
      return GZIP;
    }
    if (coding.equalsIgnoreCase("deflate")) {
      return DEFLATE;
    }
    return coding.isEmpty() || coding.equalsIgnoreCase("identity") ? IDENTITY : OTHER;
  }
}
