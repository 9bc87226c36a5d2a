// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a page in a browser came from (RFC 6454): scheme, host and port. Two origins are the same
 * if all three are; case and a port that goes without saying make no difference.
 *
 * @param scheme the scheme, lower case
 * @param host the host, lower case; an IPv6 address has its brackets
 * @param port the port, 1 to 65535
 */
public record Origin(String scheme, String host, int port) {
  /**
   * Parses what {@code Origin} holds: {@code https://grafana.example} or {@code
   * http://10.0.0.1:3000}.
   *
   * @return the origin, null when {@code text} is none, as {@code null} is, which browsers send for
   *     pages that have no origin to speak of
   */
  public static @Nullable Origin parse(String text) {
    int colon = text.indexOf("://");
    if (colon < 1) {
      return null;
    }
    String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
    String rest = text.substring(colon + 3).toLowerCase(Locale.ROOT);
    int hostEnd = rest.startsWith("[") ? rest.indexOf(']') + 1 : rest.indexOf(':');
    String host = hostEnd < 0 ? rest : rest.substring(0, hostEnd);
    String behind = rest.substring(host.length());
    if (host.isEmpty() || !isScheme(scheme) || !isHost(host)) {
      return null;
    }
    int port = behind.isEmpty() ? defaultPort(scheme) : port(behind);
    return port < 1 || port > 65535 ? null : new Origin(scheme, host, port);
  }

  private static int defaultPort(String scheme) {
    return switch (scheme) {
      case "http" -> 80;
      case "https" -> 443;
      default -> -1;
    };
  }

  private static int port(String behind) {
    if (behind.charAt(0) != ':' || behind.length() < 2 || behind.length() > 6) {
      return -1;
    }
    int port = 0;
    for (int i = 1; i < behind.length(); i++) {
      char c = behind.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      port = port * 10 + c - '0';
    }
    return port;
  }

  private static boolean isScheme(String scheme) {
    return scheme.chars().allMatch(c -> isAlphanumeric(c) || "+-.".indexOf(c) >= 0);
  }

  private static boolean isHost(String host) {
    if (host.startsWith("[")) {
      return host.length() > 2
          && host.chars()
              .skip(1)
              .limit(host.length() - 2)
              .allMatch(c -> isAlphanumeric(c) || c == ':' || c == '.');
    }
    return host.chars().allMatch(c -> isAlphanumeric(c) || "-._".indexOf(c) >= 0);
  }

  private static boolean isAlphanumeric(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }
}
