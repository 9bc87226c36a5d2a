// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.config.ConfigProblem.Severity;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The two files that people start from. In {@code full.yaml} an example is commented out by a
 * {@code #} with no space behind it; prose has one.
 */
final class FullConfigTest {
  private static final Path FULL = Path.of("config", "full.yaml");
  private static final Path MINIMAL = Path.of("config", "minimal.yaml");

  @Test
  void fullFile_isTheDefaults() throws Exception {
    LoadedConfig loaded = ConfigLoader.load(FULL, Map.of());

    assertThat(loaded.config()).isEqualTo(GatewayConfig.DEFAULT);
    assertThat(loaded.notes()).isEmpty();
  }

  @Test
  void fullFile_namesEveryKey() throws IOException {
    Set<String> keys = new TreeSet<>();
    collectKeys(GatewayConfig.class, keys);
    String text = examples(Files.readString(FULL));

    assertThat(keys)
        .allSatisfy(
            key ->
                assertThat(text.lines().anyMatch(line -> names(line, key)))
                    .as("key %s in %s", key, FULL)
                    .isTrue());
  }

  @Test
  void examplesOfTheFullFile_areWithoutProblems() throws Exception {
    byte[] text =
        examples(Files.readString(FULL)).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    Map<String, String> environment =
        Map.of("LOKI_PASSWORD", "p", "LOKI_TOKEN", "t", "TEMPO_PASSWORD", "p");

    LoadedConfig loaded =
        ConfigLoader.parse(
            text, environment, new SecretFiles(Path.of("")), new Problems(FULL.toString()));

    assertThat(loaded.config()).isNotEqualTo(GatewayConfig.DEFAULT);
    assertThat(loaded.notes())
        .extracting(ConfigProblem::severity)
        .doesNotContain(Severity.WARNING, Severity.ERROR);
  }

  @Test
  void minimalFile_isWithoutProblems() throws Exception {
    LoadedConfig loaded = ConfigLoader.load(MINIMAL, Map.of());

    assertThat(loaded.notes()).isEmpty();
    assertThat(Files.readAllLines(MINIMAL)).hasSizeLessThanOrEqualTo(10);
  }

  /** Takes the comment from lines that hold an example. */
  private static String examples(String text) {
    return text.lines()
        .map(
            line -> {
              int mark = line.length() - line.stripLeading().length();
              boolean example =
                  line.startsWith("#", mark)
                      && line.length() > mark + 1
                      && !Character.isWhitespace(line.charAt(mark + 1));
              return example ? line.substring(0, mark) + line.substring(mark + 1) : line;
            })
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static boolean names(String line, String key) {
    String text = line.strip();
    return text.startsWith(key + ":")
        || text.startsWith("- " + key + ":")
        || text.contains("{ " + key + ":")
        || text.contains(", " + key + ":");
  }

  private static void collectKeys(Type type, Set<String> keys) {
    if (type instanceof ParameterizedType generic) {
      for (Type argument : generic.getActualTypeArguments()) {
        collectKeys(argument, keys);
      }
    } else if (type instanceof Class<?> c && c.isRecord() && !ScalarBinder.isScalar(c)) {
      for (RecordComponent component : c.getRecordComponents()) {
        keys.add(component.getName());
        collectKeys(component.getGenericType(), keys);
      }
    }
  }
}
