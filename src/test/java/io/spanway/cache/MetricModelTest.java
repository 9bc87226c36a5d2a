// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.Requests.NOW;
import static io.spanway.cache.Requests.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spanway.http.QueryParameters;
import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import io.spanway.streams.MatrixAnswer;
import io.spanway.streams.QueryStats;
import io.spanway.streams.StreamsFormatException;
import io.spanway.units.DataSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Metric ranges put together from what is held, against counts without a cache. */
final class MetricModelTest {
  private static final int SEQUENCES = 10_000;
  private static final long FIRST_SEED = 20_270_101;
  private static final long MINUTE = 60 * SECOND;
  private static final long RANGE = 2 * MINUTE;

  @Test
  void answers_areThoseOfALokiWithoutACache() {
    Map<String, Integer> ways = new HashMap<>();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEQUENCES; seed++) {
      try {
        new Sequence(seed, ways).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    assertThat(ways.getOrDefault("hit", 0)).isGreaterThan(SEQUENCES / 10);
    assertThat(ways.getOrDefault("partial", 0)).isGreaterThan(SEQUENCES / 10);
    assertThat(ways.getOrDefault("miss", 0)).isGreaterThan(SEQUENCES / 10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rate({a=\"b\"}[5m])",
        "sum by (app) (count_over_time({a=\"b\"} |= \"x\" [1m]))",
        "max(avg_over_time({a=\"b\"} | unwrap x [1m])) / 60",
        "2 * sum(bytes_rate({a=\"b\"}[1m]))",
      })
  void querySafelyCutAlongTime_isReused(String query) {
    assertThat(MetricSteps.areApart(query)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rate({a=\"b\"}[5m] offset 1m)",
        "rate({a=\"b\"}[5m] offset -1m)",
        "topk(3, rate({a=\"b\"}[5m]))",
        "quantile_over_time(0.9, {a=\"b\"} | unwrap x [1m])",
        "absent_over_time({a=\"b\"}[1m])",
        "rate({a=\"b\"}[5m]) / rate({a=\"c\"}[5m])",
        "rate({a=\"b\"}[5m]) > 1",
        "label_replace(rate({a=\"b\"}[5m]), \"x\", \"y\", \"z\", \".*\")",
        "vector(1)",
        "rate({a=\"b\"}[5m]",
      })
  void otherQuery_isNot(String query) {
    assertThat(MetricSteps.areApart(query)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"start, 1700000001", "end, 1700003601", "step, ''", "step, 7s", "step, 0"})
  void windowThatIsNotOfWholeSteps_isNoQuestion(String name, String value) {
    QueryParameters good =
        QueryParameters.of(
            "query",
            "rate({a=\"b\"}[1m])",
            "start",
            "1700000040",
            "end",
            "1700003640",
            "step",
            "60");

    assertThat(question(good)).isNotNull();
    assertThat(question(good.with("step", "30")).key()).isNotEqualTo(question(good).key());
    assertThat(question(good.without(name).with(name, value))).isNull();
  }

  private static WindowQuestion question(QueryParameters parameters) {
    return WindowQuestion.of(
        Requests.queryRange(),
        parameters,
        Requests.head(),
        Requests.caller("X-Scope-OrgID", "a"),
        "u",
        NOW);
  }

  /** A random life of one tenant's lines and of those who count them. */
  private static final class Sequence {
    private final Random random;
    private final Map<String, Integer> ways;
    private final FakeTicks ticks = new FakeTicks();
    private final ModelLoki loki;
    private final ResponseCache cache;
    private final List<long[]> clocks = new ArrayList<>();
    private final long step;
    private final boolean late;
    private long wallNs = NOW;
    private int purged;

    Sequence(long seed, Map<String, Integer> ways) {
      this.random = new Random(seed);
      this.ways = ways;
      this.loki = new ModelLoki(random);
      this.step = random.nextBoolean() ? MINUTE : 2 * MINUTE;
      this.late = random.nextBoolean();
      this.cache =
          new ResponseCache(
              new CacheConfig(
                  DataSize.mib(1),
                  DataSize.kib(random.nextBoolean() ? 8 : 256),
                  50,
                  Duration.ofSeconds(2),
                  Duration.ofMinutes(10),
                  Duration.ZERO,
                  CacheConfig.Ttl.DEFAULT),
              CacheListener.NONE,
              ticks);
    }

    void run() {
      clocks.add(new long[] {ticks.getAsLong(), wallNs});
      for (int i = 0; i < 20; i++) {
        loki.push(wallNs - nextLong(90 * MINUTE), 0);
      }
      for (int i = 0; i < 10; i++) {
        int what = random.nextInt(8);
        if (what == 0 && late) {
          loki.push(wallNs - nextLong(80 * MINUTE), now());
        } else if (what == 1) {
          loki.push(wallNs - 1, now());
        } else if (what == 2 && random.nextInt(3) == 0) {
          loki.delete(wallNs - 70 * MINUTE, wallNs - nextLong(70 * MINUTE), now());
          cache.purgeAll();
          purged = now();
        } else {
          ask();
        }
        long time = nextLong(random.nextInt(6) == 0 ? 20 * MINUTE : 20 * SECOND);
        ticks.advance(Duration.ofNanos(time));
        wallNs += time;
        if (random.nextInt(20) == 0) {
          wallNs += random.nextBoolean() ? 60 * MINUTE : -60 * MINUTE;
        }
        clocks.add(new long[] {ticks.getAsLong(), wallNs});
      }
    }

    private int now() {
      return clocks.size() - 1;
    }

    private void ask() {
      long end = wallNs / step * step - (random.nextBoolean() ? 0 : nextLong(20) * step);
      long start = end - (random.nextBoolean() ? 30 : 1 + nextLong(30)) * step;
      QueryParameters parameters =
          QueryParameters.of(
              "query",
              "sum by (s) (count_over_time({a=\"b\"}[2m]))",
              "start",
              Long.toString(start),
              "end",
              Long.toString(end),
              "step",
              step / SECOND + "s");
      WindowQuestion question =
          WindowQuestion.of(
              Requests.queryRange(),
              parameters,
              Requests.head(),
              Requests.caller("X-Scope-OrgID", "a"),
              "u",
              wallNs);
      WindowAsk ask = cache.ask(question);
      CacheKey key = Requests.key(Requests.queryRange(), parameters, "X-Scope-OrgID", "a");
      Lookup found = cache.begin(key, false, ask);
      byte[] body;
      if (found instanceof Lookup.Logs held) {
        count("hit");
        body = held.logs().write().body();
      } else if (found instanceof Lookup.Part part) {
        count("partial");
        QueryParameters gap = part.gap().in(parameters);
        body = answer(gap);
        cache.keep(ask.about(part.gap().question()), "application/json", body);
        body = part.gap().join(body).body();
      } else {
        count("miss");
        body = answer(parameters);
        ByteBuf all = Unpooled.wrappedBuffer(body);
        Fill fill = ((Lookup.Lead) found).fill();
        fill.append(all);
        all.release();
        CacheFixture.finish(fill, Duration.ZERO);
        cache.keep(ask, "application/json", body);
      }
      check(start, end, body);
    }

    private void count(String way) {
      ways.merge(way, 1, Integer::sum);
    }

    private byte[] answer(QueryParameters parameters) {
      long start = Long.parseLong(parameters.first("start"));
      long end = Long.parseLong(parameters.first("end"));
      List<LogEntry> points = new ArrayList<>();
      for (int series = 0; series < 3; series++) {
        for (long at = start; at <= end; at += step) {
          int value = value(series, at, now());
          if (value > 0) {
            points.add(new LogEntry(at, "" + value, labels(series), Labels.EMPTY, Labels.EMPTY));
          }
        }
      }
      return new MatrixAnswer(points, QueryStats.NONE).write();
    }

    private int value(int series, long at, int then) {
      int value = 0;
      for (ModelLoki.Line line : loki.lines()) {
        boolean inside = line.timestampNs > at - RANGE && line.timestampNs <= at;
        value += inside && line.stream == series && line.isThere(then) ? 1 : 0;
      }
      return value;
    }

    private void check(long start, long end, byte[] body) {
      Map<String, Integer> got = new HashMap<>();
      try {
        for (LogEntry point : MatrixAnswer.readAllKnown(body).points()) {
          long at = point.timestampNs();
          assertThat(at).isBetween(start, end);
          assertThat(got.put(point.stream() + " " + at, Integer.parseInt(point.line()))).isNull();
        }
      } catch (StreamsFormatException e) {
        throw new AssertionError(e);
      }
      for (int series = 0; series < 3; series++) {
        for (long at = start; at <= end; at += step) {
          int value = got.getOrDefault(labels(series) + " " + at, 0);
          if (value != value(series, at, now()) && !wasOnce(series, at, value)) {
            throw new AssertionError("value " + value + " of " + series + " at " + at);
          }
        }
      }
    }

    private boolean wasOnce(int series, long at, int value) {
      for (int i = purged; i < clocks.size(); i++) {
        long[] then = clocks.get(i);
        long age = then[1] - at;
        long ttl = age < 10 * MINUTE ? 0 : age < 60 * MINUTE ? 30 * SECOND : 5 * MINUTE;
        if (ticks.getAsLong() - then[0] < ttl && value(series, at, i) == value) {
          return true;
        }
      }
      return false;
    }

    private static Labels labels(int series) {
      return Labels.of(Map.of("s", "" + series));
    }

    private long nextLong(long bound) {
      return (long) (random.nextDouble() * bound);
    }
  }
}
