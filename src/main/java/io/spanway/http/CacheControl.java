// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * What a request's {@code Cache-Control} asks of a cache (RFC 9111 section 5.2.1), as far as
 * Spanway heeds it.
 *
 * @param noCache {@code no-cache}, {@code max-age=0}, or {@code Pragma: no-cache} alone: the answer
 *     must be fetched, and may then be stored
 * @param noStore {@code no-store}: the cache must be left out altogether
 */
public record CacheControl(boolean noCache, boolean noStore) {
  private static final CacheControl NONE = new CacheControl(false, false);

  /** Reads the directives of a request. */
  public static CacheControl of(HttpHeaders request) {
    if (!request.contains(HttpHeaderNames.CACHE_CONTROL)) {
      return request.contains(HttpHeaderNames.PRAGMA)
              && has(request, HttpHeaderNames.PRAGMA, "no-cache")
          ? new CacheControl(true, false)
          : NONE;
    }
    boolean noCache =
        has(request, HttpHeaderNames.CACHE_CONTROL, "no-cache")
            || has(request, HttpHeaderNames.CACHE_CONTROL, "max-age");
    return new CacheControl(noCache, has(request, HttpHeaderNames.CACHE_CONTROL, "no-store"));
  }

  private static boolean has(HttpHeaders headers, CharSequence field, String directive) {
    for (String line : headers.getAll(field)) {
      int from = 0;
      while (from < line.length()) {
        int comma = line.indexOf(',', from);
        int end = comma < 0 ? line.length() : comma;
        if (is(line.substring(from, end).strip(), directive)) {
          return true;
        }
        from = end + 1;
      }
    }
    return false;
  }

  /** Says whether {@code given} is the directive; of {@code max-age} only that of no seconds is. */
  private static boolean is(String given, String directive) {
    int equals = given.indexOf('=');
    String name = equals < 0 ? given : given.substring(0, equals).strip();
    if (!name.equalsIgnoreCase(directive)) {
      return false;
    }
    if (!directive.equals("max-age")) {
      return true;
    }
    String seconds = given.substring(equals + 1).strip();
    if (seconds.length() > 2 && seconds.startsWith("\"") && seconds.endsWith("\"")) {
      seconds = seconds.substring(1, seconds.length() - 1);
    }
    return !seconds.isEmpty() && seconds.chars().allMatch(c -> c == '0');
  }
}
