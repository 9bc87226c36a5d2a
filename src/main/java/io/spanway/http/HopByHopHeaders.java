// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Headers that concern one connection only (RFC 9110 section 7.6.1) and their removal. */
public final class HopByHopHeaders {
  private static final AsciiString[] KNOWN = {
    HttpHeaderNames.CONNECTION,
    AsciiString.cached("keep-alive"),
    HttpHeaderNames.PROXY_AUTHENTICATE,
    HttpHeaderNames.PROXY_AUTHORIZATION,
    AsciiString.cached("proxy-connection"),
    HttpHeaderNames.TE,
    HttpHeaderNames.TRAILER,
    HttpHeaderNames.TRANSFER_ENCODING,
    HttpHeaderNames.UPGRADE,
    AsciiString.cached("http2-settings"),
  };

  private HopByHopHeaders() {}

  /**
   * Returns a copy of {@code from} without hop-by-hop headers: the known ones and those that {@code
   * Connection} names, except identity, which no client can have dropped by naming it.
   *
   * <p>{@code TE} goes with the rest: who sends gRPC on, for which {@code te: trailers} is part of
   * the protocol, sets it anew.
   *
   * @param identity lower-case names of headers that stay although {@code Connection} names them
   */
  public static HttpHeaders copyEndToEnd(HttpHeaders from, Set<String> identity) {
    List<String> named =
        from.contains(HttpHeaderNames.CONNECTION) ? named(from, identity) : List.of();
    // Names and values come from a decoder that has checked them.
    HttpHeaders to = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    Iterator<Map.Entry<CharSequence, CharSequence>> entries = from.iteratorCharSequence();
    while (entries.hasNext()) {
      Map.Entry<CharSequence, CharSequence> entry = entries.next();
      CharSequence name = entry.getKey();
      if (!isHopByHop(name) && !contains(named, name)) {
        to.add(name, entry.getValue());
      }
    }
    return to;
  }

  /** Takes hop-by-hop headers out of an answer's: the known ones and those named by it. */
  public static void removeFrom(HttpHeaders headers) {
    if (headers.contains(HttpHeaderNames.CONNECTION)) {
      for (String name : named(headers, Set.of())) {
        headers.remove(name);
      }
    }
    for (AsciiString name : KNOWN) {
      headers.remove(name);
    }
  }

  /** Returns what {@code Connection} names; empty tokens (CVE-2021-33197) mean nothing. */
  private static List<String> named(HttpHeaders from, Set<String> identity) {
    List<String> named = new ArrayList<>(2);
    for (String line : from.getAll(HttpHeaderNames.CONNECTION)) {
      int at = 0;
      while (at <= line.length()) {
        int comma = line.indexOf(',', at);
        int end = comma < 0 ? line.length() : comma;
        String name = line.substring(at, end).strip().toLowerCase(Locale.ROOT);
        if (!name.isEmpty() && !identity.contains(name)) {
          named.add(name);
        }
        at = end + 1;
      }
    }
    return named;
  }

  private static boolean contains(List<String> named, CharSequence name) {
    for (int i = 0; i < named.size(); i++) {
      if (AsciiString.contentEqualsIgnoreCase(named.get(i), name)) {
        return true;
      }
    }
    return false;
  }

  /** Says whether {@code name} is always hop-by-hop. Runs for each header, so allocates nothing. */
  private static boolean isHopByHop(CharSequence name) {
    for (AsciiString known : KNOWN) {
      if (known.length() == name.length() && known.contentEqualsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }
}
