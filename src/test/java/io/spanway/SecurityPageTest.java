// SPDX-License-Identifier: Apache-2.0
package io.spanway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that SECURITY.md names are there, and no attack is without a word. */
final class SecurityPageTest {
  private static final Path TESTS = Path.of("src", "test", "java", "io", "spanway");
  private static final int ATTACKS = 54;

  @Test
  void rows_areNumberedWithoutAGap() throws IOException {
    assertThat(rows().stream().map(row -> row.split(" ", 3)[1]))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, ATTACKS).mapToObj(String::valueOf).toList());
  }

  @Test
  void row_namesATestOrSaysWhyThereIsNone() throws IOException {
    assertThat(rows())
        .allSatisfy(
            row ->
                assertThat(!cited(row).isEmpty() || row.contains("| Cannot apply: "))
                    .as(row)
                    .isTrue());
  }

  @Test
  void citedTest_exists() throws IOException {
    List<String> cited = rows().stream().flatMap(row -> cited(row).stream()).distinct().toList();
    List<String> there = new ArrayList<>();
    try (Stream<Path> sources = Files.walk(TESTS)) {
      for (Path source : sources.filter(each -> each.toString().endsWith(".java")).toList()) {
        String name = source.getFileName().toString().replace(".java", "");
        for (String member : Files.readString(source).split("\n  }\n", -1)) {
          for (String method :
              ReadmeTest.matches(
                  "(?s)\n  @(?:Test|ParameterizedTest|FuzzTest)\\b.*?\n  void (\\w+)\\(", member)) {
            there.add(name + "." + method);
          }
        }
      }
    }

    assertThat(cited).hasSizeGreaterThan(ATTACKS);
    assertThat(there).containsAll(cited);
  }

  private static List<String> rows() throws IOException {
    return Files.readAllLines(Path.of("SECURITY.md")).stream()
        .filter(line -> line.startsWith("| ") && Character.isDigit(line.charAt(2)))
        .toList();
  }

  private static List<String> cited(String row) {
    return ReadmeTest.matches("`([A-Z]\\w+(?:Test|IT)\\.\\w+)`", row);
  }
}
