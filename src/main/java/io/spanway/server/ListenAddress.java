// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.spanway.units.Excerpts;

/**
 * Where a listener waits: {@code 0.0.0.0:3100}, {@code [::]:3100}, {@code localhost:3100}; without
 * a host, {@code :3100}, on every address of the machine.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port 0 to 65535; 0 takes a free port
 */
public record ListenAddress(String host, int port) {
  private static final int MAX_PORT = 65_535;

  /**
   * Checks the port.
   *
   * @throws IllegalArgumentException if it is not a port
   */
  public ListenAddress {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("was port " + port + " (expected: 0 to 65535)");
    }
  }

  /**
   * Reads {@code host:port}.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static ListenAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw unreadable(text);
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw unreadable(text);
    }
    String digits = text.substring(colon + 1);
    if (!isHost(host) || digits.isEmpty() || digits.length() > 5) {
      throw unreadable(text);
    }
    int port = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        throw unreadable(text);
      }
      port = port * 10 + (c - '0');
    }
    if (port > MAX_PORT) {
      throw unreadable(text);
    }
    return new ListenAddress(host.isEmpty() ? "0.0.0.0" : host, port);
  }

  /** Returns {@code host:port}; {@link #parse} reads it. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  private static boolean isHost(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c <= ' ' || c >= 0x7f || "/?#@[]\\".indexOf(c) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static IllegalArgumentException unreadable(String text) {
    return new IllegalArgumentException(
        "was " + Excerpts.quote(text) + " (expected: host:port, such as 0.0.0.0:3100)");
  }
}
