// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.Requests.SECOND;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.streams.Direction;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import io.spanway.units.DataSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A cache in front of a model of Loki, with clocks of the test's. */
final class WindowFixture {
  static final long MINUTE = 60 * SECOND;
  static final long HOUR = 60 * MINUTE;

  final ModelLoki loki = new ModelLoki(new Random(1));
  final FakeTicks ticks = new FakeTicks();
  final RecordedEvents events = new RecordedEvents();
  final ResponseCache cache;
  final List<String> asked = new ArrayList<>();

  /** What happens while Loki's answer is on its way. */
  Runnable meanwhile = () -> {};

  long wallNs = Requests.NOW;
  int step;

  WindowFixture(DataSize maxEntry) {
    cache =
        new ResponseCache(
            new CacheConfig(
                DataSize.mib(1),
                maxEntry,
                50,
                Duration.ofSeconds(2),
                Duration.ofMinutes(10),
                Duration.ofMinutes(5),
                CacheConfig.Ttl.DEFAULT),
            events,
            ticks);
  }

  WindowFixture() {
    this(DataSize.kib(512));
  }

  void push(long... ns) {
    for (long each : ns) {
      loki.push(each, step);
    }
  }

  void pass(Duration time) {
    ticks.advance(time);
    wallNs += time.toNanos();
  }

  WindowAsk question(long startNs, long endNs, int limit, Direction direction) {
    return cache.ask(question(parameters(startNs, endNs, limit, direction)));
  }

  private WindowQuestion question(QueryParameters parameters) {
    RequestHead head = Requests.head("X-Scope-OrgID", "a");
    WindowQuestion question =
        WindowQuestion.of(
            Requests.queryRange(),
            parameters,
            head,
            Requests.caller("X-Scope-OrgID", "a"),
            "u",
            wallNs);
    if (question == null) {
      throw new AssertionError("not a question: " + parameters);
    }
    return question;
  }

  private static QueryParameters parameters(
      long startNs, long endNs, int limit, Direction direction) {
    return QueryParameters.of(
        "query", "{app=\"x\"}",
        "start", Long.toString(startNs),
        "end", Long.toString(endNs),
        "limit", Integer.toString(limit),
        "direction", direction.text());
  }

  /** Asks; returns how it was answered, and the times of the entries. */
  String ask(long startNs, long endNs, int limit, Direction direction) {
    QueryParameters parameters = parameters(startNs, endNs, limit, direction);
    WindowAsk ask = cache.ask(question(parameters));
    CacheKey key = Requests.key(Requests.queryRange(), parameters, "X-Scope-OrgID", "a");
    Lookup found = cache.begin(key, false, ask);
    if (found instanceof Lookup.Logs held) {
      return "hit " + times(held.logs().write().body());
    }
    if (found instanceof Lookup.Part part) {
      WindowQuestion gap = part.gap().question();
      CachedResponse joined = part.gap().join(fetch(ask.about(gap)));
      return "partial " + (joined == null ? "not joined" : times(joined.body()));
    }
    Fill fill = ((Lookup.Lead) found).fill();
    byte[] body = fetch(ask);
    ByteBuf all = Unpooled.wrappedBuffer(body);
    fill.append(all);
    all.release();
    CacheFixture.finish(fill, Duration.ZERO);
    return "miss " + times(body);
  }

  private byte[] fetch(WindowAsk ask) {
    WindowQuestion about = ask.question();
    asked.add(
        (about.startNs() - Requests.NOW) / SECOND
            + " to "
            + (about.endNs() - Requests.NOW) / SECOND
            + " limit "
            + about.limit());
    byte[] body =
        loki.answer(
                about.startNs(), about.endNs(), about.limit(), about.direction(), true, -1, 0, step)
            .write();
    meanwhile.run();
    cache.keep(ask, "application/json", body);
    return body;
  }

  /** Returns the seconds from the start of the test's time. */
  private static List<Long> times(byte[] body) {
    try {
      return StreamsAnswer.read(body).entries().stream()
          .map(LogEntry::timestampNs)
          .map(ns -> (ns - Requests.NOW) / SECOND)
          .sorted()
          .toList();
    } catch (StreamsFormatException e) {
      throw new AssertionError(e);
    }
  }
}
