// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.units.Excerpts;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where an upstream is, from its URL in the configuration.
 *
 * @param secure whether it is connected to with TLS
 * @param host a name or an address, without brackets
 * @param port the port
 * @param basePath what its paths begin with, without a trailing slash; empty for none
 */
public record UpstreamAddress(boolean secure, String host, int port, String basePath) {
  private static final int MAX_PORT = 65_535;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  /** Creates one that is connected to in clear text. */
  public UpstreamAddress(String host, int port, String basePath) {
    this(false, host, port, basePath);
  }

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException when it is not an {@code http} or {@code https} URL of a host;
   *     the message says what was expected
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
    boolean secure = "https".equalsIgnoreCase(uri.getScheme());
    String host = uri.getHost();
    int port = uri.getPort() < 0 ? (secure ? HTTPS_PORT : HTTP_PORT) : uri.getPort();
    if (!(secure || "http".equalsIgnoreCase(uri.getScheme()))
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
    return new UpstreamAddress(secure, host, port, path);
  }

  /** Returns the URL; {@link #parse} reads it. */
  @Override
  public String toString() {
    return (secure ? "https://" : "http://") + hostHeader() + basePath;
  }

  /** Returns the value of a {@code Host} header. */
  String hostHeader() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return port == (secure ? HTTPS_PORT : HTTP_PORT) ? name : name + ":" + port;
  }

  private static IllegalArgumentException refused(String url, String expected) {
    return new IllegalArgumentException(
        "was " + Excerpts.quote(url) + " (expected: " + expected + ")");
  }
}
