// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.ID;
import static io.spanway.correlate.Traces.SPAN;
import static io.spanway.correlate.Traces.T;
import static io.spanway.correlate.Traces.at;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.located;
import static io.spanway.correlate.Traces.span;
import static io.spanway.correlate.Traces.trace;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.model.Attributes;
import io.spanway.model.SpanRef;
import io.spanway.model.TimeRange;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class MarkerTest {
  private static final String LINE =
      "{cluster=\"x\"} |= \"" + T + "\" or \"6513270E269E0D37F2A74DE452E6B438\"";

  private final Correlator correlator = correlator(located("line"));

  @Test
  void forMarker_stages_standBehind() throws Exception {
    SpanLogs logs = answer(" | json | a=\"b\" ", new RequestWindow(0, Long.MAX_VALUE, true));

    assertThat(logs.rule()).isEqualTo("marker");
    assertThat(logs.queries().get(0).lineHalf()).isEqualTo(LINE + " | json | a=\"b\"");
    assertThat(logs.window()).isEqualTo(new TimeRange(at("09:00:00.25"), at("09:00:00.370000001")));
  }

  @Test
  void forMarker_requestWithoutTheSpan_keepsItsWindow() throws Exception {
    long start = at("09:00:00.3");
    long end = at("09:00:01");

    assertThat(answer("", new RequestWindow(start, end, true)).window())
        .isEqualTo(new TimeRange(start, end));
  }

  @Test
  void forMarker_windowCutToMilliseconds_stillHoldsTheSpan() throws Exception {
    var precise =
        span(
            SPAN,
            "09:00:00.25",
            "09:00:00.3700009",
            Attributes.of("cluster", "x"),
            Attributes.EMPTY);
    var request = new RequestWindow(at("09:00:00.25"), at("09:00:00.37"), true);
    Recognition marker =
        Objects.requireNonNull(correlator.recognize("{__trace_id__=\"" + T + "\"}"));

    SpanLogs logs =
        correlator
            .forSpan(trace(precise), new SpanRef(ID, SPAN), SpanLogsOptions.DEFAULT)
            .forMarker(marker, request);

    assertThat(logs.window()).isEqualTo(new TimeRange(at("09:00:00.25"), at("09:00:00.370000901")));
  }

  @Test
  void forMarker_page_keepsItsWindow() throws Exception {
    assertThat(answer("", new RequestWindow(0, Long.MAX_VALUE, false)).window())
        .isEqualTo(new TimeRange(0, Long.MAX_VALUE));
  }

  @Test
  void withStages_hidingTheSpan_movesItsFilterInFront() throws Exception {
    SpanLogs logs =
        correlator.forSpan(
            trace(span(Attributes.of("cluster", "x"), Attributes.EMPTY)),
            new SpanRef(ID, SPAN),
            new SpanLogsOptions(true, true, null));

    assertThat(logs.withStages("| json").spanFilter()).isNotNull();
    assertThat(logs.withStages(" ").queries()).isEqualTo(logs.queries());
    SpanLogs hidden = logs.withStages("| line_format \"x\"");
    assertThat(hidden.spanFilter()).isNull();
    assertThat(hidden.queries().get(0).lineHalf())
        .startsWith(LINE + " | label_format __s=")
        .endsWith(" | drop __s | line_format \"x\"");
  }

  private SpanLogs answer(String stages, RequestWindow window) throws SpanLogsException {
    Recognition marker =
        Objects.requireNonNull(
            correlator.recognize(
                "{__trace_id__=\"" + T + "\", __span_id__=\"" + SPAN + "\"}" + stages));
    return correlator
        .forSpan(
            trace(span(Attributes.of("cluster", "x"), Attributes.EMPTY)),
            new SpanRef(ID, SPAN),
            SpanLogsOptions.DEFAULT)
        .forMarker(marker, window);
  }
}
