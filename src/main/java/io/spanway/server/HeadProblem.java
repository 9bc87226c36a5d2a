// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http2.Http2Headers;
import io.spanway.http.ProxyError;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Why a request's head is refused before any handler sees it.
 *
 * @param error what the answer's status is taken from
 * @param message what the client is told
 */
record HeadProblem(ProxyError error, String message) {
  static final String HEAD_TOO_LARGE = "request head too large";
  static final String BODY_TOO_LARGE = "the request body is too large";

  /** Returns what is wrong with a decoded head under {@code limits}, or null. */
  static @Nullable HeadProblem of(HttpRequest request, ServerLimits limits) {
    if (request.decoderResult().isFailure()) {
      return new HeadProblem(errorOf(request.decoderResult().cause()), "malformed HTTP request");
    }
    HttpHeaders headers = request.headers();
    int hosts = count(headers, HttpHeaderNames.HOST);
    if (hosts > 1 || (hosts == 0 && request.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
      return bad("exactly one Host header is needed");
    }
    if (request.protocolVersion().majorVersion() != 1) {
      return bad("unknown HTTP version");
    }
    if (bytes(request, limits.maxHead()) > limits.maxHead()) {
      return new HeadProblem(ProxyError.HTTP_REQUEST_HEAD_TOO_LARGE, HEAD_TOO_LARGE);
    }
    HeadProblem problem = ofHeaders(headers, limits.maxBody());
    if (problem != null) {
      return problem;
    }
    if (hasUserInfo(request.uri())) {
      return bad("the request target holds credentials");
    }
    return null;
  }

  /** Returns what is wrong with headers whatever HTTP version they came by, or null. */
  static @Nullable HeadProblem ofHeaders(HttpHeaders headers, long maxBody) {
    String expect = headers.get(HttpHeaderNames.EXPECT);
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      return new HeadProblem(ProxyError.EXPECTATION_FAILED, "unknown expectation");
    }
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    // The decoder has checked that it is a number.
    if (maxBody > 0 && length != null && Long.parseLong(length) > maxBody) {
      return new HeadProblem(ProxyError.HTTP_REQUEST_TOO_LARGE, BODY_TOO_LARGE);
    }
    return null;
  }

  private static int count(HttpHeaders headers, CharSequence name) {
    int count = 0;
    Iterator<? extends CharSequence> values = headers.valueCharSequenceIterator(name);
    while (values.hasNext()) {
      values.next();
      count++;
    }
    return count;
  }

  private static HeadProblem bad(String message) {
    return new HeadProblem(ProxyError.HTTP_REQUEST_ERROR, message);
  }

  private static ProxyError errorOf(@Nullable Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return ProxyError.HTTP_TARGET_TOO_LONG;
    }
    if (cause instanceof TooLongHttpHeaderException || cause instanceof TooLongFrameException) {
      return ProxyError.HTTP_REQUEST_HEAD_TOO_LARGE;
    }
    return ProxyError.HTTP_REQUEST_ERROR;
  }

  /** Only absolute forms may have it, and none should (RFC 9110 section 4.2.4). */
  private static boolean hasUserInfo(String uri) {
    int start = uri.startsWith("/") ? -1 : uri.indexOf("://");
    if (start < 0) {
      return false;
    }
    for (int i = start + 3; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c == '/' || c == '?') {
        return false;
      }
      if (c == '@') {
        return true;
      }
    }
    return false;
  }

  /** Returns the size of a head that came by HTTP/2, as HTTP/1.1 would have it. */
  static long bytes(Http2Headers block) {
    long bytes = 0;
    for (var entry : block) {
      bytes += entry.getKey().length() + entry.getValue().length() + 4L;
    }
    return bytes;
  }

  private static long bytes(HttpRequest request, int maxHead) {
    // The decoder bounds the line and the headers each; only large ones need the sum.
    if (request.uri().length() < maxHead / 2) {
      return 0;
    }
    long bytes = request.uri().length();
    var entries = request.headers().iteratorCharSequence();
    while (entries.hasNext()) {
      var entry = entries.next();
      bytes += entry.getKey().length() + entry.getValue().length() + 4L;
    }
    return bytes;
  }
}
