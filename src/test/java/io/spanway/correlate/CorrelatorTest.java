// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.ID;
import static io.spanway.correlate.Traces.SPAN;
import static io.spanway.correlate.Traces.T;
import static io.spanway.correlate.Traces.TRACE_FIELDS;
import static io.spanway.correlate.Traces.UPPER_T;
import static io.spanway.correlate.Traces.at;
import static io.spanway.correlate.Traces.config;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.located;
import static io.spanway.correlate.Traces.metadata;
import static io.spanway.correlate.Traces.span;
import static io.spanway.correlate.Traces.tag;
import static io.spanway.correlate.Traces.trace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.spanway.model.Attributes;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.TimeRange;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class CorrelatorTest {
  private static final SpanRef REF = new SpanRef(ID, SPAN);
  private static final String LINE = " |= \"" + T + "\" or \"" + UPPER_T + "\"";
  private static final String NOT_IN_LINE = " != \"" + T + "\" or \"" + UPPER_T + "\"";
  private static final Attributes NGINX =
      Attributes.of("namespace", "production", "service.name", "nginx");

  @Test
  void forSpan_defaults_isTheDocumentedExample() throws Exception {
    var tags = List.of(tag("service.name", "service_name"), tag("namespace", null));
    var correlator =
        correlator(config("-2s", "2s", tags.toArray(new CorrelateConfig.TagMapping[0])));

    SpanLogs logs =
        correlator.forSpan(trace(span(NGINX, Attributes.EMPTY)), REF, SpanLogsOptions.DEFAULT);

    String selector = "{service_name=\"nginx\", namespace=\"production\"}";
    assertThat(logs.queries())
        .containsExactly(
            new CorrelatedQuery(selector + LINE, selector + NOT_IN_LINE + " | " + TRACE_FIELDS));
    assertThat(logs.window()).isEqualTo(new TimeRange(at("08:59:58.25"), at("09:00:02.370000001")));
    assertThat(logs.rule()).isEqualTo("script");
    assertThat(logs.filteredByTrace()).isTrue();
    assertThat(logs.filteredBySpan()).isFalse();
    assertThat(logs.spanFilter()).isNull();
    assertThat(logs.warnings()).isEmpty();
  }

  @Test
  void forSpan_grafanasDefaultTags_useThoseThatTheSpanHas() throws Exception {
    SpanLogs logs = forSpan(CorrelateConfig.DEFAULT, span(NGINX, Attributes.of("pod", "p-1")));

    assertThat(logs.queries().get(0).lineHalf())
        .isEqualTo("{namespace=\"production\", pod=\"p-1\", service_name=\"nginx\"}" + LINE);
    assertThat(logs.warnings()).isEmpty();
  }

  @Test
  void forSpan_oneLocation_isOneHalf() throws Exception {
    String selector = "{service_name=\"nginx\"}";
    var span = span(Attributes.of("service.name", "nginx"), Attributes.EMPTY);

    assertThat(forSpan(located("line"), span).queries())
        .containsExactly(new CorrelatedQuery(selector + LINE, null));
    assertThat(forSpan(located("structuredMetadata"), span).queries())
        .containsExactly(new CorrelatedQuery(null, selector + " | " + TRACE_FIELDS));
  }

  @Test
  void forSpan_shortTraceId_isComparedWithFieldsOnly() throws Exception {
    TraceId id = TraceId.parse("1");
    var trace =
        new Trace(
            id,
            List.of(span(Attributes.of("service.name", "nginx"), Attributes.EMPTY)),
            false,
            null);

    SpanLogs logs =
        correlator(CorrelateConfig.DEFAULT)
            .forSpan(trace, new SpanRef(id, SPAN), SpanLogsOptions.DEFAULT);

    assertThat(logs.queries())
        .containsExactly(
            new CorrelatedQuery(
                null,
                "{service_name=\"nginx\"} | "
                    + Traces.fields(
                        CorrelateConfig.IdFields.DEFAULT.trace(),
                        "00000000000000000000000000000001")));
  }

  @Test
  void forSpan_64BitTraceId_isAlsoLookedForWithoutZeros() throws Exception {
    TraceId id = TraceId.parse("7946b05c2e2e4e5a");
    var trace =
        new Trace(
            id,
            List.of(span(Attributes.of("service.name", "nginx"), Attributes.EMPTY)),
            false,
            null);

    SpanLogs logs =
        correlator(CorrelateConfig.DEFAULT)
            .forSpan(trace, new SpanRef(id, SPAN), SpanLogsOptions.DEFAULT);

    assertThat(logs.queries().get(0).lineHalf())
        .isEqualTo(
            "{service_name=\"nginx\"} |= \"00000000000000007946b05c2e2e4e5a\""
                + " or \"00000000000000007946B05C2E2E4E5A\""
                + " or \"7946b05c2e2e4e5a\" or \"7946B05C2E2E4E5A\"");
    assertThat(logs.queries().get(0).fieldHalf())
        .endsWith(
            Traces.fields(
                    CorrelateConfig.IdFields.DEFAULT.trace(), "00000000000000007946b05c2e2e4e5a")
                + " or "
                + Traces.fields(CorrelateConfig.IdFields.DEFAULT.trace(), "7946b05c2e2e4e5a"));
  }

  @Test
  void forSpan_structuredMetadataTag_becomesALabelFilter() throws Exception {
    var config =
        config(null, null, tag("service.name", "service_name"), metadata("k8s.pod.name", "pod"));

    SpanLogs logs =
        forSpan(
            config,
            span(Attributes.of("k8s.pod.name", "p", "service.name", "nginx"), Attributes.EMPTY));

    assertThat(logs.queries().get(0).lineHalf())
        .isEqualTo("{service_name=\"nginx\"} | pod=\"p\"" + LINE);
  }

  @Test
  void forSpan_specialCharacters_areOneLiteral() throws Exception {
    String value = "a\"b\\c`d}\n{x=\"y\"} | or \u0001 ü \uD83D\uDE00";

    SpanLogs logs =
        forSpan(CorrelateConfig.DEFAULT, span(Attributes.of("cluster", value), Attributes.EMPTY));

    assertThat(logs.queries().get(0).lineHalf())
        .isEqualTo(
            "{cluster=\"a\\\"b\\\\c`d}\\n{x=\\\"y\\\"} | or \\u0001 ü \uD83D\uDE00\"}" + LINE);
  }

  @Test
  void forSpan_regexAsValue_isMeantLiterally() throws Exception {
    SpanLogs logs =
        forSpan(CorrelateConfig.DEFAULT, span(Attributes.of("cluster", ".*"), Attributes.EMPTY));

    assertThat(logs.queries().get(0).lineHalf()).startsWith("{cluster=\".*\"}");
  }

  @Test
  void forSpan_unpairedSurrogate_leavesTheTagOut() throws Exception {
    SpanLogs logs =
        forSpan(
            CorrelateConfig.DEFAULT,
            span(Attributes.of("cluster", "\uD83D", "pod", "p"), Attributes.EMPTY));

    assertThat(logs.queries().get(0).lineHalf()).startsWith("{pod=\"p\"}");
    assertThat(logs.warnings())
        .containsExactly("tag cluster is left out: its value is not valid Unicode");
  }

  @Test
  void forSpan_twoAttributesForOneLabel_eitherFits() throws Exception {
    var config = config(null, null, tag("k8s.pod.name", "pod"), tag("pod", null));

    SpanLogs logs =
        forSpan(config, span(Attributes.of("pod", "b.1", "k8s.pod.name", "a"), Attributes.EMPTY));

    assertThat(logs.queries().get(0).lineHalf()).startsWith("{pod=~\"a|b\\\\.1\"}");
  }

  @Test
  void forSpan_missingConfiguredTag_isAWarning() throws Exception {
    SpanLogs logs =
        forSpan(
            config(null, null, tag("cluster", null), tag("a.b", "c")),
            span(Attributes.of("cluster", "x"), Attributes.EMPTY));

    assertThat(logs.warnings()).containsExactly("tag a.b is not used: the span does not have it");
  }

  @Test
  void forSpan_noTag_is422WithWhatToDo() {
    var failure =
        catchThrowableOfType(
            SpanLogsException.class,
            () ->
                forSpan(
                    CorrelateConfig.DEFAULT,
                    span(
                        Attributes.of("k8s.namespace.name", "x", "cluster", ""),
                        Attributes.of("http.method", "GET"))));

    assertThat(failure.status()).isEqualTo(422);
    assertThat(failure)
        .hasMessage(
            "the span has no stream label to look for; tags looked for: cluster, hostname,"
                + " namespace, pod, service.name, service.namespace; attributes found:"
                + " k8s.namespace.name, http.method; nearest: { key: k8s.namespace.name, value:"
                + " namespace }");
  }

  @Test
  void forSpan_onlyMetadataTagPresent_is422() {
    var config = config(null, null, tag("cluster", null), metadata("pod", null));

    var failure =
        catchThrowableOfType(
            SpanLogsException.class,
            () -> forSpan(config, span(Attributes.of("pod", "p"), Attributes.EMPTY)));

    assertThat(failure.status()).isEqualTo(422);
    assertThat(failure).hasMessageContaining("cluster, pod (structured metadata)");
  }

  @Test
  void forSpan_unknownSpan_is404() {
    var correlator = correlator(CorrelateConfig.DEFAULT);
    Trace trace = trace(span(NGINX, Attributes.EMPTY));

    var failure =
        catchThrowableOfType(
            SpanLogsException.class,
            () ->
                correlator.forSpan(
                    trace, new SpanRef(ID, SpanId.parse("1")), SpanLogsOptions.DEFAULT));

    assertThat(failure.status()).isEqualTo(404);
    assertThat(failure).hasMessage("span 0000000000000001 is not among the 1 spans of trace " + T);
  }

  @Test
  void forSpan_emptyTrace_is404() {
    var failure =
        catchThrowableOfType(
            SpanLogsException.class,
            () ->
                correlator(CorrelateConfig.DEFAULT).forSpan(trace(), REF, SpanLogsOptions.DEFAULT));

    assertThat(failure.status()).isEqualTo(404);
    assertThat(failure).hasMessage("Tempo does not have trace " + T);
  }

  @Test
  void forSpan_filterOff_isAPlainQuery() throws Exception {
    SpanLogs logs =
        correlator(CorrelateConfig.DEFAULT)
            .forSpan(
                trace(span(Attributes.of("cluster", "x"), Attributes.EMPTY)),
                REF,
                new SpanLogsOptions(false, null, new TimeRange(5, 9)));

    assertThat(logs.queries()).containsExactly(new CorrelatedQuery("{cluster=\"x\"}", null));
    assertThat(logs.queries().get(0).texts()).containsExactly("{cluster=\"x\"}");
    assertThat(logs.window()).isEqualTo(new TimeRange(5, 9));
    assertThat(logs.filteredByTrace()).isFalse();
  }

  @Test
  void forSpan_bothFilters_filterTheTracesEntries() throws Exception {
    SpanLogs logs =
        correlator(located("line"))
            .forSpan(
                trace(span(Attributes.of("cluster", "x"), Attributes.EMPTY)),
                REF,
                new SpanLogsOptions(null, true, null));

    assertThat(logs.queries().get(0).lineHalf()).isEqualTo("{cluster=\"x\"}" + LINE);
    assertThat(Objects.requireNonNull(logs.spanFilter()).id()).isEqualTo(SPAN);
    assertThat(logs.filteredBySpan()).isTrue();
    assertThat(logs.filteredInLoki().spanFilter()).isNull();
    assertThat(logs.filteredInLoki().queries().get(0).lineHalf())
        .isEqualTo(
            "{cluster=\"x\"}"
                + LINE
                + " | label_format __s=`{{ or (contains \"b7ad6b7169203331\" __line__)"
                + " (contains \"B7AD6B7169203331\" __line__) }}` | __s=\"true\" or "
                + Traces.fields(CorrelateConfig.IdFields.DEFAULT.span(), "b7ad6b7169203331")
                + " | drop __s");
  }

  @Test
  void forSpan_onlySpanFilter_asksForTheSpan() throws Exception {
    SpanLogs logs =
        correlator(located("line"))
            .forSpan(
                trace(span(Attributes.of("cluster", "x"), Attributes.EMPTY)),
                REF,
                new SpanLogsOptions(false, true, null));

    assertThat(logs.queries().get(0).lineHalf())
        .isEqualTo("{cluster=\"x\"} |= \"b7ad6b7169203331\" or \"B7AD6B7169203331\"");
    assertThat(logs.spanFilter()).isNull();
  }

  @Test
  void forSpan_noDuration_isWidenedToAMillisecond() throws Exception {
    Span instant =
        span(SPAN, "09:00:00", "09:00:00", Attributes.of("cluster", "x"), Attributes.EMPTY);

    SpanLogs logs = forSpan(CorrelateConfig.DEFAULT, instant);

    assertThat(logs.window()).isEqualTo(new TimeRange(at("09:00:00"), at("09:00:00.001")));
    assertThat(logs.warnings())
        .containsExactly("the computed window was empty; it was widened to 1 ms");
  }

  @Test
  void forSpan_shorterThanAMillisecond_keepsItsNanoseconds() throws Exception {
    Span brief =
        span(
            SPAN,
            "09:00:00.0000001",
            "09:00:00.0000003",
            Attributes.of("cluster", "x"),
            Attributes.EMPTY);

    assertThat(forSpan(CorrelateConfig.DEFAULT, brief).window())
        .isEqualTo(new TimeRange(at("09:00:00.0000001"), at("09:00:00.000000301")));
  }

  @Test
  void forSpan_partialTrace_isAWarning() throws Exception {
    var trace =
        new Trace(
            ID, List.of(span(Attributes.of("cluster", "x"), Attributes.EMPTY)), true, "too large");

    SpanLogs logs =
        correlator(CorrelateConfig.DEFAULT).forSpan(trace, REF, SpanLogsOptions.DEFAULT);

    assertThat(logs.warnings())
        .containsExactly("Tempo answered only a part of trace " + T + ": too large");
  }

  private static SpanLogs forSpan(CorrelateConfig config, Span span) throws SpanLogsException {
    return correlator(config).forSpan(trace(span), REF, SpanLogsOptions.DEFAULT);
  }
}
