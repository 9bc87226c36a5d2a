// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import org.jspecify.annotations.Nullable;

/**
 * A request target (RFC 9112 section 3.2): origin form, {@code *}, or absolute form of which only
 * path and query count, since upstreams come from the configuration alone. Routing looks at the
 * path decoded once; the client's own bytes are what is forwarded (bytes outside ASCII, which no
 * target may hold, as their escapes). Confined to its exchange's event loop.
 */
public final class RequestTarget {
  private final String raw;
  private final String origin;
  private final String rawPath;
  private final String rawQuery;
  private final String path;
  private @Nullable QueryParameters query;

  private RequestTarget(String raw, String origin, String rawPath, String rawQuery, String path) {
    this.raw = raw;
    this.origin = origin;
    this.rawPath = rawPath;
    this.rawQuery = rawQuery;
    this.path = path;
  }

  /**
   * Reads a target.
   *
   * @param raw the target as a decoder gives it, one character a byte
   * @throws BadTargetException when it is in no form that a gateway answers, holds a character that
   *     no target may hold (controls, space, {@code #}), or its path is not decodable
   */
  public static RequestTarget parse(String raw) throws BadTargetException {
    boolean ascii = true;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c <= ' ' || c == 0x7f || c == '#') {
        throw new BadTargetException("request target holds a character that must be encoded");
      }
      ascii &= c < 0x80;
    }
    String origin = ascii ? originForm(raw) : PercentCoding.ascii(originForm(raw));
    int mark = origin.indexOf('?');
    String rawPath = mark < 0 ? origin : origin.substring(0, mark);
    String rawQuery = mark < 0 ? "" : origin.substring(mark + 1);
    return new RequestTarget(raw, origin, rawPath, rawQuery, PercentCoding.decode(rawPath, false));
  }

  private static String originForm(String raw) throws BadTargetException {
    if (raw.startsWith("/") || raw.equals("*")) {
      return raw;
    }
    int authority;
    if (raw.regionMatches(true, 0, "http://", 0, 7)) {
      authority = 7;
    } else if (raw.regionMatches(true, 0, "https://", 0, 8)) {
      authority = 8;
    } else {
      throw new BadTargetException("request target must start with /");
    }
    int end = authority;
    while (end < raw.length() && raw.charAt(end) != '/' && raw.charAt(end) != '?') {
      end++;
    }
    if (end == authority) {
      throw new BadTargetException("request target has no host");
    }
    String rest = raw.substring(end);
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  /** Returns the target as it came. */
  public String raw() {
    return raw;
  }

  /** Returns the path as it came, still encoded; {@code *} for the server as a whole. */
  public String rawPath() {
    return rawPath;
  }

  /** Returns the path decoded once. */
  public String path() {
    return path;
  }

  /** Returns the query as it came, without the question mark; empty when there is none. */
  public String rawQuery() {
    return rawQuery;
  }

  /** Returns the origin form with another path, which is to be encoded already. */
  public String withPath(String encoded) {
    if (encoded.equals(rawPath)) {
      return origin;
    }
    return rawQuery.isEmpty() ? encoded : encoded + "?" + rawQuery;
  }

  /**
   * Returns the query's parameters.
   *
   * @throws BadTargetException when the query cannot be read
   */
  public QueryParameters query() throws BadTargetException {
    QueryParameters parsed = query;
    if (parsed == null) {
      parsed = QueryParameters.parse(rawQuery);
      query = parsed;
    }
    return parsed;
  }

  /** Returns the parameters as {@link #query} does; null when they cannot be read. */
  public @Nullable QueryParameters readableQuery() {
    try {
      return query();
    } catch (BadTargetException e) {
      return null;
    }
  }

  @Override
  public String toString() {
    return raw;
  }
}
