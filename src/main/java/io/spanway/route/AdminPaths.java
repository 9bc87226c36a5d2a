// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Paths of Loki and Tempo that steer or lay open the servers themselves: some of them change
 * something on GET ({@code /ingester/shutdown}). Source: grafana/loki:pkg/loki/modules.go,
 * grafana/tempo:cmd/tempo/app/modules.go. Immutable.
 */
final class AdminPaths {
  /** First segments below which everything is administration, the path itself included. */
  private static final Set<String> TOPS =
      Set.of(
          "analytics",
          "compactor",
          "dataobj-consumer",
          "debug",
          "distributor",
          "flush",
          "indexgateway",
          "ingest-limits",
          "ingest-limits-frontend",
          "ingester",
          "log_level",
          "memberlist",
          "partition-ring",
          "pattern",
          "querier",
          "ring",
          "ruler",
          "scheduler",
          "services",
          "ui");

  private static final Set<String> TEMPO_TOPS =
      Set.of(
          "backend-scheduler",
          "backend-worker",
          "block-builder",
          "live-store",
          "metrics-generator",
          "shutdown",
          "status",
          "usage_metrics");

  private final Set<String> exact = new HashSet<>();
  private final Set<String> below = new HashSet<>();

  AdminPaths(Set<String> allowed) {
    for (String path : allowed) {
      if (path.endsWith("/*")) {
        below.add(path.substring(0, path.length() - 1));
      } else {
        exact.add(path);
      }
    }
  }

  /**
   * Returns the operation when {@code path} is administrative, else null.
   *
   * @param path without prefix, decoded once, encoded slashes included
   */
  @Nullable Operation operationOf(String path) {
    int start = 0;
    int end = 0;
    // Segments of nothing, or of parameters alone, are passed over by some readers.
    while (end == start && end < path.length()) {
      start = end;
      while (start < path.length() && isSlash(path.charAt(start))) {
        start++;
      }
      end = start;
      while (end < path.length() && !isSlash(path.charAt(end)) && path.charAt(end) != ';') {
        end++;
      }
      if (end == start) {
        while (end < path.length() && !isSlash(path.charAt(end))) {
          end++;
        }
        start = end;
      }
    }
    String top = path.substring(start, end).toLowerCase(Locale.ROOT);
    if (TEMPO_TOPS.contains(top)) {
      return Operation.TEMPO_ADMIN;
    }
    if (TOPS.contains(top) || (top.equals("config") && endsAt(path, end))) {
      return Operation.LOKI_ADMIN;
    }
    return null;
  }

  /** Says whether the configuration lets {@code path}, decoded once, through. */
  boolean isAllowed(String path) {
    String plain = plain(path);
    if (exact.contains(plain)) {
      return true;
    }
    for (int slash = plain.lastIndexOf('/');
        slash >= 0;
        slash = slash == 0 ? -1 : plain.lastIndexOf('/', slash - 1)) {
      if (below.contains(plain.substring(0, slash + 1))) {
        return true;
      }
    }
    return false;
  }

  /** Says whether nothing but slashes and parameters follows. */
  private static boolean endsAt(String path, int from) {
    for (int i = from; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == ';') {
        int slash = path.indexOf('/', i);
        if (slash < 0) {
          return true;
        }
        i = slash;
      } else if (!isSlash(c)) {
        return false;
      }
    }
    return true;
  }

  /** Returns {@code path} with runs of slashes made one; parameters stay, and match nothing. */
  private static String plain(String path) {
    if (!path.contains("//")) {
      return path;
    }
    StringBuilder plain = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) != '/' || i == 0 || path.charAt(i - 1) != '/') {
        plain.append(path.charAt(i));
      }
    }
    return plain.toString();
  }

  private static boolean isSlash(char c) {
    return c == '/' || c == '\\';
  }
}
