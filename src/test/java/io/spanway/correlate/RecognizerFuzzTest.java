// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.config;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.metadata;
import static io.spanway.correlate.Traces.tag;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanway.logql.LogqlParser;
import java.util.Set;

/** Whatever is recognised can be rewritten, to queries that parse. */
final class RecognizerFuzzTest {
  private final Correlator correlator =
      correlator(config("-2s", "2s", tag("service.name", "app"), metadata("pod", null)));

  @FuzzTest
  void recognize_anyText_rewritesToQueriesThatParse(FuzzedDataProvider data) throws Exception {
    boolean labelsKnown = data.consumeBoolean();
    Recognition recognition = correlator.recognize(data.consumeRemainingAsString());
    if (recognition == null || recognition.isMarker()) {
      return;
    }
    SpanLogs logs =
        correlator.rewrite(
            recognition, labelsKnown ? Set.of("app") : null, new RequestWindow(0, 1_000_000, true));
    if (logs.rewritten()) {
      for (CorrelatedQuery query : logs.queries()) {
        for (String text : query.texts()) {
          LogqlParser.parse(text);
        }
      }
      for (String text : logs.filteredInLoki().queries().get(0).texts()) {
        LogqlParser.parse(text);
      }
    }
  }
}
