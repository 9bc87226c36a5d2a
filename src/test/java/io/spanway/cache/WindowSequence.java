// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.Requests.SECOND;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.streams.Direction;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import io.spanway.units.DataSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A random life of two tenants' logs and of those who ask for them through the cache. Each answer
 * must be one that Loki could have given within the time that answers about data of that age may be
 * used: nothing in it that was never there in that time, and nothing missing that always was.
 */
final class WindowSequence {
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final int STEPS = 20;
  private static final String[] TENANTS = {"a", "b"};
  private static final HttpHeaders JSON =
      Requests.headers("Content-Type", "application/json; charset=UTF-8");

  /** What sequences did, so that a test can tell that they did something. */
  static final class Tally {
    final Map<String, Integer> counts = new HashMap<>();

    void add(String what) {
      counts.merge(what, 1, Integer::sum);
    }

    int of(String what) {
      return counts.getOrDefault(what, 0);
    }
  }

  /** Somebody's question. */
  private record Asked(
      String tenant,
      boolean limited,
      long startNs,
      long endNs,
      int limit,
      Direction direction,
      int step,
      int purged) {}

  private final Random random;
  private final Tally tally;
  private final FakeTicks ticks = new FakeTicks();
  private final ResponseCache cache;
  private final Map<String, ModelLoki> lokis = new HashMap<>();
  private final Map<String, Integer> purged = new HashMap<>();
  private final List<long[]> clocks = new ArrayList<>();
  private final boolean categorised;
  private final boolean late;
  private final boolean jumps;
  private final long lookBackNs;
  private long wallNs = Requests.NOW;
  private int step;
  private @Nullable Asked last;
  private long lastOldestNs;
  private long lastNewestNs;

  WindowSequence(long seed, Tally tally) {
    this.random = new Random(seed);
    this.tally = tally;
    this.categorised = random.nextBoolean();
    this.late = random.nextInt(3) == 0;
    this.jumps = random.nextInt(5) == 0;
    this.lookBackNs = random.nextInt(4) == 0 ? 3 * HOUR : 30 * 24 * HOUR;
    DataSize maxEntry = random.nextInt(4) == 0 ? DataSize.kib(6) : DataSize.kib(128);
    CacheConfig config =
        new CacheConfig(
            DataSize.mib(1),
            maxEntry,
            50,
            Duration.ofSeconds(2),
            Duration.ofMinutes(10),
            Duration.ofMinutes(random.nextInt(2)),
            CacheConfig.Ttl.DEFAULT);
    this.cache = new ResponseCache(config, CacheListener.NONE, ticks);
    for (String tenant : TENANTS) {
      lokis.put(tenant, new ModelLoki(random));
      purged.put(tenant, 0);
    }
  }

  void run() {
    note();
    for (String tenant : TENANTS) {
      long[] spans = {20 * MINUTE, 2 * HOUR, 8 * 24 * HOUR};
      for (long span : spans) {
        for (int i = random.nextInt(15); i > 0; i--) {
          push(tenant, wallNs - nextLong(span));
        }
      }
    }
    for (int i = 0; i < STEPS; i++) {
      int what = random.nextInt(10);
      if (what < 6) {
        ask();
      } else {
        change();
      }
      pass(random.nextInt(3) == 0 ? 0 : nextLong(random.nextInt(8) == 0 ? HOUR : 12 * SECOND));
    }
  }

  private ModelLoki loki(String tenant) {
    return lokis.getOrDefault(tenant, new ModelLoki(random));
  }

  private void note() {
    clocks.add(new long[] {ticks.getAsLong(), wallNs});
    step = clocks.size() - 1;
  }

  private void pass(long ns) {
    ticks.advance(Duration.ofNanos(ns));
    wallNs += ns;
    if (jumps && random.nextInt(12) == 0) {
      wallNs += random.nextBoolean() ? HOUR : -HOUR;
      tally.add("jump");
    }
    note();
  }

  private void push(String tenant, long ns) {
    for (int same = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 1; same > 0; same--) {
      loki(tenant).push(ns, step);
    }
  }

  private void change() {
    String tenant = TENANTS[random.nextInt(2)];
    int what = random.nextInt(6);
    if (what < 3) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        push(tenant, wallNs - nextLong(5 * SECOND));
      }
    } else if (what == 3 && late) {
      push(tenant, wallNs - nextLong(random.nextBoolean() ? 2 * HOUR : 20 * MINUTE));
      tally.add("late");
    } else if (what == 4) {
      delete(tenant);
    }
  }

  /** Deletes through Spanway, which forgets that tenant's answers, or behind its back. */
  private void delete(String tenant) {
    note();
    long from = wallNs - nextLong(2 * HOUR);
    loki(tenant).delete(from, from + nextLong(30 * MINUTE), step);
    if (late && random.nextBoolean()) {
      tally.add("delete unseen");
      return;
    }
    tally.add("delete");
    purged.put(tenant, step);
    cache.purgeTenant(Requests.key(tenant, "any").tenant());
  }

  private void ask() {
    Asked asked = next();
    last = asked;
    QueryParameters parameters =
        QueryParameters.of(
            "query", "{app=~\".+\"}",
            "start", Long.toString(asked.startNs()),
            "end", Long.toString(asked.endNs()),
            "limit", Integer.toString(asked.limit()),
            "direction", asked.direction().text());
    RequestHead head =
        Requests.head(
            "X-Scope-OrgID",
            asked.tenant(),
            "X-Prom-Label-Policy",
            asked.limited() ? "p" : "q",
            "X-Loki-Response-Encoding-Flags",
            categorised ? "categorize-labels" : "");
    Caller caller = Caller.of(head, IdentityConfig.DEFAULT);
    CacheKey key =
        CacheKeyBuilder.build(Requests.queryRange(), parameters, head, caller, "u", wallNs);
    WindowQuestion question =
        WindowQuestion.of(Requests.queryRange(), parameters, head, caller, "u", wallNs);
    if (question == null) {
      throw new AssertionError("not a question: " + asked);
    }
    WindowAsk ask = cache.ask(question);
    Lookup found = cache.begin(key, random.nextInt(30) == 0, ask);
    byte[] body;
    if (found instanceof Lookup.Hit hit) {
      tally.add("exact");
      body = hit.response().body();
    } else if (found instanceof Lookup.Logs held) {
      tally.add("hit");
      body = held.logs().write().body();
    } else if (found instanceof Lookup.Part part) {
      tally.add("partial");
      body = fillGap(asked, key, part, ask);
    } else {
      tally.add("miss");
      body = lead(asked, ((Lookup.Lead) found).fill(), ask);
    }
    check(asked, body);
  }

  private byte[] lead(Asked asked, Fill fill, WindowAsk ask) {
    byte[] body = answer(asked, ask.question());
    meanwhile(asked);
    finish(fill, body, ask);
    return body;
  }

  private byte[] fillGap(Asked asked, CacheKey key, Lookup.Part part, WindowAsk ask) {
    WindowQuestion gap = part.gap().question();
    byte[] body = answer(asked, gap);
    meanwhile(asked);
    // Its own key does not matter here: nobody asks at the same time.
    Fill fill = ((Lookup.Lead) cache.begin(Requests.key("gap", key.toString()), true)).fill();
    finish(fill, body, ask.about(gap));
    CachedResponse joined = part.gap().join(body);
    if (joined == null) {
      throw new AssertionError("not joined: " + asked);
    }
    return joined.body();
  }

  /** What may come while Loki's answer is on its way. */
  private void meanwhile(Asked asked) {
    int what = random.nextInt(16);
    if (what < 2) {
      note();
    }
    if (what == 0) {
      change();
    } else if (what == 1) {
      delete(asked.tenant());
    }
  }

  private void finish(Fill fill, byte[] body, WindowAsk ask) {
    ByteBuf all = Unpooled.wrappedBuffer(body);
    fill.append(all);
    all.release();
    fill.finish(
        200,
        JSON,
        whole -> {
          cache.keep(ask, "application/json", whole);
          return Duration.ZERO;
        });
  }

  private byte[] answer(Asked asked, WindowQuestion question) {
    return loki(asked.tenant())
        .answer(
            question.startNs(),
            question.endNs(),
            question.limit(),
            question.direction(),
            categorised,
            asked.limited() ? 2 : -1,
            wallNs - lookBackNs,
            step)
        .write();
  }

  /** The next question: often one that follows from the last. */
  private Asked next() {
    Asked before = last;
    String tenant = (before != null && random.nextInt(4) > 0) ? before.tenant() : pick();
    boolean limited = (before != null && random.nextInt(8) > 0) ? before.limited() : coin();
    int limit = (before != null && random.nextInt(3) > 0) ? before.limit() : 1 + nextInt(20);
    Direction direction = coin() ? Direction.BACKWARD : Direction.FORWARD;
    if (before != null && random.nextInt(3) > 0) {
      direction = before.direction();
    }
    long end = wallNs;
    long start = end - HOUR;
    int what = before == null ? 0 : random.nextInt(7);
    if (before != null && what == 1) {
      start = before.startNs();
      end = Math.max(start + 1, lastOldestNs + random.nextInt(2));
    } else if (before != null && what == 2) {
      start = Math.min(before.endNs() - 1, lastNewestNs + random.nextInt(2));
      end = before.endNs();
    } else if (before != null && what == 3) {
      start = before.startNs() + nextLong(before.endNs() - before.startNs());
      end = start + 1 + nextLong(before.endNs() - start);
    } else if (before != null && what == 4) {
      start = before.startNs();
      end = before.endNs();
    } else if (what == 5) {
      end = wallNs - nextLong(3 * HOUR);
      start = end - 1 - nextLong(coin() ? HOUR : 9 * 24 * HOUR);
    }
    return new Asked(
        tenant, limited, start, end, limit, direction, step, purged.getOrDefault(tenant, 0));
  }

  private void check(Asked asked, byte[] body) {
    StreamsAnswer answer;
    try {
      answer = StreamsAnswer.read(body);
    } catch (StreamsFormatException e) {
      throw new AssertionError(e);
    }
    List<LogEntry> entries = answer.entries();
    boolean backward = asked.direction() == Direction.BACKWARD;
    Set<Integer> got = new HashSet<>();
    Map<String, long[]> order = new HashMap<>();
    long oldest = Long.MAX_VALUE;
    long newest = Long.MIN_VALUE;
    for (LogEntry entry : entries) {
      int number = Integer.parseInt(entry.line());
      require(got.add(number), asked, "twice", number);
      long[] now = {entry.timestampNs(), number};
      long[] previous = order.put(entry.stream().text(), now);
      if (previous != null) {
        long[] first = backward ? now : previous;
        long[] second = backward ? previous : now;
        boolean ordered = first[0] < second[0] || (first[0] == second[0] && first[1] < second[1]);
        require(ordered, asked, "order", number);
      }
      oldest = Math.min(oldest, entry.timestampNs());
      newest = Math.max(newest, entry.timestampNs());
    }
    lastOldestNs = entries.isEmpty() ? asked.startNs() + 1 : oldest;
    lastNewestNs = entries.isEmpty() ? asked.endNs() - 1 : newest;
    require(entries.size() <= asked.limit(), asked, "more than the limit", entries.size());
    require(answer.categorised() == categorised, asked, "shape", 0);
    boolean full = entries.size() == asked.limit();
    for (ModelLoki.Line line : loki(asked.tenant()).lines()) {
      boolean inside = line.timestampNs >= asked.startNs() && line.timestampNs < asked.endNs();
      boolean beforeCut =
          !full || (backward ? line.timestampNs > oldest : line.timestampNs < newest);
      boolean visible = inside && !(asked.limited() && line.stream == 2);
      if (got.contains(line.number)) {
        require(visible && wasThere(asked, line, true), asked, "was not there", line.number);
      } else if (visible && beforeCut) {
        require(!wasThere(asked, line, false), asked, "is missing", line.number);
      }
    }
    tally.add(full ? "full" : "whole");
  }

  /** Says whether a line was there at any, or at all, of the times that an answer may be from. */
  private boolean wasThere(Asked asked, ModelLoki.Line line, boolean ever) {
    for (int i = asked.purged(); i <= step; i++) {
      long[] then = clocks.get(i);
      long age = ticks.getAsLong() - then[0];
      boolean counts = i >= asked.step() || age < ttlNs(then[1] - line.timestampNs);
      boolean there = line.isThere(i) && line.timestampNs >= then[1] - lookBackNs;
      if (counts && there == ever) {
        return ever;
      }
    }
    return !ever;
  }

  /** How long answers are used about data of an age, as the table of the configuration says. */
  private static long ttlNs(long ageNs) {
    if (ageNs < 10 * MINUTE) {
      return 2 * SECOND;
    }
    if (ageNs < HOUR) {
      return 30 * SECOND;
    }
    if (ageNs < 24 * HOUR) {
      return 5 * MINUTE;
    }
    return ageNs < 7 * 24 * HOUR ? HOUR : 24 * HOUR;
  }

  private static void require(boolean holds, Asked asked, String what, int number) {
    if (!holds) {
      throw new AssertionError(what + ": line " + number + " in the answer to " + asked);
    }
  }

  private String pick() {
    return TENANTS[random.nextInt(TENANTS.length)];
  }

  private boolean coin() {
    return random.nextBoolean();
  }

  private int nextInt(int bound) {
    return random.nextInt(bound);
  }

  private long nextLong(long bound) {
    return (long) (random.nextDouble() * bound);
  }
}
