// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.server.ListenAddress;

/**
 * The administration listener; what it serves is never reachable through the data listener.
 *
 * @param listen where it listens
 * @param ui its web page
 */
public record AdminConfig(ListenAddress listen, UiConfig ui) {
  /** What holds where the file says nothing. */
  public static final AdminConfig DEFAULT =
      new AdminConfig(new ListenAddress("0.0.0.0", 9464), UiConfig.DEFAULT);
}
