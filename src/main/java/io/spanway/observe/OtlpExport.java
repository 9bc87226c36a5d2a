// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Exports to a collector by OTLP over HTTP: the SDK encodes, {@link OtlpSender} sends. */
final class OtlpExport implements SpanExport {
  /** The exporter writes a line for each failure, in a format of its own; we tell of the first. */
  private static final Logger EXPORTERS = Logger.getLogger("io.opentelemetry.exporter");

  private final OtlpSender sender = new OtlpSender();
  private final SpanExporter exporter;

  /**
   * Creates one.
   *
   * @param url where the collector takes traces
   */
  OtlpExport(String url, OtlpConfig config) {
    EXPORTERS.setLevel(Level.OFF);
    OtlpHttpSpanExporterBuilder builder =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(url)
            .setTimeout(config.timeout())
            .setConnectTimeout(config.timeout())
            .setMeterProvider(MeterProvider::noop)
            .setComponentLoader(new OnlySender(sender));
    config.headers().forEach((name, value) -> builder.addHeader(name, value.value()));
    this.exporter = builder.build();
  }

  /** Gives the exporter the sender that we know, and nothing else. */
  private record OnlySender(OtlpSender sender) implements ComponentLoader {
    @Override
    public <T> Iterable<T> load(Class<T> service) {
      HttpSenderProvider provider = sender::configured;
      return service == HttpSenderProvider.class ? List.of(service.cast(provider)) : List.<T>of();
    }
  }

  @Override
  public Outcome export(List<SpanData> spans) {
    sender.begin();
    // It calls the sender before it returns.
    exporter.export(spans);
    return sender.outcome();
  }

  @Override
  public void close() {
    exporter.shutdown();
  }
}
