// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * The {@code Via} header (RFC 9110 section 7.6.3) by which a gateway leaves its mark on what it
 * forwards and knows its own requests when they come back. Immutable.
 */
public final class Via {
  /** Under the name {@code spanway}. */
  public static final Via SPANWAY = new Via("spanway");

  private final String pseudonym;
  private final String element;
  private final String elementHttp2;

  /**
   * Creates one.
   *
   * @param pseudonym the name instead of a host name, a token; gateways in a row that are not a
   *     loop need different ones
   */
  public Via(String pseudonym) {
    if (pseudonym.isEmpty()) {
      throw new IllegalArgumentException("pseudonym: empty (expected: a token)");
    }
    for (int i = 0; i < pseudonym.length(); i++) {
      char c = pseudonym.charAt(i);
      if (c <= ' ' || c >= 0x7f || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
        throw new IllegalArgumentException("pseudonym: " + pseudonym + " (expected: a token)");
      }
    }
    this.pseudonym = pseudonym;
    this.element = "1.1 " + pseudonym;
    this.elementHttp2 = "2.0 " + pseudonym;
  }

  /** Adds the mark to a request of our own. */
  public void addTo(HttpHeaders outbound) {
    addTo(outbound, false);
  }

  /**
   * Adds the mark, after those of the proxies before.
   *
   * @param http2 whether what is forwarded came by HTTP/2
   */
  public void addTo(HttpHeaders outbound, boolean http2) {
    outbound.add(HttpHeaderNames.VIA, http2 ? elementHttp2 : element);
  }

  /**
   * Says whether a request has been here before: it is in a loop, which RFC 9209 calls {@code
   * proxy_loop_detected} and RFC 5842 answers with 508.
   */
  public boolean isIn(HttpHeaders request) {
    if (!request.contains(HttpHeaderNames.VIA)) {
      return false;
    }
    for (String line : request.getAll(HttpHeaderNames.VIA)) {
      if (names(line)) {
        return true;
      }
    }
    return false;
  }

  /** Looks for the pseudonym as second word of an element; comments may hold anything. */
  private boolean names(String line) {
    int word = 0;
    int from = -1;
    int depth = 0;
    for (int i = 0; i <= line.length(); i++) {
      char c = i < line.length() ? line.charAt(i) : ',';
      if (depth > 0 && i < line.length()) {
        if (c == '\\') {
          i++;
        } else if (c == '(') {
          depth++;
        } else if (c == ')') {
          depth--;
        }
        continue;
      }
      boolean separates = c == ' ' || c == '\t' || c == ',' || c == '(';
      if (!separates) {
        if (from < 0) {
          from = i;
          word++;
        }
        continue;
      }
      if (from >= 0 && word == 2 && isPseudonym(line, from, i)) {
        return true;
      }
      from = -1;
      if (c == ',') {
        word = 0;
      } else if (c == '(') {
        depth++;
      }
    }
    return false;
  }

  private boolean isPseudonym(String line, int from, int to) {
    return to - from == pseudonym.length()
        && line.regionMatches(true, from, pseudonym, 0, pseudonym.length());
  }
}
