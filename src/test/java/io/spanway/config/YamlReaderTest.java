// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Scalar;
import io.spanway.config.ConfigNode.Sequence;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class YamlReaderTest {
  private final Problems problems = new Problems("f.yaml");

  @Test
  void places_areThoseOfKeysAndValues() {
    ConfigNode root =
        read(
            """
            # comment
            a: 1
            list:
              - x
              - name: y
                deep: [ 1, {k: "v"} ]
            'quoted key': "two\\
              lines"
            text: |
              block
            """);

    assertThat(lines(root))
        .containsExactly(
            "2:1 a",
            "2:4 a = 1",
            "3:1 list",
            "4:5 list[0] = x",
            "5:5 list[1].name",
            "5:11 list[1].name = y",
            "6:5 list[1].deep",
            "6:13 list[1].deep[0] = 1",
            "6:17 list[1].deep[1].k",
            "6:20 list[1].deep[1].k = v",
            "7:1 quoted key",
            "7:15 quoted key = twolines",
            "9:1 text",
            "9:7 text = block\n");
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void scalars_stayAsTheyWereWritten() {
    ConfigNode root = read("[no, on, 012, 0x1F, 1e3, 1_000, true, 'true', 2001-01-01, '']");

    assertThat(((Sequence) checked(root)).items())
        .extracting(item -> ((Scalar) item).text())
        .containsExactly(
            "no", "on", "012", "0x1F", "1e3", "1_000", "true", "true", "2001-01-01", "");
  }

  @Test
  void nothingAndNull_areNull() {
    ConfigNode root = read("a:\nb: null\nc: ~\nd: 'null'\n");

    assertThat(((Mapping) checked(root)).entries().values())
        .extracting(entry -> entry.value().isNull())
        .containsExactly(true, true, true, false);
  }

  @Test
  void emptyText_hasNoRoot() {
    assertThat(read("")).isNull();
    assertThat(read("# only a comment\n")).isNull();
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void everyKeyThatStandsTwice_isReported() {
    read("a: 1\nb: {c: 1, c: 2}\na: 2\na: 3\n");

    assertThat(problems.inOrder())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "f.yaml:2:11 b.c: was there already in line 2 (expected: each key once)",
            "f.yaml:3:1 a: was there already in line 1 (expected: each key once)",
            "f.yaml:4:1 a: was there already in line 1 (expected: each key once)");
  }

  @Test
  void alias_isRefusedAndAnchorLetBe() {
    read("a: &x 5\nb: *x\nc: [*x]\n");

    assertThat(problems.inOrder())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "f.yaml:2:4 b: was the alias \"*x\" (expected: the value itself)",
            "f.yaml:3:5 c[0]: was the alias \"*x\" (expected: the value itself)");
  }

  private @Nullable ConfigNode read(String text) {
    return YamlReader.read(text, problems);
  }

  private static ConfigNode checked(@Nullable ConfigNode node) {
    assertThat(node).isNotNull();
    return java.util.Objects.requireNonNull(node);
  }

  private static List<String> lines(@Nullable ConfigNode node) {
    List<String> lines = new ArrayList<>();
    collect(checked(node), lines);
    return lines;
  }

  private static void collect(ConfigNode node, List<String> lines) {
    if (node instanceof Mapping mapping) {
      mapping
          .entries()
          .values()
          .forEach(
              entry -> {
                lines.add(show(entry.keyPlace()) + " " + entry.value().path());
                collect(entry.value(), lines);
              });
    } else if (node instanceof Sequence sequence) {
      sequence.items().forEach(item -> collect(item, lines));
    } else if (node instanceof Scalar scalar) {
      lines.add(show(scalar.place()) + " " + scalar.path() + " = " + scalar.text());
    }
  }

  private static String show(Place place) {
    return place.line() + ":" + place.column();
  }
}
