// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.T;
import static io.spanway.correlate.Traces.correlator;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RecognizerTest {
  private static final String S = "6605c7b08e715d6c";
  private static final String TAGS = "{cluster=\"cluster1\", hostname=\"hostname1\"}";
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

  private final Correlator correlator = correlator(CorrelateConfig.DEFAULT);

  @Test
  void recognize_marker_givesIdsAndStages() {
    Recognition marker =
        found("{__trace_id__=\"" + T + "\", __span_id__=\"" + S + "\"} | json | x=\"y\"");

    assertThat(marker.ruleName()).isEqualTo("marker");
    assertThat(marker.isMarker()).isTrue();
    assertThat(marker.form()).isEqualTo(Recognition.Form.BARE);
    assertIds(marker, T, S);
    assertThat(marker.stages()).isEqualTo(" | json | x=\"y\"");
    assertThat(marker.needsTraceCheck()).isFalse();
  }

  @Test
  void recognize_markerOfATrace_hasNoSpan() {
    Recognition marker = found("# logs\n( {__trace_id__=\"7946B05C-2E2E4E5A\"} ) ");

    assertIds(marker, "00000000000000007946b05c2e2e4e5a", null);
    assertThat(marker.stages()).isEmpty();
  }

  @Test
  void recognize_g2_bothIds() {
    Recognition found = found(TAGS + " |=\"" + T + "\" |=\"" + S + "\"");

    assertThat(found.ruleName()).isEqualTo("grafana-g2");
    assertIds(found, T, S);
    assertThat(found.needsTraceCheck()).isTrue();
  }

  @Test
  void recognize_g2_shortTraceAndSpan() {
    assertIds(
        found(TAGS + " |=\"7946b05c2e2e4e5a\" |=\"" + S + "\""),
        "00000000000000007946b05c2e2e4e5a",
        S);
  }

  @Test
  void recognize_g2_oneId_isATraceOrEither() {
    assertIds(found(TAGS + " |=\"" + T + "\""), T, null);
    assertIds(found(TAGS + " |=\"" + S + "\""), "0000000000000000" + S, S);
  }

  @Test
  void recognize_g4_traceSpanAndBoth() {
    Recognition trace = found(TAGS + G4_TRACE);
    assertThat(trace.ruleName()).isEqualTo("grafana-g4");
    assertThat(trace.needsTraceCheck()).isFalse();
    assertIds(trace, T, null);
    assertIds(found(TAGS + G4_SPAN), null, S);
    assertIds(found(TAGS + G4_TRACE + G4_SPAN), T, S);
  }

  @Test
  void recognize_g4_upperCaseOrAndOneSpace() {
    assertIds(found(TAGS + G4_TRACE.replace(" or ", " OR ").replace("  }}", " }}")), T, null);
  }

  @Test
  void recognize_g4_commentsAndNewlines() {
    assertIds(
        found("# a\n" + TAGS.replace(", ", ",\n") + G4_TRACE.replace(" | ", " # c {\n| ")),
        T,
        null);
  }

  @Test
  void recognize_g4_dottedLabel() {
    assertIds(found("{service.name=\"x\"}" + G4_TRACE), T, null);
  }

  @Test
  void recognize_g4_sharded() {
    assertIds(
        found("{cluster=\"c\", __stream_shard__=~\"9|8|7\"}" + G4_TRACE + " | json"), T, null);
  }

  @Test
  void recognize_g5_anyPair() {
    Recognition both = found(TAGS + G5 + " | traceID=\"" + T + "\" | spanID=\"" + S + "\"");
    assertThat(both.ruleName()).isEqualTo("grafana-g5");
    assertThat(both.needsTraceCheck()).isFalse();
    assertIds(both, T, S);
    assertIds(
        found("{job=~\"(.*/)?(checkout)\"}" + G5 + " | otel_trace_id=\"" + T + "\""), T, null);
  }

  @Test
  void recognize_g5LastVariant_isAmbiguous() {
    Recognition found = found(TAGS + " |= \"" + T + "\" |= \"" + S + "\"");

    assertThat(found.ruleName()).isEqualTo("grafana-g5");
    assertThat(found.needsTraceCheck()).isTrue();
    assertIds(found, T, S);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{}",
        "{app=\"x\"}",
        "{app=\"x\"} |= \"404\"",
        "{app=\"x\"} |=\"404\"",
        "{app=\"x\"} |= \"deadbeef\"",
        "{app=\"x\"} |= \"6605c7b08e715d6\"",
        "{app=\"x\"} |= \"6605c7b08e715d6cc\"",
        "{app=\"x\"} |= \"0000000000000000\"",
        "{app=\"x\"} |= \"timeout waiting!\"",
        "{app=\"x\"} |= \"66-5c7b08e715d6c\"",
        "{app=\"x\"} |= `6605c7b08e715d6c`",
        "{app=\"x\"} |= \"6605c7b08e715d6c\" or \"y\"",
        "{app=\"x\"} |~ \"6605c7b08e715d6c\"",
        "{app=\"x\"} != \"6605c7b08e715d6c\"",
        "{app=~\"x.*\"} |= \"6605c7b08e715d6c\"",
        "{app=\"x\"} | json |= \"6605c7b08e715d6c\"",
        "{app=\"x\"} | trace_id=\"6513270e269e0d37f2a74de452e6b438\"",
        "{app=\"x\"} | logfmt | trace_id=\"6513270e269e0d37f2a74de452e6b438\"",
        "{app=\"x\"} | logfmt | json | drop __error__",
        "{app=\"x\"} | logfmt | json | drop __error__ | trace_id=\"404\"",
        "{app=\"x\"} | logfmt | json | drop __error__ | trace_id!=\"6605c7b08e715d6c\"",
        "{app=\"x\"} | logfmt --strict | json | drop __error__ | trace_id=\"6605c7b08e715d6c\"",
        "{__trace_id__=\"xyz\"}",
        "{__trace_id__=~\"6605c7b08e715d6c\"}",
        "{__span_id__=\"6605c7b08e715d6c\"}",
        "{__trace_id__=\"6605c7b08e715d6c\", app=\"x\"}",
        "{__trace_id__=\"6605c7b08e715d6c\", __trace_id__=\"6605c7b08e715d6c\"}",
        "rate({app=\"x\"} |= \"6605c7b08e715d6c\" [5m])",
        "sum(count_over_time({app=\"x\"} |=\"6605c7b08e715d6c\" [1m] offset 1h)) / 2",
        "vector(1)+vector(1)",
        "{app=\"x\"} |= \"6605c7b08e715d6c",
      })
  void recognize_peoplesQueries_areNotTouched(String query) {
    assertThat(correlator.recognize(query)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Another ID in line and field; another label; another value; the label used later.
        "{a=\"b\"} | label_format log_line_contains_trace_id=`{{ contains \"6605c7b08e715d6c\""
            + " __line__  }}` | log_line_contains_trace_id=\"true\" or"
            + " trace_id=\"6605c7b08e715d6d\"",
        "{a=\"b\"} | label_format log_line_contains_trace_id=`{{ contains \"6605c7b08e715d6c\""
            + " __line__  }}` | log_line_contains_trace_id=\"false\" or"
            + " trace_id=\"6605c7b08e715d6c\"",
        "{a=\"b\"} | label_format log_line_contains_trace_id=`{{ contains \"6605c7b08e715d6c\""
            + " .app  }}` | log_line_contains_trace_id=\"true\" or trace_id=\"6605c7b08e715d6c\"",
        "{a=\"b\"} | label_format log_line_contains_trace_id=`{{ contains \"6605c7b08e715d6c\""
            + " __line__  }}` | log_line_contains_trace_id=\"true\" or"
            + " trace_id=\"6605c7b08e715d6c\" or x=\"y\"",
        "{a=\"b\"} | label_format log_line_contains_trace_id=`{{ contains \"6605c7b08e715d6c\""
            + " __line__  }}` | log_line_contains_trace_id=\"true\" or"
            + " trace_id=\"6605c7b08e715d6c\" | log_line_contains_trace_id=\"true\"",
      })
  void recognize_nearlyG4_isNotTouched(String query) {
    assertThat(correlator.recognize(query)).isNull();
  }

  private Recognition found(String query) {
    Recognition recognition = correlator.recognize(query);
    assertThat(recognition).as(query).isNotNull();
    return Objects.requireNonNull(recognition);
  }

  private static void assertIds(Recognition found, @Nullable String trace, @Nullable String span) {
    assertThat(Objects.toString(found.traceId(), null)).isEqualTo(trace);
    assertThat(Objects.toString(found.spanId(), null)).isEqualTo(span);
  }
}
