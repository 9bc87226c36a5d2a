// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.Origin;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which pages may open a WebSocket (RFC 6455 section 10.2): no browser asks the server before it
 * does, as it would for other requests, and it sends the user's cookies along. Immutable.
 */
final class AllowedOrigins {
  private final boolean any;
  private final Set<Origin> allowed = new HashSet<>();

  /**
   * Creates the list.
   *
   * @param origins origins as their configuration has checked them
   */
  AllowedOrigins(List<String> origins) {
    any = origins.contains(TailConfig.ANY);
    for (String each : origins) {
      Origin origin = Origin.parse(each);
      if (origin != null) {
        allowed.add(origin);
      }
    }
  }

  /**
   * Says whether a request may open one.
   *
   * @param origins the values of {@code Origin}, none for who is no browser
   */
  boolean permits(List<String> origins) {
    if (any || origins.isEmpty()) {
      return true;
    }
    Origin origin = origins.size() == 1 ? Origin.parse(origins.get(0).strip()) : null;
    return origin != null && allowed.contains(origin);
  }
}
