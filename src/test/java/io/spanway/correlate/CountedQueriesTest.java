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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.correlate.Recognition.Form;
import io.spanway.logql.LogqlParser;
import io.spanway.model.Attributes;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.TimeRange;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries about a span inside metric queries: exact text in, exact text out. */
final class CountedQueriesTest {
  private static final String S = "6605c7b08e715d6c";
  private static final String TAGS = "{cluster=\"cluster1\", hostname=\"hostname1\"}";
  private static final String SHARDED =
      "{cluster=\"cluster1\", hostname=\"hostname1\", __stream_shard__=~\"9|8|7\"}";
  private static final String G4 =
      " | label_format log_line_contains_trace_id=`{{ contains \""
          + T
          + "\" __line__  }}` | log_line_contains_trace_id=\"true\" or trace_id=\""
          + T
          + "\"";
  private static final String G4_SPAN =
      " | label_format log_line_contains_span_id=`{{ contains \""
          + S
          + "\" __line__  }}` | log_line_contains_span_id=\"true\" or span_id=\""
          + S
          + "\"";
  private static final String G5 = " | logfmt | json | drop __error__";
  private static final String WHOLE =
      " | label_format __t=`{{ or (contains \""
          + T
          + "\" __line__) (contains \""
          + UPPER_T
          + "\" __line__) }}` | __t=\"true\" or "
          + TRACE_FIELDS
          + " | drop __t";
  private static final String OF_SPAN =
      " | label_format __s=`{{ or (contains \""
          + S
          + "\" __line__) (contains \"6605C7B08E715D6C\" __line__) }}` | __s=\"true\" or "
          + Traces.fields(CorrelateConfig.IdFields.DEFAULT.span(), S)
          + " | drop __s";
  private static final RequestWindow WINDOW =
      new RequestWindow(5_250_000_000L, 6_000_000_000L, true, 1_000_000_000L);

  private final Correlator correlator = correlator(CorrelateConfig.DEFAULT);

  private static String volume(String expr) {
    return "sum by (level, detected_level) (count_over_time(" + expr + " | drop __error__[1s]))";
  }

  static List<Arguments> counted() {
    return List.of(
        Arguments.of(volume(TAGS + " |=\"" + T + "\""), volume(TAGS + WHOLE)),
        Arguments.of(volume(TAGS + " |= \"" + T + "\""), volume(TAGS + WHOLE)),
        Arguments.of(
            volume(TAGS + " |=\"" + T + "\" |=\"" + S + "\""), volume(TAGS + WHOLE + OF_SPAN)),
        Arguments.of(volume(TAGS + G4), volume(TAGS + WHOLE)),
        Arguments.of(volume(TAGS + G4.replace(" or ", " OR ")), volume(TAGS + WHOLE)),
        Arguments.of(volume(TAGS + G4 + G4_SPAN), volume(TAGS + WHOLE + OF_SPAN)),
        Arguments.of(volume(TAGS + G4_SPAN), volume(TAGS + OF_SPAN.replace("__s", "__t"))),
        Arguments.of(
            volume(TAGS + G5 + " | trace_id=\"" + T + "\" | span_id=\"" + S + "\""),
            volume(TAGS + WHOLE + OF_SPAN + G5)),
        Arguments.of(
            volume("{job=~\"(.*/)?(checkout)\"}" + G5 + " | otel_trace_id=\"" + T + "\""),
            volume("{job=~\"(.*/)?(checkout)\"}" + WHOLE + G5)),
        // With what a person put in front and behind; blanks and comments stay.
        Arguments.of(
            volume(TAGS + " |= `err`  | json" + G4 + " | a=\"b\" # why\n"),
            volume(TAGS + WHOLE + " |= `err`  | json | a=\"b\" # why\n")),
        // Behind "drop" a line filter that excludes would be a condition on the dropped label.
        Arguments.of(volume(TAGS + G4 + " != \"a\""), volume(TAGS + WHOLE + " |= \"\" != \"a\"")),
        Arguments.of(
            volume(TAGS + G4 + G4_SPAN + "!~`a`"),
            volume(TAGS + WHOLE + OF_SPAN + " |= \"\"!~`a`")),
        Arguments.of(
            volume(TAGS + G4 + " # why\n != \"a\""),
            volume(TAGS + WHOLE + " |= \"\" # why\n != \"a\"")),
        // Grafana before 11, and its sharding.
        Arguments.of(
            "sum by (level) (count_over_time(" + TAGS + " |=\"" + T + "\"[1m]))",
            "sum by (level) (count_over_time(" + TAGS + WHOLE + "[1m]))"),
        Arguments.of(
            "sum by (level, detected_level) (count_over_time("
                + SHARDED
                + " |=\""
                + T
                + "\" | drop __error__ | drop __stream_shard__[1s]))",
            "sum by (level, detected_level) (count_over_time("
                + SHARDED
                + WHOLE
                + " | drop __error__ | drop __stream_shard__[1s]))"),
        // What names its label for certain may stand in any metric query.
        Arguments.of("rate(" + TAGS + "[5m]" + G4 + ")", "rate(" + TAGS + "[5m]" + WHOLE + ")"),
        Arguments.of(
            "SUM(rate((" + TAGS + G4 + ")[5m] offset 1h)) / 2",
            "SUM(rate((" + TAGS + WHOLE + ")[5m] offset 1h)) / 2"),
        Arguments.of(
            "sum(rate("
                + TAGS
                + G4
                + "[5m])) / sum(rate({cluster=\"x\"}"
                + G5
                + " |= \"a\" "
                + "[5m]))",
            ""),
        Arguments.of(
            "sum(rate(" + TAGS + G4 + "[5m])) / sum(rate({cluster=\"x\"} " + G4 + "[5m]))",
            "sum(rate(" + TAGS + WHOLE + "[5m])) / sum(rate({cluster=\"x\"}" + WHOLE + "[5m]))"),
        Arguments.of(
            "sum by (a) (sum_over_time(" + TAGS + G4 + " | unwrap bytes(n) | n > 1[5m]))",
            "sum by (a) (sum_over_time(" + TAGS + WHOLE + " | unwrap bytes(n) | n > 1[5m]))"));
  }

  @ParameterizedTest
  @MethodSource("counted")
  void rewrite_countedQuery_isOneQuery(String query, String expected) throws Exception {
    Recognition recognition = correlator.recognize(query);
    if (expected.isEmpty()) {
      assertThat(recognition).isNull();
      return;
    }
    assertThat(recognition).as(query).isNotNull();
    assertThat(Objects.requireNonNull(recognition).form()).isEqualTo(Form.METRIC);

    SpanLogs logs = correlator.rewrite(recognition, null, WINDOW).inOneQuery();

    assertThat(logs.queries()).containsExactly(new CorrelatedQuery(expected, null));
    LogqlParser.parse(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // A person's: other functions, other groupings, another ID, two queries of different spans.
        "rate({app=\"x\"} |=\"6605c7b08e715d6c\" [5m])",
        "sum by (app) (count_over_time({app=\"x\"} |=\"6605c7b08e715d6c\"[1s]))",
        "sum without (level) (count_over_time({app=\"x\"} |=\"6605c7b08e715d6c\"[1s]))",
        "sum by (level) (rate({app=\"x\"} |=\"6605c7b08e715d6c\"[1s]))",
        "sum by (level) (count_over_time({app=\"x\"} |=\"6605c7b08e715d6c\"[1s] offset 1m))",
        "sum by (level) (count_over_time({app=\"x\"} |=\"404\"[1s]))",
        "count(rate({__trace_id__=\"6605c7b08e715d6c\"}[1m])) / "
            + "count(rate({__trace_id__=\"6605c7b08e715d6d\"}[1m]))",
        "count(rate({__trace_id__=\"6605c7b08e715d6c\"}[1m])) / count(rate({a=\"b\"}[1m]))",
        // There is no place for a line filter.
        "sum_over_time(({__trace_id__=\"6605c7b08e715d6c\"})[1m] | unwrap n)",
      })
  void recognize_peoplesMetrics_areNotTouched(String query) throws Exception {
    LogqlParser.parse(query);
    assertThat(correlator.recognize(query)).isNull();
  }

  @Test
  void recognize_artificialLabelInAGrouping_isNotTouched() {
    assertThat(
            correlator.recognize(
                "sum by (log_line_contains_trace_id) (rate(" + TAGS + G4 + "[5m]))"))
        .isNull();
  }

  @Test
  void rewrite_oneLocation_isThatHalf() {
    String query = volume(TAGS + G4);

    assertThat(oneQuery(correlator(located("line")), query))
        .isEqualTo(volume(TAGS + " |= \"" + T + "\" or \"" + UPPER_T + "\""));
    SpanLogs fields =
        correlator(located("structuredMetadata"))
            .rewrite(Objects.requireNonNull(correlator.recognize(query)), null, WINDOW)
            .inOneQuery();
    assertThat(fields.queries())
        .containsExactly(new CorrelatedQuery(null, volume(TAGS + " | " + TRACE_FIELDS)));
    assertThat(oneQuery(correlator(located("auto")), query)).isEqualTo(volume(TAGS + WHOLE));
  }

  @Test
  void rewrite_labels_areMappedAsInTheRows() {
    var mapped =
        correlator(config(null, null, tag("service.name", "app"), metadata("pod", "k8s_pod")));

    assertThat(
            oneQuery(
                mapped,
                volume("{ service.name=\"a\" , service_name=\"b\",pod=\"p\", x = \"y\"}" + G4)))
        .isEqualTo(volume("{ app=~\"a|b\", x = \"y\"} | k8s_pod=\"p\"" + WHOLE));
    // Where stages follow the range, filters do too.
    assertThat(
            oneQuery(mapped, "rate({pod=\"p\", x=\"y\"}[5m]" + G4 + ")").replace(WHOLE, " WHOLE"))
        .isEqualTo("rate({x=\"y\"}[5m] | k8s_pod=\"p\" WHOLE)");
  }

  @Test
  void rewrite_stageThatChangesTheLine_keepsItsPlaceInFront() {
    assertThat(
            oneQuery(
                correlator, volume(TAGS + " | json | line_format \"{{.m}}\"" + G4 + " |= `x`")))
        .isEqualTo(volume(TAGS + " | json | line_format \"{{.m}}\"" + WHOLE + " |= `x`"));
  }

  @Test
  void window_isThatOfTheRowsMovedOutToTheStep() {
    var shifted = correlator(config("-2s", "2s"));
    Recognition volume = Objects.requireNonNull(correlator.recognize(volume(TAGS + G4)));

    assertThat(shifted.rewrite(volume, null, WINDOW).window())
        .isEqualTo(new TimeRange(3_000_000_000L, 9_000_000_000L));
    for (RequestWindow page :
        List.of(
            new RequestWindow(5_250_000_000L, 6_000_000_000L, false, 1_000_000_000L),
            new RequestWindow(5_250_000_001L, 6_000_000_000L, true, 1_000_000_000L),
            new RequestWindow(0, 23L * 3_600_000_000_000L, true, 60_000_000_000L))) {
      assertThat(shifted.rewrite(volume, null, page).window())
          .isEqualTo(new TimeRange(page.startNs(), page.endNs()));
    }
  }

  @Test
  void window_ofTooManyPoints_isLeft() {
    var shifted = correlator(config("-1h", "0"));
    Recognition volume = Objects.requireNonNull(correlator.recognize(volume(TAGS + G4)));

    SpanLogs logs =
        shifted.rewrite(
            volume,
            null,
            new RequestWindow(4_000_000_000_000L, 4_000_100_000_000L, true, 1_000_000));

    assertThat(logs.window()).isEqualTo(new TimeRange(4_000_000_000_000L, 4_000_100_000_000L));
    assertThat(logs.warnings()).singleElement().asString().contains("11000 points");
  }

  @ParameterizedTest
  @ValueSource(strings = {" | drop __error__", " | drop __error__ | drop __stream_shard__", ""})
  void counted_isTheQueryOfTheRows(String appended) {
    String rows = TAGS + G5 + " | trace_id=\"" + T + "\" | span_id=\"" + S + "\"";
    Recognition volume =
        Objects.requireNonNull(
            correlator.recognize(
                "sum by (level, detected_level) (count_over_time(" + rows + appended + "[1s]))"));

    assertThat(Objects.requireNonNull(volume.counted()).text()).isEqualTo(rows);
  }

  @Test
  void counted_behindARange_isUnknown() {
    assertThat(
            Objects.requireNonNull(correlator.recognize("rate(" + TAGS + "[5m]" + G4 + ")"))
                .counted())
        .isNull();
  }

  // Markers.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sum by (level, detected_level) (count_over_time(M | drop __error__[1s]))",
        "topk(3, sum by (a) (rate(M | json | a != `M` [5m])))",
        "rate(M[1m] | json)",
        "rate((M)[1m])",
        "avg_over_time(M | json | unwrap d [1m] offset 5m) > 3",
        "rate(M[1m]) / rate(M |= \"x\"[1m])",
      })
  void marker_inAMetricQuery_becomesTheSpansQuery(String form) throws Exception {
    var withMetadata =
        correlator(config("-1s", "1s", tag("cluster", null), metadata("pod", "k8s_pod")));
    String marker = "{__trace_id__=\"" + T + "\", __span_id__=\"" + SPAN + "\"}";
    String query = form.replace("M", marker).replace('`' + marker + '`', "`M`");
    Recognition recognition = Objects.requireNonNull(correlator.recognize(query), query);

    SpanLogs logs =
        withMetadata
            .forSpan(
                trace(span(Attributes.of("cluster", "x", "pod", "p"), Attributes.EMPTY)),
                new SpanRef(ID, SPAN),
                SpanLogsOptions.DEFAULT)
            .forMarker(
                recognition,
                new RequestWindow(at("08:00:00"), at("10:00:00"), true, 1_000_000_000L))
            .inOneQuery();

    String filters = " | k8s_pod=\"p\"" + WHOLE;
    String expected =
        form.startsWith("rate(M[1m] | json)")
            ? form.replace("M[1m]", "{cluster=\"x\"}[1m]" + filters)
            : form.startsWith("rate(M[1m]) /")
                ? "rate({cluster=\"x\"}[1m]"
                    + filters
                    + ") / rate({cluster=\"x\"}"
                    + filters
                    + " |= \"x\"[1m])"
                : form.replace("M", "{cluster=\"x\"}" + filters)
                    .replace("`{cluster=\"x\"}" + filters + "`", "`M`");
    assertThat(logs.queries()).containsExactly(new CorrelatedQuery(expected, null));
    LogqlParser.parse(expected);
    assertThat(logs.rule()).isEqualTo("marker");
    assertThat(logs.window()).isEqualTo(new TimeRange(at("08:59:59"), at("09:00:02")));
  }

  @Test
  void marker_ofServicesWithoutACommonTag_cannotBeCounted() throws Exception {
    var tags = correlator(config(null, null, tag("a", null), tag("b", null)));
    var first = span(Attributes.of("service.name", "x", "a", "1"), Attributes.EMPTY);
    var second =
        span(
            SpanId.parse("00f067aa0ba902b7"),
            "09:00:00.3",
            "09:00:00.4",
            Attributes.of("service.name", "y", "b", "2"),
            Attributes.EMPTY);
    Recognition marker =
        Objects.requireNonNull(correlator.recognize("rate({__trace_id__=\"" + T + "\"}[1m])"));
    SpanLogs logs =
        tags.forSpan(trace(first, second), SpanRef.wholeTrace(ID), SpanLogsOptions.DEFAULT);

    assertThatThrownBy(() -> logs.forMarker(marker, WINDOW))
        .isInstanceOfSatisfying(SpanLogsException.class, e -> assertThat(e.status()).isEqualTo(422))
        .hasMessageContaining("ask for one span");
  }

  private String oneQuery(Correlator by, String query) {
    Recognition recognition = Objects.requireNonNull(by.recognize(query), query);
    return Objects.requireNonNull(
        by.rewrite(recognition, null, WINDOW).inOneQuery().queries().get(0).lineHalf());
  }
}
