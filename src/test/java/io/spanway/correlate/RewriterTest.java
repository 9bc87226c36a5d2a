// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.T;
import static io.spanway.correlate.Traces.TRACE_FIELDS;
import static io.spanway.correlate.Traces.UPPER_T;
import static io.spanway.correlate.Traces.config;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.metadata;
import static io.spanway.correlate.Traces.tag;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.model.TimeRange;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RewriterTest {
  private static final String S = "6605c7b08e715d6c";
  private static final String UPPER_S = "6605C7B08E715D6C";
  private static final String TAGS = "{cluster=\"cluster1\", hostname=\"hostname1\"}";
  private static final String LINE = " |= \"" + T + "\" or \"" + UPPER_T + "\"";
  private static final String FIELD = " != \"" + T + "\" or \"" + UPPER_T + "\" | " + TRACE_FIELDS;
  private static final String SPAN_FIELDS =
      Traces.fields(CorrelateConfig.IdFields.DEFAULT.span(), S);
  private static final String SPAN_STAGES =
      " | label_format __s=`{{ or (contains \""
          + S
          + "\" __line__) (contains \""
          + UPPER_S
          + "\" __line__) }}` | __s=\"true\" or "
          + SPAN_FIELDS
          + " | drop __s";
  private static final String G4_TRACE =
      " | label_format log_line_contains_trace_id=`{{ contains \""
          + T
          + "\" __line__  }}`"
          + " | log_line_contains_trace_id=\"true\" or trace_id=\""
          + T
          + "\"";
  private static final String G4_SPAN =
      " | label_format log_line_contains_span_id=`{{ contains \""
          + S
          + "\" __line__  }}`"
          + " | log_line_contains_span_id=\"true\" or span_id=\""
          + S
          + "\"";
  private static final String G5 = " | logfmt | json | drop __error__";
  private static final RequestWindow WINDOW =
      new RequestWindow(5_000_000_000L, 6_000_000_000L, true);

  @ParameterizedTest
  @ValueSource(
      strings = {
        " |=\"" + T + "\"",
        " |= \"" + T + "\"",
        " | label_format log_line_contains_trace_id=`{{ contains \""
            + T
            + "\" __line__  }}`"
            + " | log_line_contains_trace_id=\"true\" or trace_id=\""
            + T
            + "\"",
        " | label_format log_line_contains_trace_id=`{{ contains \""
            + T
            + "\" __line__  }}`"
            + " | log_line_contains_trace_id=\"true\" OR trace_id=\""
            + T
            + "\"",
      })
  void rewrite_traceFilter_becomesTwoHalves(String filter) {
    assertThat(rewrite(TAGS + filter).queries())
        .containsExactly(new CorrelatedQuery(TAGS + LINE, TAGS + FIELD));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " |=\"" + T + "\"",
        " | label_format log_line_contains_trace_id=`{{ contains \""
            + T
            + "\" __line__  }}`"
            + " | log_line_contains_trace_id=\"true\" or trace_id=\""
            + T
            + "\"",
      })
  void rewrite_appendedStages_keepPlaceAndText(String filter) {
    String appended = " | json  |= `x{`\n # why\n | a=\"b\" or\tc!=\"d\" # end";

    assertThat(rewrite(TAGS + filter + appended).queries())
        .containsExactly(new CorrelatedQuery(TAGS + LINE + appended, TAGS + FIELD + appended));
  }

  @Test
  void rewrite_commentBeforeTheFilter_keepsItsLine() {
    assertThat(
            rewrite("# a\n" + TAGS + " # b\n |=\"" + T + "\" | json").queries().get(0).lineHalf())
        .isEqualTo("# a\n" + TAGS + LINE + " # b\n  | json");
  }

  @Test
  void rewrite_parentheses_stay() {
    assertThat(rewrite("( " + TAGS + " |=\"" + T + "\" )").queries().get(0).lineHalf())
        .isEqualTo("( " + TAGS + LINE + " )");
  }

  @Test
  void rewrite_g5_parsersStayBehindTheFilter() {
    SpanLogs logs = rewrite(TAGS + G5 + " | traceID=\"" + T + "\" | x=\"y\"");

    assertThat(logs.rule()).isEqualTo("grafana-g5");
    assertThat(logs.queries())
        .containsExactly(
            new CorrelatedQuery(TAGS + LINE + G5 + " | x=\"y\"", TAGS + FIELD + G5 + " | x=\"y\""));
  }

  @Test
  void rewrite_g5BothIds_filtersTheSpanHere() {
    SpanLogs logs = rewrite(TAGS + G5 + " | trace_id=\"" + T + "\" | span_id=\"" + S + "\"");

    assertThat(logs.queries())
        .containsExactly(new CorrelatedQuery(TAGS + LINE + G5, TAGS + FIELD + G5));
    assertThat(Objects.requireNonNull(logs.spanFilter()).id().hex()).isEqualTo(S);
    assertThat(logs.filteredInLoki().queries().get(0).lineHalf())
        .isEqualTo(TAGS + LINE + SPAN_STAGES + G5);
  }

  @Test
  void rewrite_g4BothIds_filtersTheSpanHere() {
    SpanLogs logs = rewrite(TAGS + G4_TRACE + G4_SPAN + " | json");

    assertThat(logs.queries().get(0).lineHalf()).isEqualTo(TAGS + LINE + " | json");
    assertThat(Objects.requireNonNull(logs.spanFilter()).soft()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " | line_format \"x\"",
        " | label_format a=b",
        " | decolorize",
        " | keep a",
        " | drop spanID",
        " | unpack",
      })
  void rewrite_laterStageHidesTheSpan_lokiFiltersFirst(String stage) {
    SpanLogs logs = rewrite(TAGS + G4_TRACE + G4_SPAN + stage);

    assertThat(logs.spanFilter()).isNull();
    assertThat(logs.queries())
        .containsExactly(
            new CorrelatedQuery(
                TAGS + LINE + SPAN_STAGES + stage, TAGS + FIELD + SPAN_STAGES + stage));
  }

  @Test
  void rewrite_onlyASpan_isAskedForEverywhere() {
    assertThat(rewrite(TAGS + G4_SPAN).queries())
        .containsExactly(
            new CorrelatedQuery(
                TAGS + " |= \"" + S + "\" or \"" + UPPER_S + "\"",
                TAGS + " != \"" + S + "\" or \"" + UPPER_S + "\" | " + SPAN_FIELDS));
  }

  @Test
  void rewrite_sixteenDigits_mayBeSpanOrTrace() {
    CorrelatedQuery query = rewrite(TAGS + " |=\"" + S + "\"").queries().get(0);

    assertThat(query.lineHalf()).isEqualTo(TAGS + " |= \"" + S + "\" or \"" + UPPER_S + "\"");
    var trace = CorrelateConfig.IdFields.DEFAULT.trace();
    assertThat(query.fieldHalf())
        .isEqualTo(
            TAGS
                + " != \""
                + S
                + "\" or \""
                + UPPER_S
                + "\" | "
                + Traces.fields(trace, "0000000000000000" + S)
                + " or "
                + Traces.fields(trace, S)
                + " or "
                + SPAN_FIELDS);
  }

  @Test
  void rewrite_tagMap_takesKeysToLabels() {
    var correlator =
        correlator(
            config(
                null,
                null,
                tag("service.name", "app"),
                tag("k8s.namespace.name", "namespace"),
                metadata("k8s.pod.name", "pod")));

    assertThat(
            rewrite(
                    correlator,
                    "{service.name=\"a\", k8s_namespace_name=\"b\", k8s_pod_name=\"c\", x=\"y\"}"
                        + G4_TRACE,
                    null)
                .queries()
                .get(0)
                .lineHalf())
        .isEqualTo("{app=\"a\", namespace=\"b\", x=\"y\"} | pod=\"c\"" + LINE);
    assertThat(
            rewrite(correlator, "{namespace=\"b\",  app='x'}".replace('\'', '"') + G4_TRACE, null)
                .queries()
                .get(0)
                .lineHalf())
        .isEqualTo("{namespace=\"b\",  app=\"x\"}" + LINE);
  }

  @Test
  void rewrite_duplicates_collapse() {
    SpanLogs logs =
        rewrite(
            "{service_name=\"a\", cluster=\"c\", service_name=\"b.x\", cluster=\"c\"}" + G4_TRACE);

    assertThat(logs.queries().get(0).lineHalf())
        .isEqualTo("{service_name=~\"a|b\\\\.x\", cluster=\"c\"}" + LINE);
  }

  @Test
  void rewrite_defaultLabelThatLokiLacks_isDropped() {
    SpanLogs logs =
        rewrite(
            correlator(CorrelateConfig.DEFAULT),
            TAGS + G4_TRACE,
            Set.of("cluster", "service_name"));

    assertThat(logs.queries().get(0).lineHalf()).isEqualTo("{cluster=\"cluster1\"}" + LINE);
    assertThat(logs.warnings())
        .containsExactly("label hostname was left out of the query: Loki does not have it");
  }

  @Test
  void rewrite_noLabelThatLokiHas_keepsOne() {
    SpanLogs logs = rewrite(correlator(CorrelateConfig.DEFAULT), TAGS + G4_TRACE, Set.of("app"));

    assertThat(logs.queries().get(0).lineHalf()).isEqualTo("{hostname=\"hostname1\"}" + LINE);
    assertThat(logs.warnings()).hasSize(1);
  }

  @Test
  void rewrite_labelThatATagNames_staysThoughLokiLacksIt() {
    var correlator = correlator(config(null, null, tag("cluster", null), tag("host", "hostname")));

    assertThat(rewrite(correlator, TAGS + G4_TRACE, Set.of("app")).queries().get(0).lineHalf())
        .isEqualTo(TAGS + LINE);
  }

  @Test
  void rewrite_jobThatLokiLacks_becomesTheService() {
    String query = "{job=~\"(.*/)?(checkout|my\\\\.svc)\"}" + G5 + " | trace_id=\"" + T + "\"";
    var correlator = correlator(CorrelateConfig.DEFAULT);

    assertThat(rewrite(correlator, query, Set.of("service_name")).queries().get(0).lineHalf())
        .isEqualTo("{service_name=~\"checkout|my\\\\.svc\"}" + LINE + G5);
    assertThat(rewrite(correlator, query, Set.of("job")).queries().get(0).lineHalf())
        .startsWith("{job=~\"(.*/)?(checkout|my\\\\.svc)\"}");
    assertThat(rewrite(correlator, query, null).queries().get(0).lineHalf())
        .startsWith("{job=~\"(.*/)?(checkout|my\\\\.svc)\"}");
  }

  @Test
  void rewrite_noLabelLeft_letsTheOriginalThrough() {
    var correlator = correlator(config("-1s", "1s", tag("cluster", null), metadata("pod", null)));
    String query = "{pod=\"p\"}" + G4_TRACE;

    SpanLogs logs = rewrite(correlator, query, null);

    assertThat(logs.rewritten()).isFalse();
    assertThat(logs.queries()).containsExactly(new CorrelatedQuery(query, null));
    assertThat(logs.window()).isEqualTo(new TimeRange(5_000_000_000L, 6_000_000_000L));
    assertThat(logs.warnings()).hasSize(1);
  }

  @Test
  void rewrite_window_isShifted() {
    var correlator = correlator(config("-2s", "2s"));

    assertThat(rewrite(correlator, TAGS + G4_TRACE, null).window())
        .isEqualTo(new TimeRange(3_000_000_000L, 8_001_000_000L));
  }

  @Test
  void rewrite_unknownDottedLabel_getsUnderscores() {
    SpanLogs logs = rewrite("{cluster=\"c\", my.label=\"x\"}" + G4_TRACE);

    assertThat(logs.queries().get(0).lineHalf())
        .isEqualTo("{cluster=\"c\", my_label=\"x\"}" + LINE);
    assertThat(logs.warnings()).hasSize(1);
  }

  private static SpanLogs rewrite(String query) {
    return rewrite(correlator(CorrelateConfig.DEFAULT), query, null);
  }

  private static SpanLogs rewrite(
      Correlator correlator, String query, @Nullable Set<String> lokiLabels) {
    Recognition recognition = Objects.requireNonNull(correlator.recognize(query), query);
    return correlator.rewrite(recognition, lokiLabels, WINDOW);
  }
}
