// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which headers of an answer others may have, and which forbid giving them the answer at all. */
final class SharedHeaders {
  /** A list of what is kept, not of what is dropped: a new upstream header must not leak. */
  private static final List<String> KEPT =
      List.of(
          "content-type",
          "content-language",
          "content-disposition",
          "retry-after",
          "www-authenticate",
          "deprecation");

  /** Request headers that the key covers in full, or that change nothing which is kept. */
  private static final Set<String> KEYED =
      Set.of("accept", "accept-encoding", "authorization", "cookie", "x-scope-orgid", "origin");

  private SharedHeaders() {}

  /** Returns a copy of the headers that are kept. */
  static HttpHeaders kept(HttpHeaders from) {
    HttpHeaders to = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    for (String name : KEPT) {
      for (String value : from.getAll(name)) {
        to.add(name, value);
      }
    }
    return to;
  }

  /** Says whether requests with the same key may have this answer while it is in flight. */
  static boolean areShareable(HttpHeaders headers) {
    if (headers.contains(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN)) {
      return false;
    }
    for (String line : headers.getAll(HttpHeaderNames.VARY)) {
      for (String name : line.split(",", -1)) {
        if (!KEYED.contains(name.strip().toLowerCase(Locale.ROOT))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Says whether the answer may also be stored. */
  static boolean areStorable(HttpHeaders headers) {
    if (!areShareable(headers) || headers.contains(HttpHeaderNames.SET_COOKIE)) {
      return false;
    }
    for (String line : headers.getAll(HttpHeaderNames.CACHE_CONTROL)) {
      for (String directive : line.split(",", -1)) {
        String name = directive.strip().toLowerCase(Locale.ROOT);
        if (name.equals("no-store") || name.equals("private") || name.startsWith("private=")) {
          return false;
        }
      }
    }
    return true;
  }
}
