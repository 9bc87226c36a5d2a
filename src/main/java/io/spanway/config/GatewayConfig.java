// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.observe.TelemetryConfig;
import io.spanway.proxy.LimitsConfig;
import io.spanway.server.ServerConfig;
import io.spanway.upstream.UpstreamConfig;

/**
 * A whole configuration. Its components are the top-level keys of the file.
 *
 * @param server the data listener
 * @param admin the administration listener
 * @param loki where the logs are
 * @param tempo where the traces are
 * @param limits what a request may cost
 * @param telemetry what Spanway tells about itself
 * @param grafana the Grafana in front
 */
public record GatewayConfig(
    ServerConfig server,
    AdminConfig admin,
    UpstreamConfig loki,
    UpstreamConfig tempo,
    LimitsConfig limits,
    TelemetryConfig telemetry,
    GrafanaConfig grafana) {
  /** What an empty file says. */
  public static final GatewayConfig DEFAULT =
      new GatewayConfig(
          ServerConfig.DEFAULT,
          AdminConfig.DEFAULT,
          UpstreamConfig.LOKI,
          UpstreamConfig.TEMPO,
          LimitsConfig.DEFAULT,
          TelemetryConfig.DEFAULT,
          GrafanaConfig.DEFAULT);
}
