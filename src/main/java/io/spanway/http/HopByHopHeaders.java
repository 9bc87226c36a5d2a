// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Headers that concern one connection only (RFC 9110 section 7.6.1) and their removal. */
public final class HopByHopHeaders {
  private static final Set<String> ALWAYS =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "http2-settings");

  private HopByHopHeaders() {}

  /**
   * Returns a copy of {@code from} without hop-by-hop headers: the known ones and those that {@code
   * Connection} names, except identity, which no client can have dropped by naming it.
   *
   * @param identity lower-case names of headers that stay although {@code Connection} names them
   */
  public static HttpHeaders copyEndToEnd(HttpHeaders from, Set<String> identity) {
    Set<String> named = Set.of();
    if (from.contains("connection")) {
      named = new HashSet<>();
      for (String line : from.getAll("connection")) {
        for (String token : line.split(",", -1)) {
          String name = token.strip().toLowerCase(Locale.ROOT);
          if (!name.isEmpty() && !identity.contains(name)) {
            named.add(name);
          }
        }
      }
    }
    // Names and values come from a decoder that has checked them.
    HttpHeaders to = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    Iterator<Map.Entry<CharSequence, CharSequence>> entries = from.iteratorCharSequence();
    while (entries.hasNext()) {
      Map.Entry<CharSequence, CharSequence> entry = entries.next();
      String name = entry.getKey().toString().toLowerCase(Locale.ROOT);
      if (!ALWAYS.contains(name) && !named.contains(name)) {
        to.add(entry.getKey(), entry.getValue());
      }
    }
    return to;
  }
}
