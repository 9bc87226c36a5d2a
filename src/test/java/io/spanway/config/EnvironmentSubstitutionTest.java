// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Origin;
import io.spanway.config.ConfigNode.Scalar;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EnvironmentSubstitutionTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("HOST", "loki", "PORT", "3100", "EMPTY", "", "nested", "${HOST}", "_x1", "y");

  private final Problems problems = new Problems("f.yaml");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plain | plain",
        "${HOST} | loki",
        "http://${HOST}:${PORT}/x | http://loki:3100/x",
        "${MISSING:-fallback} | fallback",
        "${EMPTY:-fallback} | fallback",
        "${HOST:-fallback} | loki",
        "${MISSING:-} | ''",
        "${MISSING:-a:-b} | a:-b",
        "a${EMPTY}b | ab",
        "${_x1} | y",
        "${nested} | ${HOST}",
        "$HOST $ $$ {HOST} | $HOST $ $$ {HOST}",
        "$${HOST} | $loki",
        "${__value.raw} | ${__value.raw}",
        "${__tags} ${HOST} ${__x | ${__tags} loki ${__x",
      })
  void value_isReplaced(String written, String expected) {
    assertThat(apply("key", written).text()).isEqualTo(expected);
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void doubledDollar_isReadAsOneWithAWarning() {
    assertThat(apply("query", "{$${__tags}} |= `$${__span.spanId}`").text())
        .isEqualTo("{${__tags}} |= `${__span.spanId}`");
    assertThat(problems.inOrder())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "f.yaml:1:1 query: was with $${__, the doubling of Grafana's provisioning files; it is"
                + " read as ${__ (expected: a single $)");
    assertThat(problems.hasErrors()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tracesToLogsV2.query",
        "tracesToLogsV2.overrides[2].query",
        "derivedFields[0].url",
        "derivedFields[0].matcherRegex"
      })
  void templatesAndExpressions_stay(String path) {
    assertThat(apply(path, "${HOST} ${} ${x").text()).isEqualTo("${HOST} ${} ${x");
    assertThat(problems.inOrder()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"grafana.url", "loki.urls[0]", "derivedFields[0].name"})
  void otherKeys_areReplaced(String path) {
    assertThat(apply(path, "${HOST}").text()).isEqualTo("loki");
  }

  @Test
  void missingVariables_areAllReported() {
    assertThat(apply("key", "${A} ${HOST} ${B}").origin()).isEqualTo(Origin.BROKEN);
    assertThat(problems.inOrder())
        .extracting(ConfigProblem::message)
        .containsExactly(
            "was with ${A}, which is not in the environment (expected: the variable, or a default"
                + " as ${A:-default})",
            "was with ${B}, which is not in the environment (expected: the variable, or a default"
                + " as ${B:-default})");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"${}", "${hunter 2}", "${hunter2", "${1A}", "${:-x}", "${HOST-x}", "${Ä}"})
  void badReference_isReportedWithoutRepeatingIt(String written) {
    assertThat(apply("key", written).origin()).isEqualTo(Origin.BROKEN);
    assertThat(problems.inOrder())
        .extracting(ConfigProblem::message)
        .containsExactly(
            "was with ${ and no name of a variable (expected: ${NAME} or ${NAME:-default})");
  }

  @Test
  void structure_isKept() {
    ConfigNode root = YamlReader.read("a: [{b: '${HOST}'}, x]\nc:\n", problems);

    ConfigNode applied =
        new EnvironmentSubstitution(ENVIRONMENT, problems).apply(Objects.requireNonNull(root));

    assertThat(((Mapping) applied).entries()).containsOnlyKeys("a", "c");
    assertThat(applied.toString()).contains("text=loki").doesNotContain("HOST");
    assertThat(ConfigPaths.find(applied, "a[0].b", Place.START)).isEqualTo(new Place(1, 6));
  }

  private Scalar apply(String path, @Nullable String text) {
    Scalar scalar = new Scalar(Place.START, path, text, Origin.FILE);
    return (Scalar) new EnvironmentSubstitution(ENVIRONMENT, problems).apply(scalar);
  }
}
