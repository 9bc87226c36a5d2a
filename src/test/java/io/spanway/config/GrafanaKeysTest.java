// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Scalar;
import io.spanway.config.ConfigNode.Sequence;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GrafanaKeysTest {
  private final Problems problems = new Problems("f.yaml");
  private final GrafanaKeys keys = new GrafanaKeys(problems);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{tags: [cluster, service.name]} | {tags: [{key: cluster}, {key: service.name}]}",
        "{mapTagNamesEnabled: true, mappedTags: [{key: a, value: b}], tags: [c]} | {tags: [{key: a,"
            + " value: b}]}",
        "{mapTagNamesEnabled: false, mappedTags: [{key: a, value: b}], tags: [c]} | {tags: [{key:"
            + " c}]}",
        "{mapTagNamesEnabled: true, tags: [c]} | {}",
        "{mappedTags: [{key: a, value: b}]} | {}",
        "{spanStartTimeShift: -2s, filterByTraceID: true} | {spanStartTimeShift: -2s,"
            + " filterByTraceID: true}",
        "{tags: oops} | {tags: oops}",
        "text | text",
      })
  void olderBlock_isConvertedAsGrafanaDoes(String older, String newer) {
    ConfigNode converted = keys.convert(read("{a: 1, tracesToLogs: " + older + "}"));

    assertThat(show(converted)).isEqualTo("{a: 1, tracesToLogsV2: " + newer + "}");
    assertThat(problems.inOrder())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "f.yaml:1:8 tracesToLogs: is deprecated in Grafana; it is read as tracesToLogsV2");
  }

  @Test
  void convertedKeys_keepTheirOwnPlaces() {
    Mapping converted = (Mapping) keys.convert(read("tracesToLogs:\n  tags:\n    - x\n"));

    assertThat(ConfigPaths.find(converted, "tracesToLogsV2.tags[0].key", Place.START))
        .isEqualTo(new Place(3, 7));
  }

  @Test
  void olderBlock_isNotUsedBesideTheNewer() {
    ConfigNode converted = keys.convert(read("{tracesToLogs: {tags: [a]}, tracesToLogsV2: {}}"));

    assertThat(show(converted)).isEqualTo("{tracesToLogsV2: {}}");
    assertThat(problems.inOrder())
        .extracting(ConfigProblem::toString)
        .containsExactly("f.yaml:1:2 tracesToLogs: is not used, because tracesToLogsV2 is there");
  }

  @Test
  void keyWithoutMeaning_isNamedOnceForAllListItems() {
    Mapping root = read("derivedFields: [{name: a, targetBlank: true}, {targetBlank: false}]");
    for (ConfigNode item : ((Sequence) Objects.requireNonNull(root.get("derivedFields"))).items()) {
      Entry entry = Objects.requireNonNull(((Mapping) item).entries().get("targetBlank"));
      assertThat(keys.isWithoutMeaning(entry)).isTrue();
    }

    assertThat(problems.inOrder())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "f.yaml:1:27 derivedFields[0].targetBlank: is a key of Grafana's that means nothing"
                + " here");
  }

  private Mapping read(String text) {
    return (Mapping) Objects.requireNonNull(YamlReader.read(text, problems));
  }

  private static String show(ConfigNode node) {
    if (node instanceof Mapping mapping) {
      return mapping.entries().entrySet().stream()
          .map(each -> each.getKey() + ": " + show(each.getValue().value()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (node instanceof Sequence sequence) {
      return sequence.items().stream()
          .map(GrafanaKeysTest::show)
          .collect(Collectors.joining(", ", "[", "]"));
    }
    return String.valueOf(((Scalar) node).text());
  }
}
