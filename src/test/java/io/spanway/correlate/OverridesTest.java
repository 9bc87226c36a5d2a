// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.ID;
import static io.spanway.correlate.Traces.SPAN;
import static io.spanway.correlate.Traces.at;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.span;
import static io.spanway.correlate.Traces.trace;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.correlate.CorrelateConfig.IdFields;
import io.spanway.correlate.CorrelateConfig.ResourceOverride;
import io.spanway.model.Attributes;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OverridesTest {
  private final Correlator correlator =
      correlator(
          new CorrelateConfig(
              List.of(),
              "-1s",
              null,
              null,
              null,
              null,
              null,
              IdFields.DEFAULT,
              null,
              null,
              List.of(
                  override(Map.of("service.name", "batch-.*", "env", "prod"), "-5m", null),
                  override(Map.of("service.name", "batch-.*"), "-3m", null),
                  override(Map.of("service.name", "web"), "-1s", "{app=\"${__span.name}\"}"))));

  private static ResourceOverride override(
      Map<String, String> match, String startShift, String query) {
    return new ResourceOverride(
        match,
        List.of(),
        startShift,
        null,
        null,
        null,
        query != null,
        query,
        IdFields.DEFAULT,
        null,
        null);
  }

  @ParameterizedTest
  @CsvSource({
    "batch-1, prod, 08:55:00",
    "batch-1, test, 08:57:00",
    "my-batch-1, prod, 08:59:59",
    "Batch-1, prod, 08:59:59",
    "other, prod, 08:59:59",
  })
  void override_firstThatFits_counts(String service, String env, String start) throws Exception {
    var resource = Attributes.of("service.name", service, "env", env);
    SpanLogs logs =
        correlator.forSpan(
            trace(span(SPAN, "09:00:00", "09:00:01", resource, Attributes.EMPTY)),
            new SpanRef(ID, SPAN),
            SpanLogsOptions.DEFAULT);

    assertThat(logs.window().startNs()).isEqualTo(at(start));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{service_name=\"batch-1\"}; 5",
        "{service_name=\"batch-1\", env=\"prod\"}; 7",
        "{env=\"prod\", service.name=\"batch-1\"}; 7",
        "{env=\"test\", service_name=\"batch-1\"}; 5",
        "{job=~\"(.*/)?(batch-1)\"}; 5",
        "{service_name=~\"batch-1\"}; 1",
        "{service_name=\"my-batch\"}; 1",
        "{app=\"batch-1\"}; 1",
      })
  void override_ofGrafanasQuery_isChosenByItsSelector(String selector, int seconds)
      throws Exception {
    Correlator correlator =
        correlator(
            new CorrelateConfig(
                List.of(),
                "-1s",
                null,
                null,
                null,
                null,
                null,
                IdFields.DEFAULT,
                null,
                null,
                List.of(
                    override(Map.of("service.name", "batch-.*", "env", "prod"), "-7s", null),
                    override(Map.of("service.name", "batch-.*"), "-5s", null))));
    Recognition recognition =
        correlator.read(selector + " | logfmt | json | drop __error__ | trace_id=\"" + ID + '"');
    assertThat(recognition).isNotNull();

    SpanLogs logs =
        correlator.rewrite(
            recognition,
            Set.of("service_name", "env", "app"),
            new RequestWindow(at("09:00:00"), at("09:00:01"), true));

    assertThat(logs.window().startNs()).isEqualTo(at("09:00:00") - seconds * 1_000_000_000L);
  }

  @Test
  void override_attributeOfTheSpan_doesNotCount() throws Exception {
    SpanLogs logs =
        correlator.forSpan(
            trace(
                span(
                    SPAN,
                    "09:00:00",
                    "09:00:01",
                    Attributes.of("namespace", "n"),
                    Attributes.of("service.name", "batch-1"))),
            new SpanRef(ID, SPAN),
            SpanLogsOptions.DEFAULT);

    assertThat(logs.window().startNs()).isEqualTo(at("08:59:59"));
  }

  @Test
  void override_query_takesThePlaceOfTheTags() throws Exception {
    SpanLogs logs =
        correlator.forSpan(
            trace(span(Attributes.of("service.name", "web"), Attributes.EMPTY)),
            new SpanRef(ID, SPAN),
            SpanLogsOptions.DEFAULT);

    assertThat(logs.queries()).containsExactly(new CorrelatedQuery("{app=\"op\"}", null));
  }

  @Test
  void override_wholeTrace_isThatOfItsFirstSpan() throws Exception {
    SpanLogs logs =
        correlator.forSpan(
            trace(
                span(
                    SpanId.parse("2"),
                    "09:00:01",
                    "09:00:02",
                    Attributes.of("service.name", "web"),
                    Attributes.EMPTY),
                span(
                    SPAN,
                    "09:00:00",
                    "09:00:03",
                    Attributes.of("service.name", "batch-7"),
                    Attributes.EMPTY)),
            SpanRef.wholeTrace(ID),
            SpanLogsOptions.DEFAULT);

    assertThat(logs.window().startNs()).isEqualTo(at("08:57:00"));
  }

  @Test
  void override_hasEveryKeyOfTheBlock() {
    List<String> block =
        Stream.of(CorrelateConfig.class.getRecordComponents())
            .map(RecordComponent::getName)
            .filter(name -> !name.equals("overrides"))
            .toList();

    assertThat(ResourceOverride.class.getRecordComponents())
        .extracting(RecordComponent::getName)
        .containsAll(block)
        .hasSize(block.size() + 1);
  }
}
