// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.config;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.metadata;
import static io.spanway.correlate.Traces.tag;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.spanway.correlate.CorrelateConfig.IdFields;
import io.spanway.correlate.CorrelateConfig.TagMapping;
import io.spanway.correlate.CorrelateConfigException.Finding;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigCheckTest {
  @Test
  void compile_defaults_hasNothingToSay() {
    assertThat(correlator(CorrelateConfig.DEFAULT).warnings()).isEmpty();
  }

  @Test
  void compile_dottedKeyWithoutValue_saysWhichValueToWrite() {
    assertThat(problems(config(null, null, tag("cluster", null), tag("service.name", null))))
        .containsExactly(
            new Finding(
                "tracesToLogsV2.tags[1].value",
                "is missing, and service.name is no label name (expected: value: service_name)"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"by", "or", "json", "OR", "unwrap"})
  void compile_reservedLabel_isAnError(String word) {
    assertThat(problems(config(null, null, tag("a", word))))
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.path()).isEqualTo("tracesToLogsV2.tags[0].value");
              assertThat(problem.message()).contains(word).contains("word of LogQL");
            });
  }

  @Test
  void compile_illegalLabel_isAnError() {
    assertThat(problems(config(null, null, tag("a", "b-c"))))
        .containsExactly(
            new Finding(
                "tracesToLogsV2.tags[0].value", "was \"b-c\" (expected: a label name, as b_c)"));
  }

  @Test
  void compile_onlyStructuredMetadata_isAnError() {
    assertThat(problems(config(null, null, metadata("pod", null))))
        .singleElement()
        .satisfies(problem -> assertThat(problem.path()).isEqualTo("tracesToLogsV2.tags"));
  }

  @Test
  void compile_unknownIn_isAnError() {
    assertThat(problems(config(null, null, new TagMapping("a", null, "metadata"))))
        .containsExactly(
            new Finding(
                "tracesToLogsV2.tags[0].in",
                "was \"metadata\" (expected: structuredMetadata, or nothing)"));
  }

  @Test
  void compile_emptyItem_isAnError() {
    var config =
        new CorrelateConfig(
            Arrays.asList((TagMapping) null),
            null,
            null,
            null,
            null,
            null,
            null,
            IdFields.DEFAULT,
            null,
            null,
            List.of());

    assertThat(problems(config))
        .containsExactly(
            new Finding(
                "tracesToLogsV2.tags[0].key", "is missing (expected: the name of an attribute)"));
  }

  @Test
  void compile_manyProblems_areAllReported() {
    var config =
        new CorrelateConfig(
            List.of(tag("", null)),
            "x",
            "y",
            null,
            null,
            null,
            null,
            new IdFields(List.of("a.b"), List.of("or")),
            "everywhere",
            "hard",
            List.of());

    assertThat(problems(config))
        .extracting(Finding::path)
        .containsExactly(
            "tracesToLogsV2.tags[0].key",
            "tracesToLogsV2.spanStartTimeShift",
            "tracesToLogsV2.spanEndTimeShift",
            "tracesToLogsV2.idFields.trace[0]",
            "tracesToLogsV2.idFields.span[0]",
            "tracesToLogsV2.idLocation",
            "tracesToLogsV2.spanFilter");
  }

  @Test
  void compile_startShiftAfterEndShift_isAWarning() {
    assertThat(correlator(config("2s", "-2s")).warnings())
        .extracting(Finding::path)
        .containsExactly("tracesToLogsV2.spanStartTimeShift");
  }

  @Test
  void compile_fraction_isAWarning() {
    assertThat(correlator(config("-1.5s", null)).warnings())
        .containsExactly(
            new Finding(
                "tracesToLogsV2.spanStartTimeShift",
                "the fraction of \"-1.5s\" is cut off, as in Grafana: -1s"));
  }

  @Test
  void compile_highCardinalityLabel_isAWarningUnlessInMetadata() {
    var config =
        config(
            null,
            null,
            tag("cluster", null),
            tag("k8s.pod.name", "pod"),
            metadata("trace", "traceId"));

    assertThat(correlator(config).warnings())
        .extracting(Finding::path)
        .containsExactly("tracesToLogsV2.tags[1].value");
  }

  private static List<Finding> problems(CorrelateConfig config) {
    @Nullable CorrelateConfigException failure =
        catchThrowableOfType(CorrelateConfigException.class, () -> Correlator.compile(config));
    assertThat(failure).as("no problem found").isNotNull();
    return failure.problems();
  }
}
