// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.units.DataSize;
import io.spanway.units.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RecordBinderTest {
  /** One component of each kind. */
  public record Everything(
      String text,
      boolean flag,
      @Nullable Boolean maybe,
      int number,
      long large,
      Mode mode,
      DataSize size,
      Duration time,
      @Nullable Secret secret,
      @Nullable String optional,
      List<String> list,
      Set<Mode> set,
      Map<String, String> map,
      Map<String, Duration> times,
      Range range,
      List<Item> items) {
    static final Everything START =
        new Everything(
            "t",
            true,
            null,
            1,
            2,
            Mode.PLAIN,
            DataSize.mib(1),
            Duration.ofSeconds(1),
            null,
            null,
            List.of("a"),
            Set.of(),
            Map.of("k", "v"),
            Map.of(),
            new Range(1, 9),
            List.of());
  }

  public enum Mode {
    PLAIN,
    STRUCTURED_METADATA
  }

  /** A record that checks its values, with one check of two of them together. */
  public record Range(int low, int high) {
    public static final Range DEFAULT = new Range(0, 100);

    public Range {
      if (low < 0) {
        throw new IllegalArgumentException("was " + low + " (expected: zero or more)");
      }
      if (high > 100) {
        throw new IllegalArgumentException("high: was " + high + " (expected: at most 100)");
      }
      if (low > high) {
        throw new IllegalArgumentException("was " + low + " above high (expected: below it)");
      }
    }
  }

  /** A record without defaults. */
  public record Item(
      String name, @Nullable String label, boolean on, List<String> tags, Range range) {
    public Item {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("name: was empty (expected: a name)");
      }
    }
  }

  private final Problems problems = new Problems("f.yaml");

  @Test
  void everyKind_isBound() {
    Everything bound =
        bind(
            """
            text: no
            flag: false
            maybe: true
            number: 42
            large: 10000000000
            mode: structuredMetadata
            size: 2MiB
            time: 1m
            secret: ${PW}
            optional: x
            list: [1, two]
            set: [plain, structuredMetadata, plain]
            map: {a: on, 'b.c': 012}
            times: {x: 1s}
            range: {low: 3}
            items:
              - {name: one, range: {high: 50}}
              - {name: two, label: l, on: true, tags: [t]}
            """);

    assertThat(problems.inOrder()).isEmpty();
    assertThat(bound)
        .isEqualTo(
            new Everything(
                "no",
                false,
                true,
                42,
                10_000_000_000L,
                Mode.STRUCTURED_METADATA,
                DataSize.mib(2),
                Duration.ofMinutes(1),
                new Secret("hunter2"),
                "x",
                List.of("1", "two"),
                Set.of(Mode.PLAIN, Mode.STRUCTURED_METADATA),
                Map.of("a", "on", "b.c", "012"),
                Map.of("x", Duration.ofSeconds(1)),
                new Range(3, 9),
                List.of(
                    new Item("one", null, false, List.of(), new Range(0, 50)),
                    new Item("two", "l", true, List.of("t"), Range.DEFAULT))));
  }

  @Test
  void whatIsLeftOut_isTheDefault() {
    assertThat(bind("{}")).isEqualTo(Everything.START);
    assertThat(bind("range:\nlist:\nmap:\noptional:\nsecret: ''\nitems:\n"))
        .isEqualTo(Everything.START);
    assertThat(problems.inOrder()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "flag: yes | f.yaml:1:7 flag: was \"yes\" (expected: true or false)",
        "flag: [] | f.yaml:1:7 flag: was a list (expected: true or false)",
        "flag: | f.yaml:1:6 flag: was empty (expected: true or false)",
        "number: 1.5 | f.yaml:1:9 number: was \"1.5\" (expected: a whole number)",
        "number: 3000000000 | f.yaml:1:9 number: was \"3000000000\" (expected: a whole number)",
        "number: {} | f.yaml:1:9 number: was a mapping (expected: a whole number)",
        "mode: PLAIN | f.yaml:1:7 mode: was \"PLAIN\" (expected: one of plain,"
            + " structuredMetadata)",
        "time: 5 | f.yaml:1:7 time: was \"5\" (expected: a duration of whole numbers with d, h, m,"
            + " s or ms, such as 1h30m)",
        "time: -5s | f.yaml:1:7 time: was \"-5s\" (expected: zero or more, such as 30s)",
        "size: 5MB | f.yaml:1:7 size: was \"5MB\" (expected: a whole number and one of B, KiB, MiB,"
            + " GiB, TiB, such as 256MiB)",
        "secret: hunter2 | f.yaml:1:9 secret: was written into the file (expected: ${NAME} or"
            + " file:/path, so that the file can be shown)",
        "secret: file:missing | f.yaml:1:9 secret: was \"file:missing\", which is not there"
            + " (expected: a file with a secret)",
        "list: a | f.yaml:1:7 list: was a single value (expected: a list)",
        "list: [[]] | f.yaml:1:8 list[0]: was a list (expected: a text)",
        "list: [a, ~] | f.yaml:1:11 list[1]: was empty (expected: a text)",
        "map: [] | f.yaml:1:6 map: was a list (expected: a mapping)",
        "map: {a: {}} | f.yaml:1:10 map.a: was a mapping (expected: a text)",
        "range: 5 | f.yaml:1:8 range: was a single value (expected: a mapping of low, high)",
        "range: {low: -1} | f.yaml:1:9 range.low: was -1 (expected: zero or more)",
        "range: {high: 101} | f.yaml:1:9 range.high: was 101 (expected: at most 100)",
        "range: {low: 10} | f.yaml:1:9 range.low: was 10 above high (expected: below it)",
        "items: [x] | f.yaml:1:9 items[0]: was a single value (expected: a mapping of name, label,"
            + " on, tags, range)",
        "items: [{}] | f.yaml:1:9 items[0].name: is missing (expected: a text)",
        "items: [{name: ''}] | f.yaml:1:10 items[0].name: was empty (expected: a name)",
        "nmber: 1 | f.yaml:1:1 nmber: is not a key here (expected: number?)",
        "OPTIONAL: 1 | f.yaml:1:1 OPTIONAL: is not a key here (expected: optional?)",
        "range: {zzz: 1} | f.yaml:1:9 range.zzz: is not a key here (expected: one of low, high)",
      })
  void mistake_isReportedAtItsPlace(String text, String problem) {
    assertThat(bindOrNull(text)).isNull();
    assertThat(problems.inOrder()).extracting(ConfigProblem::toString).containsExactly(problem);
  }

  @Test
  void allMistakes_areReported() {
    assertThat(
            bindOrNull(
                """
                number: x
                range: { low: -1, high: 200, extra: 1 }
                items:
                  - name: a
                    on: maybe
                  - label: b
                """))
        .isNull();

    assertThat(problems.inOrder())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "f.yaml:1:9 number: was \"x\" (expected: a whole number)",
            "f.yaml:2:10 range.low: was -1 (expected: zero or more)",
            "f.yaml:2:19 range.high: was 200 (expected: at most 100)",
            "f.yaml:2:30 range.extra: is not a key here (expected: one of low, high)",
            "f.yaml:5:9 items[0].on: was \"maybe\" (expected: true or false)",
            "f.yaml:6:5 items[1].name: is missing (expected: a text)");
  }

  @Test
  void brokenValue_isReportedOnce() {
    assertThat(bindOrNull("text: ${MISSING}\nnumber: &a 5\nlarge: *a\nlist: *a\nrange: *a\n"))
        .isNull();

    assertThat(problems.inOrder()).hasSize(4);
  }

  private Everything bind(String text) {
    return Objects.requireNonNull(bindOrNull(text), () -> problems.inOrder().toString());
  }

  private @Nullable Everything bindOrNull(String text) {
    ConfigNode root = Objects.requireNonNull(YamlReader.read(text, problems));
    ConfigNode substituted =
        new EnvironmentSubstitution(Map.of("PW", "hunter2"), problems).apply(root);
    SecretFiles files = new SecretFiles(Path.of("no-such-directory"));
    Everything bound =
        new RecordBinder(problems, new ScalarBinder(files), new GrafanaKeys(problems))
            .bind(substituted, Everything.START);
    return problems.hasErrors() ? null : bound;
  }
}
