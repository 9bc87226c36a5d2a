// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.config.GatewayConfig;
import io.spanway.upstream.UpstreamConfig;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out whether others than this machine's own users are let in on credentials of Spanway's:
 * those of the configuration take the place of a caller's, whoever that is.
 */
final class LentCredentials {
  private LentCredentials() {}

  /**
   * Returns a warning for each upstream that is concerned; no secret is in it.
   *
   * @param listener where the data listener is, as bound
   */
  static List<String> warnings(GatewayConfig config, InetSocketAddress listener) {
    List<String> warnings = new ArrayList<>();
    if (!listener.getAddress().isLoopbackAddress() && !config.identity().auth().isOn()) {
      add(warnings, "loki", config.loki(), config);
      add(warnings, "tempo", config.tempo(), config);
    }
    return warnings;
  }

  private static void add(
      List<String> warnings, String name, UpstreamConfig upstream, GatewayConfig config) {
    List<String> as = new ArrayList<>();
    if (upstream.auth().authorization() != null) {
      as.add("with the credentials of " + name + ".auth");
    }
    if (upstream.tenant() != null) {
      as.add("as tenant " + upstream.tenant());
    }
    if (!as.isEmpty()) {
      warnings.add(
          "everybody who reaches the data listener on "
              + config.server().listen()
              + " reads "
              + name
              + " "
              + String.join(" and ", as));
    }
  }
}
