// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The web page of the administration listener. It reads traces and logs, which nothing else there
 * does, so who may use it is a question of its own.
 *
 * @param access who may use it
 * @param hosts names, lower case, by which browsers may reach it, beside {@code localhost} and IP
 *     addresses. Any other name may be one that an attacker leads here (DNS rebinding)
 */
public record UiConfig(Access access, List<String> hosts) {
  /** What holds where the file says nothing. */
  public static final UiConfig DEFAULT = new UiConfig(Access.LOCAL, List.of());

  /** Who may use the page. */
  public enum Access {
    /** Whoever is on this machine: also through {@code kubectl port-forward} or a tunnel of SSH. */
    LOCAL,
    /** Whoever reaches the listener. */
    ALL,
    /** Nobody. */
    OFF
  }

  /**
   * Lower-cases the names and drops repetitions.
   *
   * @throws IllegalArgumentException if a name is none, or has a scheme, a port or a path
   */
  public UiConfig {
    Set<String> names = new LinkedHashSet<>();
    for (String host : hosts) {
      String name = host.toLowerCase(Locale.ROOT);
      if (!isName(name)) {
        throw new IllegalArgumentException(
            "hosts: was \"" + host + "\" (expected: names such as spanway.example, without port)");
      }
      names.add(name);
    }
    hosts = List.copyOf(names);
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && name.chars()
            .allMatch(
                c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "-._".indexOf(c) >= 0);
  }
}
