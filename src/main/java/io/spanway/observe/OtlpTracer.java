// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.spanway.http.TraceContext;
import io.spanway.proxy.ExchangeSpan;
import io.spanway.proxy.ExchangeTracer;
import io.spanway.route.Operation;
import io.spanway.server.ServerExchange;
import java.util.List;
import java.util.UUID;

/** Records requests with OpenTelemetry's SDK. Thread-safe. */
final class OtlpTracer implements ExchangeTracer {
  /** Characters of a client's text that are worth keeping. */
  private static final int MAX_VALUE = 1024;

  /** Tells this process from others. */
  private static final String INSTANCE = UUID.randomUUID().toString();

  private final Tracer tracer;
  private final Sampler roots;

  private OtlpTracer(Tracer tracer, Sampler roots) {
    this.tracer = tracer;
    this.roots = roots;
  }

  /**
   * Creates one.
   *
   * @param to gets each span that is over
   * @param version Spanway's
   */
  static OtlpTracer open(OtlpConfig config, SpanProcessor to, String version) {
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(resource(config, version))
            .setSampler(Sampler.alwaysOn())
            .setSpanLimits(SpanLimits.builder().setMaxAttributeValueLength(MAX_VALUE).build())
            .addSpanProcessor(to)
            .build();
    return new OtlpTracer(
        provider.tracerBuilder("io.spanway").setInstrumentationVersion(version).build(),
        Sampler.traceIdRatioBased(config.sampleRatio()));
  }

  private static Resource resource(OtlpConfig config, String version) {
    AttributesBuilder attributes = Resource.getDefault().getAttributes().toBuilder();
    attributes.put("service.version", version).put("service.instance.id", INSTANCE);
    config.attributes().forEach(attributes::put);
    attributes.put("service.name", config.serviceName());
    return Resource.create(attributes.build());
  }

  @Override
  public ExchangeSpan begin(ServerExchange server, Operation operation, TraceContext came) {
    // Before the SDK is asked for a span: what is not recorded should cost nothing.
    if (came.isReceived() ? !came.isSampled() : !isSampledRoot(operation, came)) {
      return ExchangeSpan.NONE;
    }
    Span span =
        tracer
            .spanBuilder(operation.id())
            .setSpanKind(SpanKind.SERVER)
            .setParent(parent(came))
            .startSpan();
    return new RequestSpan(tracer, span, server);
  }

  private boolean isSampledRoot(Operation operation, TraceContext came) {
    return roots
            .shouldSample(
                Context.root(),
                came.traceId(),
                operation.id(),
                SpanKind.SERVER,
                Attributes.empty(),
                List.of())
            .getDecision()
        == SamplingDecision.RECORD_AND_SAMPLE;
  }

  private static Context parent(TraceContext came) {
    if (!came.isReceived()) {
      return Context.root();
    }
    return Context.root()
        .with(
            Span.wrap(
                SpanContext.createFromRemoteParent(
                    came.traceId(),
                    came.spanId(),
                    TraceFlags.getSampled(),
                    TraceState.getDefault())));
  }

  /** Returns the place of {@code span} in its trace. */
  static TraceContext context(Span span) {
    SpanContext context = span.getSpanContext();
    return TraceContext.recorded(context.getTraceId(), context.getSpanId());
  }
}
