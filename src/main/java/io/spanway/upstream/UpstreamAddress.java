// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

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
  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException when it is not an {@code http} URL of a host; the message says
   *     what was expected
   */
  public static UpstreamAddress parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("was " + url + " (expected: a URL such as http://loki:3100)", e);
    }
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      throw new IllegalArgumentException(
          "was " + url + " (expected: http://HOST:PORT; TLS to upstreams is not offered)");
    }
    String host = uri.getHost();
    if (host == null || host.isEmpty()) {
      throw new IllegalArgumentException("was " + url + " (expected: a host name in the URL)");
    }
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "was a URL with user, query or fragment (expected: http://HOST:PORT/PATH alone)");
    }
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    return new UpstreamAddress(host, uri.getPort() < 0 ? 80 : uri.getPort(), path);
  }

  /** Returns the value of a {@code Host} header. */
  String hostHeader() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return port == 80 ? name : name + ":" + port;
  }
}
