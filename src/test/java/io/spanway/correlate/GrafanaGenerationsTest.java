// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.correlator;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.model.TraceId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The very texts that Grafana's generations send for one span, and what becomes of them. */
final class GrafanaGenerationsTest {
  private static final String T = "7946b05c2e2e4e5a";
  private static final String S = "6605c7b08e715d6c";
  private static final String TAGS = "{cluster=\"cluster1\", hostname=\"hostname1\"}";
  private static final String G5 = " | logfmt | json | drop __error__";
  private static final List<String> TRACE = CorrelateConfig.IdFields.DEFAULT.trace();
  private static final List<String> SPAN = CorrelateConfig.IdFields.DEFAULT.span();
  private static final String PADDED = "0000000000000000" + T;

  private final Correlator correlator = correlator(CorrelateConfig.DEFAULT);

  private static String g4(String id, String of) {
    return " | label_format log_line_contains_"
        + of
        + "_id=`{{ contains \""
        + id
        + "\" __line__  }}` | log_line_contains_"
        + of
        + "_id=\"true\" or "
        + of
        + "_id=\""
        + id
        + "\"";
  }

  /** Query, rule, the span that is filtered afterwards or null, and the stages that stay. */
  static List<Arguments> texts() {
    return List.of(
        Arguments.of(TAGS + " |=\"" + T + "\" |=\"" + S + "\"", "grafana-g2", S, ""),
        Arguments.of(TAGS + g4(T, "trace"), "grafana-g4", null, ""),
        Arguments.of(TAGS + g4(T, "trace").replace(" or ", " OR "), "grafana-g4", null, ""),
        Arguments.of(TAGS + g4(T, "trace") + g4(S, "span"), "grafana-g4", S, ""),
        Arguments.of(
            TAGS + G5 + " | trace_id=\"" + T + "\" | span_id=\"" + S + "\"", "grafana-g5", S, G5),
        Arguments.of(
            TAGS + G5 + " | traceID=\"" + T + "\" | spanID=\"" + S + "\"", "grafana-g5", S, G5),
        Arguments.of(TAGS + G5 + " | otel_trace_id=\"" + T + "\"", "grafana-g5", null, G5),
        Arguments.of(TAGS + " |= \"" + T + "\" |= \"" + S + "\"", "grafana-g5", S, ""));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void textOfGrafana_becomesTheCorrelatedQuery(
      String query, String rule, @Nullable String span, String stages) {
    SpanLogs logs = rewrite(query, null);

    String lines = " |= " + spellings();
    String fields =
        " != "
            + spellings()
            + " | "
            + Traces.fields(TRACE, PADDED)
            + " or "
            + Traces.fields(TRACE, T);
    assertThat(logs.rule()).isEqualTo(rule);
    assertThat(logs.queries())
        .containsExactly(new CorrelatedQuery(TAGS + lines + stages, TAGS + fields + stages));
    SpanFilter filter = logs.spanFilter();
    assertThat(filter == null ? null : filter.id().hex()).isEqualTo(span);
  }

  private static String spellings() {
    return String.join(
        " or ", TraceId.parse(T).spellings().stream().map(s -> '"' + s + '"').toList());
  }

  @Test
  void tagsAlone_areNobodysForSure() {
    assertThat(correlator.recognize(TAGS)).isNull();
  }

  @Test
  void thirteenProbes_askForTwoThings() {
    List<String> probes = new ArrayList<>();
    for (int i = 0; i < TRACE.size(); i++) {
      String ids = G5 + " | " + TRACE.get(i) + "=\"" + T + "\" | " + SPAN.get(i) + "=\"" + S + '"';
      probes.add(TAGS + ids);
      probes.add("{job=~\"(.*/)?(checkout)\"}" + ids);
    }
    probes.add(TAGS + " |= \"" + T + "\" |= \"" + S + '"');

    Set<List<CorrelatedQuery>> asked = new LinkedHashSet<>();
    for (String probe : probes) {
      SpanLogs logs = rewrite(probe, Set.of("cluster", "hostname", "service_name"));
      assertThat(logs.isLastAttempt()).isEqualTo(!probe.contains("json"));
      assertThat(Objects.requireNonNull(logs.spanFilter()).id().hex()).isEqualTo(S);
      asked.add(logs.likeOtherAttempts().queries());
    }

    assertThat(probes).hasSize(13);
    assertThat(asked).hasSize(2);
    assertThat(asked.stream().map(each -> each.get(0).lineHalf()))
        .containsExactly(
            TAGS + " |= " + spellings() + G5,
            "{service_name=~\"checkout\"} |= " + spellings() + G5);
  }

  private SpanLogs rewrite(String query, @Nullable Set<String> labels) {
    Recognition recognition = Objects.requireNonNull(correlator.recognize(query), query);
    return correlator.rewrite(recognition, labels, new RequestWindow(0, 1_000_000_000, true));
  }
}
