// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import org.jspecify.annotations.Nullable;

/**
 * A request target (RFC 9112 section 3.2): origin form, or absolute form of which only path and
 * query count, since upstreams come from the configuration alone. Routing looks at the path decoded
 * once; the client's own bytes are what is forwarded. Confined to its exchange's event loop.
 */
public final class RequestTarget {
  private final String raw;
  private final String rawPath;
  private final String rawQuery;
  private final String path;
  private @Nullable QueryParameters query;

  private RequestTarget(String raw, String rawPath, String rawQuery, String path) {
    this.raw = raw;
    this.rawPath = rawPath;
    this.rawQuery = rawQuery;
    this.path = path;
  }

  /**
   * Reads a target.
   *
   * @throws BadTargetException when it is in no form that a gateway answers, or its path is not
   *     decodable
   */
  public static RequestTarget parse(String raw) throws BadTargetException {
    String origin = raw;
    if (!raw.startsWith("/")) {
      int scheme = raw.indexOf("://");
      if (scheme <= 0) {
        throw new BadTargetException("request target must start with /");
      }
      int slash = raw.indexOf('/', scheme + 3);
      int mark = raw.indexOf('?', scheme + 3);
      if (slash < 0 || (mark >= 0 && mark < slash)) {
        origin = mark < 0 ? "/" : "/" + raw.substring(mark);
      } else {
        origin = raw.substring(slash);
      }
    }
    for (int i = 0; i < origin.length(); i++) {
      char c = origin.charAt(i);
      if (c <= ' ' || c == 0x7f || c == '#') {
        throw new BadTargetException("request target holds a character that must be encoded");
      }
    }
    int mark = origin.indexOf('?');
    String rawPath = mark < 0 ? origin : origin.substring(0, mark);
    String rawQuery = mark < 0 ? "" : origin.substring(mark + 1);
    String path = rawPath.indexOf('%') < 0 ? rawPath : PercentCoding.decode(rawPath, false);
    return new RequestTarget(raw, rawPath, rawQuery, path);
  }

  /** Returns the target as it came. */
  public String raw() {
    return raw;
  }

  /** Returns the path as it came, still encoded. */
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

  @Override
  public String toString() {
    return raw;
  }
}
