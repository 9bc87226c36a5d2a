// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.units.Excerpts;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where an upstream is, from its URL in the configuration.
 *
 * @param host a name or an address, without brackets
 * @param port the port
 * @param basePath what its paths begin with, without a trailing slash; empty for none
 */
public record UpstreamAddress(String host, int port, String basePath) {
  private static final int MAX_PORT = 65_535;

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException when it is not an {@code http} URL of a host; the message says
   *     what was expected
   */
  public static UpstreamAddress parse(String url) {
    if (url.indexOf('@') >= 0) {
      // The text is not repeated: it holds a password.
      throw new IllegalArgumentException(
          "was a URL with credentials (expected: http://HOST:PORT; credentials go to auth)");
    }
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw refused(url, "a URL such as http://loki:3100");
    }
    if ("https".equalsIgnoreCase(uri.getScheme())) {
      throw refused(url, "http://HOST:PORT; TLS to upstreams is not supported yet");
    }
    String host = uri.getHost();
    int port = uri.getPort() < 0 ? 80 : uri.getPort();
    if (!"http".equalsIgnoreCase(uri.getScheme())
        || host == null
        || host.isEmpty()
        || port == 0
        || port > MAX_PORT) {
      throw refused(url, "a URL such as http://loki:3100");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw refused(url, "http://HOST:PORT/PATH with nothing behind it");
    }
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    return new UpstreamAddress(host, port, path);
  }

  /** Returns the URL; {@link #parse} reads it. */
  @Override
  public String toString() {
    return "http://" + hostHeader() + basePath;
  }

  /** Returns the value of a {@code Host} header. */
  String hostHeader() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return port == 80 ? name : name + ":" + port;
  }

  private static IllegalArgumentException refused(String url, String expected) {
    return new IllegalArgumentException(
        "was " + Excerpts.quote(url) + " (expected: " + expected + ")");
  }
}
