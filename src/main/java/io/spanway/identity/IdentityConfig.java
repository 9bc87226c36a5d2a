// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How it is found out who is asking: which headers say so, beside the ones that always do ({@code
 * X-Scope-OrgID}, {@code Authorization}, {@code Cookie}, {@code X-Id-Token}, {@code
 * X-Prom-Label-Policy}).
 *
 * <p>{@code X-Grafana-User} and {@code X-Grafana-Id} are not among them by default: behind one
 * data-source credential all users see the same, and an answer would be kept once per user.
 *
 * @param headers names of further headers, lower case; they keep answers of different callers apart
 *     and go on every upstream request made for a caller
 * @param auth whether callers have to prove who they are
 */
public record IdentityConfig(List<String> headers, AuthConfig auth) {
  /** No further headers, and nobody is asked for proof. */
  public static final IdentityConfig DEFAULT = new IdentityConfig(List.of());

  /** Nobody is asked for proof. */
  public IdentityConfig(List<String> headers) {
    this(headers, AuthConfig.DEFAULT);
  }

  /**
   * Lower-cases the names and drops repetitions.
   *
   * @throws IllegalArgumentException if a name is no token (RFC 9110 section 5.6.2)
   */
  public IdentityConfig {
    Set<String> names = new LinkedHashSet<>();
    for (String header : headers) {
      String name = header.toLowerCase(Locale.ROOT);
      if (!isToken(name)) {
        throw new IllegalArgumentException(
            "headers: was \"" + header + "\" (expected: names of headers)");
      }
      names.add(name);
    }
    headers = List.copyOf(names);
  }

  /**
   * Returns all names that carry identity, lower case: the ones that always do and the configured
   * ones.
   */
  public Set<String> allHeaders() {
    Set<String> names = new LinkedHashSet<>(Caller.ALWAYS);
    names.addAll(headers);
    return Set.copyOf(names);
  }

  private static boolean isToken(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = c >= 'a' && c <= 'z';
      boolean digit = c >= '0' && c <= '9';
      if (!letter && !digit && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return !name.isEmpty();
  }
}
