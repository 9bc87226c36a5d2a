// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.ID;
import static io.spanway.correlate.Traces.at;
import static io.spanway.correlate.Traces.config;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.tag;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.spanway.model.Attributes;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.TimeRange;
import io.spanway.model.Trace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WholeTraceTest {
  private static final SpanLogsOptions PLAIN = new SpanLogsOptions(false, null, null);
  private static final CorrelateConfig TAGS =
      config("-1s", "1s", tag("cluster", null), tag("service.name", "svc"), tag("pod", null));

  @Test
  void forSpan_wholeTrace_usesOnlyLabelsOfEverySpan() throws Exception {
    SpanLogs logs =
        forTrace(
            TAGS,
            span(1, "09:00:01", "09:00:02", "cluster", "c", "service.name", "a.b", "pod", "p"),
            span(2, "09:00:00", "09:00:01", "cluster", "c", "service.name", "x"));

    assertThat(texts(logs)).containsExactly("{cluster=\"c\", svc=~\"a\\\\.b|x\"}");
    assertThat(logs.window()).isEqualTo(new TimeRange(at("08:59:59"), at("09:00:03.000000001")));
    assertThat(logs.warnings())
        .containsExactly("tag pod is not used: not every span of the trace has it");
  }

  @Test
  void forSpan_noCommonLabel_isOneQueryPerService() throws Exception {
    CorrelateConfig config = config(null, null, tag("pod", null), tag("host", null));

    SpanLogs logs =
        forTrace(
            config,
            span(1, "09:00:01", "09:00:02", "service.name", "a", "pod", "p"),
            span(2, "09:00:01", "09:00:02", "service.name", "b", "host", "h"),
            span(3, "09:00:01", "09:00:02", "service.name", "c", "x", "h"),
            span(4, "09:00:01", "09:00:02", "service.name", "a", "pod", "q"));

    assertThat(texts(logs)).containsExactly("{pod=~\"p|q\"}", "{host=\"h\"}");
    assertThat(logs.warnings())
        .containsExactly("service c is left out: its spans share none of the tags");
  }

  @Test
  void forSpan_noTagAtAll_is422() {
    var failure =
        catchThrowableOfType(
            SpanLogsException.class,
            () -> forTrace(TAGS, span(1, "09:00:01", "09:00:02", "x", "y")));

    assertThat(failure.status()).isEqualTo(422);
  }

  @Test
  void forSpan_tooManyValues_dropTheLabelWhileAnotherRemains() throws Exception {
    var spans = new ArrayList<Span>();
    for (int i = 1; i <= 201; i++) {
      spans.add(span(i, "09:00:01", "09:00:02", "cluster", "c", "pod", "p" + i));
    }
    var two = config(null, null, tag("pod", null), tag("cluster", null));
    var one = config(null, null, tag("pod", null));

    SpanLogs logs = forTrace(two, spans.toArray(new Span[0]));
    assertThat(texts(logs)).containsExactly("{cluster=\"c\"}");
    assertThat(logs.warnings())
        .containsExactly("label pod is left out of the query: it has 201 values");
    assertThat(texts(forTrace(one, spans.toArray(new Span[0]))).get(0))
        .startsWith("{pod=~\"p1|p2|");
  }

  @Test
  void forSpan_tooMuchText_dropsTheLabel() throws Exception {
    SpanLogs logs =
        forTrace(
            TAGS,
            span(1, "09:00:01", "09:00:02", "cluster", "c", "pod", "x".repeat(9_000)),
            span(2, "09:00:01", "09:00:02", "cluster", "c", "pod", "y".repeat(9_000)));

    assertThat(texts(logs)).containsExactly("{cluster=\"c\"}");
  }

  @Test
  void forSpan_fiftyThousandSpans_isOneQuery() throws Exception {
    var spans = new ArrayList<Span>();
    for (int i = 1; i <= 50_000; i++) {
      spans.add(span(i, "09:00:01", "09:00:02", "cluster", "c", "service.name", "s" + i % 7));
    }

    assertThat(texts(forTrace(TAGS, spans.toArray(new Span[0]))))
        .containsExactly("{cluster=\"c\", svc=~\"s1|s2|s3|s4|s5|s6|s0\"}");
  }

  private static SpanLogs forTrace(CorrelateConfig config, Span... spans) throws SpanLogsException {
    return correlator(config)
        .forSpan(new Trace(ID, List.of(spans), false, null), SpanRef.wholeTrace(ID), PLAIN);
  }

  private static List<String> texts(SpanLogs logs) {
    return logs.queries().stream().flatMap(query -> query.texts().stream()).toList();
  }

  private static Span span(int id, String start, String end, String... resource) {
    return Traces.span(
        SpanId.parse(Integer.toHexString(id)),
        start,
        end,
        Attributes.of(resource),
        Attributes.EMPTY);
  }
}
