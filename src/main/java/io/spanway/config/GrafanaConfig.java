// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.units.Excerpts;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The Grafana in front; Spanway never calls it.
 *
 * @param url what people have in their browsers, to build links; null for no such links
 */
public record GrafanaConfig(@Nullable String url) {
  /** What holds where the file says nothing. */
  public static final GrafanaConfig DEFAULT = new GrafanaConfig(null);

  /**
   * Checks the address.
   *
   * @throws IllegalArgumentException if it is no address of a page
   */
  public GrafanaConfig {
    if (url != null && !isPage(url)) {
      throw new IllegalArgumentException(
          "url: was "
              + Excerpts.quote(url)
              + " (expected: an address such as https://grafana.example)");
    }
  }

  private static boolean isPage(String text) {
    try {
      URI uri = new URI(text);
      return uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null
          && ("http".equalsIgnoreCase(uri.getScheme())
              || "https".equalsIgnoreCase(uri.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
