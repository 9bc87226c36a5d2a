// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import java.util.Set;

/**
 * How paths are told apart.
 *
 * <p>A prefix names the upstream where the path alone does not ({@code /ready}, {@code /metrics},
 * {@code /api/status/buildinfo}); it is taken off before forwarding. Paths without a prefix are
 * routed by themselves.
 *
 * @param lokiPrefix {@code loki.prefix}: the prefix for Loki; empty for none
 * @param tempoPrefix {@code tempo.prefix}: the prefix for Tempo; empty for none
 * @param allowAdmin {@code limits.allowAdminPaths}: administrative paths that are forwarded after
 *     all, without prefixes: exact paths, or with {@code /*} at the end everything below
 */
public record RouteConfig(String lokiPrefix, String tempoPrefix, Set<String> allowAdmin) {
  /** First segments of paths that are routed without a prefix. */
  private static final Set<String> TAKEN =
      Set.of("loki", "api", "prometheus", "otlp", "config", "spanway", "ready");

  /** Prefixes that no upstream uses; no administration. */
  public static final RouteConfig DEFAULT = new RouteConfig("/loki-ds", "/tempo-ds", Set.of());

  /** Checks the prefixes and the paths. */
  public RouteConfig {
    checkPrefix("loki.prefix", lokiPrefix);
    checkPrefix("tempo.prefix", tempoPrefix);
    if (!lokiPrefix.isEmpty()
        && (isUnder(lokiPrefix, tempoPrefix) || isUnder(tempoPrefix, lokiPrefix))) {
      throw new IllegalArgumentException(
          "tempo.prefix: " + tempoPrefix + " (expected: neither above nor below loki.prefix)");
    }
    allowAdmin = Set.copyOf(allowAdmin);
    for (String path : allowAdmin) {
      String plain = path.endsWith("/*") ? path.substring(0, path.length() - 2) : path;
      if (!isPlain(plain)) {
        throw new IllegalArgumentException(
            "limits.allowAdminPaths: " + path + " (expected: a path, or one ending in /*)");
      }
    }
  }

  private static boolean isUnder(String path, String above) {
    return !above.isEmpty()
        && path.startsWith(above)
        && (path.length() == above.length() || path.charAt(above.length()) == '/');
  }

  private static void checkPrefix(String key, String prefix) {
    if (prefix.isEmpty()) {
      return;
    }
    if (!isPlain(prefix)) {
      throw new IllegalArgumentException(
          key + ": " + prefix + " (expected: empty, or /name of letters, digits, - and _)");
    }
    int second = prefix.indexOf('/', 1);
    String first = prefix.substring(1, second < 0 ? prefix.length() : second);
    if (TAKEN.contains(first)) {
      throw new IllegalArgumentException(
          key + ": " + prefix + " (expected: not below a path of Loki's, Tempo's or Spanway's)");
    }
  }

  /** Says whether {@code path} is one or more segments that need no encoding. */
  private static boolean isPlain(String path) {
    if (path.isEmpty() || path.charAt(0) != '/' || path.endsWith("/") || path.contains("//")) {
      return false;
    }
    return path.chars()
        .allMatch(
            c ->
                (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '_'
                    || c == '/');
  }
}
