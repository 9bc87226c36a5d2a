// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.annotate.AnnotateConfig;
import io.spanway.annotate.DerivedField;
import io.spanway.cache.CacheConfig;
import io.spanway.correlate.CorrelateConfig;
import io.spanway.identity.IdentityConfig;
import io.spanway.observe.TelemetryConfig;
import io.spanway.proxy.EnrichTracesConfig;
import io.spanway.proxy.LimitsConfig;
import io.spanway.proxy.TailConfig;
import io.spanway.route.RouteConfig;
import io.spanway.server.ServerConfig;
import io.spanway.upstream.UpstreamConfig;
import java.util.List;
import java.util.Set;

/**
 * A whole configuration. Its components are the top-level keys of the file.
 *
 * @param server the data listener
 * @param admin the administration listener
 * @param loki where the logs are
 * @param tempo where the traces are
 * @param limits what a request may cost
 * @param tail who may tail, and what it may cost
 * @param reload how changes of the file are taken up
 * @param telemetry what Spanway tells about itself
 * @param cache which answers are kept, and for how long
 * @param identity who asks
 * @param tracesToLogsV2 the way from a span to its logs
 * @param derivedFields the way from a log line to its trace
 * @param annotate how derived fields are put into answers
 * @param enrichTraces what traces get for Grafana to link to their logs
 * @param grafana the Grafana in front
 */
public record GatewayConfig(
    ServerConfig server,
    AdminConfig admin,
    UpstreamConfig loki,
    UpstreamConfig tempo,
    LimitsConfig limits,
    TailConfig tail,
    ReloadConfig reload,
    TelemetryConfig telemetry,
    CacheConfig cache,
    IdentityConfig identity,
    CorrelateConfig tracesToLogsV2,
    List<DerivedField> derivedFields,
    AnnotateConfig annotate,
    EnrichTracesConfig enrichTraces,
    GrafanaConfig grafana) {
  /** What an empty file says. */
  public static final GatewayConfig DEFAULT =
      new GatewayConfig(
          ServerConfig.DEFAULT,
          AdminConfig.DEFAULT,
          UpstreamConfig.LOKI,
          UpstreamConfig.TEMPO,
          LimitsConfig.DEFAULT,
          TailConfig.DEFAULT,
          ReloadConfig.DEFAULT,
          TelemetryConfig.DEFAULT,
          CacheConfig.DEFAULT,
          IdentityConfig.DEFAULT,
          CorrelateConfig.DEFAULT,
          List.of(),
          AnnotateConfig.DEFAULT,
          EnrichTracesConfig.DEFAULT,
          GrafanaConfig.DEFAULT);

  /**
   * Checks what concerns several keys together, and copies the list.
   *
   * @throws IllegalArgumentException if the prefixes of the upstreams or the paths let through
   *     cannot be used, or if Loki has addresses for gRPC
   */
  public GatewayConfig {
    derivedFields = List.copyOf(derivedFields);
    routes(loki, tempo, limits);
    if (!loki.grpcUrls().isEmpty()) {
      throw new IllegalArgumentException(
          "loki.grpcUrls: was set (expected: nothing; Tempo alone is asked by gRPC)");
    }
  }

  /** Returns how paths are told apart. */
  public RouteConfig routes() {
    return routes(loki, tempo, limits);
  }

  private static RouteConfig routes(
      UpstreamConfig loki, UpstreamConfig tempo, LimitsConfig limits) {
    return new RouteConfig(loki.prefix(), tempo.prefix(), Set.copyOf(limits.allowAdminPaths()));
  }
}
