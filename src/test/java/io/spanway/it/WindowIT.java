// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.streams.Direction;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Questions about windows that move, through a whole gateway in front of a model of Loki. */
final class WindowIT {
  private static final long SECOND = 1_000_000_000L;
  private static final long HOUR = 3600 * SECOND;
  private static final long DAY = 24 * HOUR;
  private static final String QUERY = "{app=~\".+\"}";

  private ModelServer loki;
  private ScriptGateway gateway;
  private long now;

  @BeforeEach
  void start() {
    loki = new ModelServer(7);
    gateway =
        ScriptGateway.start(loki.port(), loki.port(), "cache: { freshFor: 1s, maxEntry: 1MiB }\n");
    Instant instant = Instant.now();
    now = instant.getEpochSecond() * SECOND + instant.getNano();
  }

  @AfterEach
  void stop() {
    gateway.close();
    loki.close();
  }

  private static String cache(HttpResponse<?> answer) {
    return header(answer, "X-Spanway-Cache");
  }

  private HttpResponse<String> get(
      long start, long end, int limit, Direction direction, String... more) {
    String target =
        range(QUERY, start, end, "limit", Integer.toString(limit), "direction", direction.text());
    return gateway.get(target + (more.length == 0 ? "" : "&" + more[0]));
  }

  /** Asks, and compares with what Loki would have said. */
  private HttpResponse<String> assertAsLoki(long start, long end, int limit, Direction direction) {
    HttpResponse<String> answer = get(start, end, limit, direction);
    assertThat(answer.statusCode()).isEqualTo(200);
    List<LogEntry> got = read(answer);
    List<LogEntry> want = loki.answer(start, end, limit, direction).entries();
    assertThat(got).hasSameSizeAs(want);
    boolean cut = got.size() == limit;
    long edge =
        direction == Direction.BACKWARD
            ? got.stream().mapToLong(LogEntry::timestampNs).min().orElse(0)
            : got.stream().mapToLong(LogEntry::timestampNs).max().orElse(0);
    // Which entries of the last instant come is nobody's promise.
    for (int stream = 0; stream < 3; stream++) {
      String app = "s" + stream;
      assertThat(of(app, got, cut, edge)).isEqualTo(of(app, want, cut, edge));
    }
    return answer;
  }

  private static List<LogEntry> of(String app, List<LogEntry> entries, boolean cut, long edge) {
    return entries.stream()
        .filter(entry -> app.equals(entry.stream().get("app")))
        .filter(entry -> !cut || entry.timestampNs() != edge)
        .sorted(Comparator.comparing(LogEntry::stream))
        .toList();
  }

  private static List<LogEntry> read(HttpResponse<String> answer) {
    try {
      return StreamsAnswer.read(answer.body().getBytes(StandardCharsets.UTF_8)).entries();
    } catch (StreamsFormatException e) {
      throw new AssertionError(answer.body(), e);
    }
  }

  @Test
  void lastHourThatSlidesOn_isAskedForOnlyWhatIsNew() {
    for (int i = 0; i < 300; i++) {
      loki.push(now - i * 12L * SECOND);
    }
    assertThat(cache(assertAsLoki(now - HOUR, now, 5000, Direction.BACKWARD))).isEqualTo("miss");
    assertThat(loki.asked()).hasSize(1);

    for (int i = 1; i <= 50; i++) {
      long end = now + i * SECOND / 10;
      HttpResponse<String> answer = assertAsLoki(end - HOUR, end, 5000, Direction.BACKWARD);
      assertThat(cache(answer)).as("refresh %d", i).isEqualTo("partial");
      assertThat(Integer.parseInt(header(answer, "Age"))).isBetween(0, 30);
    }
    // Nobody asks twice for what is older than ten minutes.
    assertThat(loki.asked()).allMatch(question -> question.lengthNs() < 11 * 60 * SECOND);
  }

  @Test
  void pagesBackwards_areReadOnceAndThenHeld() {
    Random random = new Random(11);
    long end = now - 2 * DAY;
    for (int i = 0; i < 400; i++) {
      // Some at the same instant.
      loki.push(end - 1 - random.nextInt(300) * SECOND);
    }
    for (int pass = 0; pass < 2; pass++) {
      long to = end;
      int pages = 0;
      while (true) {
        HttpResponse<String> page = assertAsLoki(end - HOUR, to, 40, Direction.BACKWARD);
        List<LogEntry> entries = read(page);
        pages++;
        if (pass == 1) {
          assertThat(cache(page)).isEqualTo("hit");
        }
        if (entries.size() < 40) {
          break;
        }
        // As logcli does: the end is exclusive.
        to = entries.stream().mapToLong(LogEntry::timestampNs).min().orElse(0) + 1;
      }
      assertThat(pages).isGreaterThan(9);
      assertThat(loki.asked()).hasSize(pass == 0 ? pages : 0);
    }
    assertThat(cache(assertAsLoki(end - HOUR, end, 40, Direction.FORWARD))).isEqualTo("hit");
    assertThat(loki.asked()).isEmpty();
  }

  @Test
  void scrollsZoomsAndTurns_areAnsweredAsByLoki() {
    Random random = new Random(13);
    long end = now - 2 * DAY;
    for (int i = 0; i < 600; i++) {
      loki.push(end - 1 - (long) (random.nextDouble() * HOUR) / SECOND * SECOND);
    }
    int held = 0;
    for (int i = 0; i < 400; i++) {
      long from = end - HOUR + (long) (random.nextDouble() * HOUR / 2);
      long to = random.nextInt(3) == 0 ? end : from + 1 + (long) (random.nextDouble() * HOUR / 2);
      int limit = 1 + random.nextInt(100);
      HttpResponse<String> answer =
          assertAsLoki(
              from, to, limit, random.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD);
      held += cache(answer).equals("hit") ? 1 : 0;
    }
    assertThat(held).isGreaterThan(200);
    assertThat(loki.asked().size()).isLessThan(200);
  }

  @Test
  void formsAndUrls_shareWhatIsHeld() {
    loki.push(now - DAY - SECOND);
    assertAsLoki(now - DAY - 60 * SECOND, now - DAY, 10, Direction.BACKWARD);
    String target = range(QUERY, now - DAY - 30 * SECOND, now - DAY, "limit", "10");

    HttpResponse<String> form =
        gateway.post("/loki/api/v1/query_range", target.substring(target.indexOf('?') + 1));

    assertThat(cache(form)).isEqualTo("hit");
    assertThat(read(form)).hasSize(1);
    assertThat(form.body()).contains("\"totalBytesProcessed\":0", "\"totalEntriesReturned\":1");
  }

  @Test
  void whatIsNoPartOfAnAnswer_isAsked() {
    long end = now - DAY;
    loki.push(end - 30 * SECOND);
    assertAsLoki(end - 60 * SECOND, end, 10, Direction.BACKWARD);
    loki.asked();

    HttpResponse<String> sparse =
        get(end - 50 * SECOND, end, 10, Direction.BACKWARD, "interval=5s");
    HttpResponse<String> instant =
        get(end - 30 * SECOND, end - 30 * SECOND, 10, Direction.BACKWARD);
    HttpResponse<String> alert =
        gateway.get(range(QUERY, end - 40 * SECOND, end, "limit", "10"), "FromAlert", "true");
    HttpResponse<String> longer = get(end - 90 * SECOND, end, 10, Direction.BACKWARD);
    HttpResponse<String> larger = get(end - 20 * SECOND, end, 11, Direction.BACKWARD);

    assertThat(List.of(cache(sparse), cache(instant), cache(alert), cache(longer), cache(larger)))
        .containsExactly("miss", "miss", "bypass; alert", "miss", "miss");
    assertThat(loki.asked()).hasSize(5);
  }

  @Test
  void gapAnsweredWithWarnings_isAskedForAsAWhole() {
    long end = now - DAY;
    loki.push(end - 30 * SECOND);
    assertAsLoki(end - 60 * SECOND, end, 10, Direction.BACKWARD);
    loki.answerInstead(
        "{\"status\":\"success\",\"warnings\":[\"partial\"],\"data\":{\"resultType\":\"streams\","
            + "\"result\":[],\"stats\":{}}}");
    loki.asked();

    HttpResponse<String> answer = get(end - 50 * SECOND, end + SECOND, 10, Direction.BACKWARD);

    assertThat(cache(answer)).isEqualTo("miss");
    assertThat(answer.body()).contains("\"warnings\":[\"partial\"]");
    assertThat(loki.asked())
        .extracting(ModelServer.Question::lengthNs)
        .containsExactly(SECOND, 51 * SECOND);
  }

  @Test
  void refusedGap_isRefused() {
    long end = now - DAY;
    assertAsLoki(end - 60 * SECOND, end, 10, Direction.BACKWARD);
    loki.fail(429);

    assertThat(get(end - 50 * SECOND, end + SECOND, 10, Direction.BACKWARD).statusCode())
        .isEqualTo(429);
  }

  @Test
  void failingUpstream_isAnsweredForWithWhatWasThere() {
    loki.push(now - 30 * SECOND);
    assertAsLoki(now - 60 * SECOND, now, 10, Direction.BACKWARD);
    loki.fail(503);

    // Fresh data is held for a second; then Loki is asked, and fails.
    await().until(() -> cache(get(now - 60 * SECOND, now, 10, Direction.BACKWARD)).equals("stale"));
    HttpResponse<String> same = get(now - 60 * SECOND, now, 10, Direction.BACKWARD);
    HttpResponse<String> other = get(now - 40 * SECOND, now, 10, Direction.BACKWARD);
    loki.close();
    HttpResponse<String> gone = get(now - 40 * SECOND, now, 10, Direction.FORWARD);
    HttpResponse<String> unknown = get(now - 120 * SECOND, now, 10, Direction.BACKWARD);

    for (HttpResponse<String> stale : List.of(same, other, gone)) {
      assertThat(stale.statusCode()).isEqualTo(200);
      assertThat(cache(stale)).isEqualTo("stale");
      assertThat(Integer.parseInt(header(stale, "Age"))).isBetween(1, 30);
      assertThat(stale.body()).contains("\"warnings\":[\"the upstream failed: this answer is ");
      assertThat(read(stale)).hasSize(1);
    }
    assertThat(unknown.statusCode()).isEqualTo(502);
    String metrics = gateway.admin("GET", "/metrics").body();
    assertThat(metrics)
        .containsPattern("spanway_cache_requests_total\\{.*outcome=\"stale\".*} [4-9]")
        .contains("spanway_cache_saved_requests_total");
  }

  @Test
  void staleIfErrorOfZero_givesTheFailure() {
    try (ScriptGateway strict =
        ScriptGateway.start(
            loki.port(), loki.port(), "cache: { freshFor: 1ms, staleIfError: 0s }\n")) {
      String target = range(QUERY, now - 60 * SECOND, now, "limit", "10", "direction", "backward");
      assertThat(strict.get(target).statusCode()).isEqualTo(200);
      loki.fail(503);

      await().until(() -> strict.get(target).statusCode() == 503);
    }
  }
}
