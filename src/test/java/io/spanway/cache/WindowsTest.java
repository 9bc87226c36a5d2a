// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.Requests.NOW;
import static io.spanway.cache.Requests.SECOND;
import static io.spanway.cache.WindowFixture.HOUR;
import static io.spanway.cache.WindowFixture.MINUTE;
import static io.spanway.streams.Direction.BACKWARD;
import static io.spanway.streams.Direction.FORWARD;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.QueryParameters;
import io.spanway.units.DataSize;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WindowsTest {
  private static final long OLD = NOW - 2 * HOUR;

  private final WindowFixture fixture = new WindowFixture();

  @Test
  void smallerWindowLimitAndOtherDirection_areHits() {
    fixture.push(OLD - 40 * SECOND, OLD - 30 * SECOND, OLD - 20 * SECOND, OLD - 10 * SECOND);
    fixture.ask(OLD - MINUTE, OLD, 10, BACKWARD);

    assertThat(fixture.ask(OLD - 35 * SECOND, OLD, 10, FORWARD))
        .isEqualTo("hit [-7230, -7220, -7210]");
    assertThat(fixture.ask(OLD - 35 * SECOND, OLD, 2, FORWARD)).isEqualTo("hit [-7230, -7220]");
    assertThat(fixture.ask(OLD - 35 * SECOND, OLD, 2, BACKWARD)).isEqualTo("hit [-7220, -7210]");
    assertThat(fixture.asked).hasSize(1);
  }

  @Test
  void instantAtWhichTheLimitCut_isAskedForAgain() {
    fixture.push(OLD - 30 * SECOND, OLD - 20 * SECOND, OLD - 20 * SECOND, OLD - 10 * SECOND);
    fixture.ask(OLD - MINUTE, OLD, 2, BACKWARD);

    assertThat(fixture.ask(OLD - 15 * SECOND, OLD, 2, BACKWARD)).isEqualTo("hit [-7210]");
    assertThat(fixture.ask(OLD - 25 * SECOND, OLD, 2, BACKWARD)).startsWith("partial");
    assertThat(fixture.asked.get(1)).isEqualTo("-7225 to -7219 limit 1");
  }

  @Test
  void windowThatSlides_isAskedForItsNewPart() {
    fixture.push(NOW - 50 * MINUTE, NOW - 5 * MINUTE);
    fixture.ask(NOW - HOUR, NOW, 10, BACKWARD);
    fixture.pass(Duration.ofSeconds(1));
    fixture.push(NOW);

    assertThat(fixture.ask(NOW - HOUR + SECOND, NOW + SECOND, 10, BACKWARD))
        .isEqualTo("partial [-3000, -300, 0]");
    assertThat(fixture.asked.get(1)).isEqualTo("0 to 1 limit 10");
    fixture.pass(Duration.ofSeconds(1));
    fixture.ask(NOW - HOUR + 2 * SECOND, NOW + 2 * SECOND, 10, BACKWARD);

    // What is younger than ten minutes is used for two seconds; the small part between is asked
    // for with it.
    assertThat(fixture.asked.get(2)).isEqualTo("-600 to 2 limit 10");
  }

  @Test
  void gapBehindEnoughEntries_isNotAskedFor() {
    fixture.push(OLD - 50 * SECOND, OLD - 20 * SECOND, OLD - 10 * SECOND);
    fixture.ask(OLD - MINUTE, OLD, 2, FORWARD);
    fixture.ask(OLD - MINUTE, OLD, 2, BACKWARD);

    assertThat(fixture.ask(OLD - 30 * SECOND, OLD, 1, BACKWARD)).isEqualTo("hit [-7210]");
  }

  @Test
  void longerWindowOrLargerLimitThanAnswered_isAsked() {
    fixture.push(OLD - 10 * SECOND);
    fixture.ask(OLD - MINUTE, OLD, 10, BACKWARD);

    assertThat(fixture.ask(OLD - MINUTE - SECOND, OLD, 10, BACKWARD)).startsWith("miss");
    assertThat(fixture.ask(OLD - MINUTE, OLD, 11, BACKWARD)).startsWith("miss");
    assertThat(fixture.ask(OLD - MINUTE, OLD, 11, BACKWARD)).startsWith("hit");
  }

  @Test
  void emptyOldPart_isUsedForAMinuteAtMost() {
    long week = NOW - 8 * 24 * HOUR;
    fixture.push(week - 10 * SECOND);
    fixture.ask(week - MINUTE, week, 10, BACKWARD);
    fixture.pass(Duration.ofSeconds(61));

    assertThat(fixture.ask(week - 10 * SECOND, week, 10, BACKWARD)).startsWith("hit");
    assertThat(fixture.ask(week - MINUTE, week, 10, BACKWARD)).startsWith("partial");
  }

  @Test
  void emptyAnswer_isUsedATenthAsLong() {
    fixture.ask(OLD - MINUTE, OLD, 10, BACKWARD);
    fixture.pass(Duration.ofSeconds(29));
    assertThat(fixture.ask(OLD - MINUTE, OLD, 10, FORWARD)).isEqualTo("hit []");
    fixture.pass(Duration.ofSeconds(1));
    assertThat(fixture.ask(OLD - MINUTE, OLD, 10, FORWARD)).isEqualTo("miss []");
  }

  @Test
  void entryOverTheLargest_losesItsOldEnd() {
    WindowFixture small = new WindowFixture(DataSize.kib(16));
    for (int i = 1; i <= 200; i++) {
      small.push(OLD - i * SECOND);
    }
    small.ask(OLD - 300 * SECOND, OLD, 1000, BACKWARD);

    assertThat(small.cache.stats().bytes()).isBetween(8_000L, 16L * 1024);
    assertThat(small.ask(OLD - 10 * SECOND, OLD, 1000, FORWARD)).startsWith("hit");
    assertThat(small.ask(OLD - 250 * SECOND, OLD, 1000, FORWARD)).startsWith("partial");
  }

  @Test
  void bytes_areGivenBack() {
    fixture.push(OLD - 10 * SECOND);
    for (int i = 0; i < 20; i++) {
      fixture.ask(OLD - MINUTE + i * SECOND, OLD + i * SECOND, 10, BACKWARD);
    }
    assertThat(fixture.cache.stats().bytes()).isPositive();
    fixture.cache.purgeAll();

    assertThat(fixture.cache.stats().bytes()).isZero();
    assertThat(fixture.cache.stats().entries()).isZero();
  }

  // Row 36 of the list of attacks.
  @Test
  void lateLinesYoungerThanTheFreshWindow_appear() {
    fixture.push(NOW - 9 * MINUTE);
    fixture.ask(NOW - HOUR, NOW, 10, BACKWARD);
    fixture.push(NOW - 8 * MINUTE, NOW - 50 * MINUTE);
    fixture.pass(Duration.ofSeconds(2));

    // The old one when its stretch is half a minute old, as documented.
    assertThat(fixture.ask(NOW - HOUR + SECOND, NOW, 10, BACKWARD))
        .isEqualTo("partial [-540, -480]");
    fixture.pass(Duration.ofSeconds(28));
    assertThat(fixture.ask(NOW - HOUR + 2 * SECOND, NOW, 10, BACKWARD))
        .endsWith("[-3000, -540, -480]");
  }

  // Row 37.
  @Test
  void wallClockThatJumps_keepsNothingForEverAndServesNoOtherTime() {
    fixture.push(NOW - 30 * MINUTE, NOW - 5 * MINUTE);
    for (long jump : new long[] {HOUR, -2 * HOUR, HOUR}) {
      fixture.wallNs += jump;
      fixture.ask(NOW - HOUR, NOW, 10, BACKWARD);
      assertThat(fixture.ask(NOW - 40 * MINUTE, NOW - 20 * MINUTE, 10, BACKWARD))
          .endsWith("[-1800]");
      assertThat(fixture.ask(NOW + HOUR, NOW + 2 * HOUR, 10, BACKWARD)).endsWith("[]");
    }
    fixture.ticks.advance(Duration.ofHours(2));

    assertThat(fixture.cache.stats().entries()).isZero();
    assertThat(fixture.ask(NOW - 40 * MINUTE, NOW, 10, BACKWARD)).startsWith("miss");
  }

  // Row 38.
  @Test
  void answerUnderWayDuringAPurge_isNotKept() {
    fixture.push(OLD - 10 * SECOND);
    fixture.meanwhile = () -> fixture.cache.purgeTenant(Requests.key("a", "q").tenant());
    fixture.ask(OLD - MINUTE, OLD, 10, BACKWARD);

    assertThat(fixture.cache.stats().entries()).isZero();
    // Another tenant's purge is no reason.
    fixture.meanwhile = () -> fixture.cache.purgeTenant(Requests.key("b", "q").tenant());
    fixture.ask(OLD - MINUTE, OLD, 10, BACKWARD);
    assertThat(fixture.cache.stats().entries()).isEqualTo(1);
    // Too many to remember which they were.
    fixture.cache.purgeAll();
    fixture.meanwhile =
        () -> {
          for (int i = 0; i < 65; i++) {
            fixture.cache.purgeTenant(Requests.key("b", "q").tenant());
          }
        };
    fixture.ask(OLD - MINUTE, OLD, 10, BACKWARD);
    assertThat(fixture.cache.stats().entries()).isZero();
  }

  @Test
  void answerThatIsNone_isNotKept() {
    WindowAsk ask = fixture.question(OLD - MINUTE, OLD, 1, BACKWARD);
    String entries = "[\"%d\",\"x\"]".formatted(OLD - SECOND);
    String[] bodies = {
      streams("[\"%d\",\"x\"]".formatted(OLD), ""),
      streams(entries + "," + entries, ""),
      streams(entries, ",\"unknown\":1"),
      streams(entries, "").replace("{\"status\"", "{\"warnings\":[\"x\"],\"status\""),
      streams(entries, "").replace("streams", "matrix"),
      streams(entries, "").substring(0, 80),
    };
    for (String body : bodies) {
      assertThat(fixture.cache.keep(ask, "application/json", utf8(body))).as(body).isFalse();
    }
    assertThat(fixture.cache.keep(ask, "text/plain", utf8(streams(entries, "")))).isFalse();
    assertThat(fixture.cache.keep(ask, "application/json", utf8(streams(entries, "")))).isTrue();
  }

  private static String streams(String entries, String more) {
    return "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{"
        + "\"app\":\"x\"},\"values\":["
        + entries
        + "]}]"
        + more
        + ",\"stats\":{}}}";
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "interval, 5s",
    "shards, 1_of_2",
    "limit, 0",
    "limit, many",
    "direction, sideways",
    "step, 0",
    "step, 1ms",
    "end, 1700000000",
    "end, ''",
    "start, 2200000000000000000",
    "query, 'rate({a=\"b\"}[1m])'",
  })
  void questionThatIsNotOfAWindow_isNone(String name, String value) {
    QueryParameters good =
        QueryParameters.of("query", "{a=\"b\"}", "start", "1700000000", "end", "1700003600");

    assertThat(question(good)).isNotNull();
    assertThat(question(good.without(name).with(name, value))).isNull();
  }

  @Test
  void keyOfTheQuestion_leavesOutWindowLimitAndDirectionOnly() {
    QueryParameters good =
        QueryParameters.of("query", "{a=\"b\"}", "start", "1700000000", "end", "1700003600");
    QueryParameters moved =
        QueryParameters.of(
            "query",
            "{a=\"b\"} ",
            "start",
            "1700000060",
            "end",
            "1700003660000000000",
            "limit",
            "7",
            "direction",
            "FORWARD",
            "step",
            "10s");

    assertThat(question(moved).key()).isEqualTo(question(good).key());
    assertThat(question(good.with("other", "1")).key()).isNotEqualTo(question(good).key());
    assertThat(question(good).key())
        .isNotEqualTo(Requests.key(Requests.queryRange(), good, "X-Scope-OrgID", "a"));
  }

  private static WindowQuestion question(QueryParameters parameters) {
    return WindowQuestion.of(
        Requests.queryRange(),
        parameters,
        Requests.head(),
        Requests.caller("X-Scope-OrgID", "a"),
        "upstream",
        NOW);
  }
}
