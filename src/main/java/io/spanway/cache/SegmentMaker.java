// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.streams.Direction;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Makes segments of an answer: what it covers, in pieces that are used for as long as each may. */
final class SegmentMaker {
  private static final Duration LONGEST = Duration.ofDays(365);

  private final CacheConfig config;
  private final CachePolicy policy;

  SegmentMaker(CacheConfig config) {
    this.config = config;
    this.policy = new CachePolicy(config);
  }

  /**
   * Returns the segments, oldest first; null when the answer is none to the question: with more
   * entries than the limit, outside the window, or in another order.
   */
  @Nullable List<Segment> segments(WindowAsk ask, StreamsAnswer answer) {
    WindowQuestion question = ask.question();
    List<LogEntry> read = answer.entries();
    if (read.size() > question.limit() || !EntryOrder.isAnswer(read, question)) {
      return null;
    }
    List<LogEntry> entries = EntryOrder.oldestFirst(read, question.direction());
    long from = question.startNs();
    long to = question.endNs();
    if (entries.size() == question.limit()) {
      // Which entries of the last instant are missing is not known.
      if (question.direction() == Direction.BACKWARD) {
        from = entries.get(0).timestampNs() + 1;
      } else {
        to = entries.get(entries.size() - 1).timestampNs();
      }
    }
    List<Segment> made = new ArrayList<>();
    long oldest = entries.isEmpty() ? to : Math.min(entries.get(0).timestampNs(), to);
    long start = from;
    for (long end : cuts(from, to, oldest, question.stepNs(), question.nowNs())) {
      boolean unseen = !entries.isEmpty() && end <= oldest;
      add(made, ask, entries, start, end, unseen);
      start = end;
    }
    return made;
  }

  /**
   * Returns where segments end: where a next age begins, where the oldest entry is, at the end.
   *
   * @param oldest when the oldest entry was; before it a limit of the upstream's on how far it
   *     looks back may be at work
   */
  private Iterable<Long> cuts(long from, long to, long oldest, long stepNs, long nowNs) {
    TreeSet<Long> ends = new TreeSet<>();
    for (Duration age : policy.ages()) {
      long cut = nowNs - age.toNanos();
      ends.add(stepNs == 0 ? cut : cut - Math.floorMod(cut, stepNs));
    }
    ends.add(oldest);
    ends.removeIf(end -> end <= from || end >= to);
    if (to > from) {
      ends.add(to);
    }
    return ends;
  }

  private void add(
      List<Segment> to,
      WindowAsk ask,
      List<LogEntry> entries,
      long startNs,
      long endNs,
      boolean unseen) {
    long ageNs = ask.question().nowNs() - endNs;
    if (!ask.question().isLogs() && ageNs < config.freshWindow().toNanos()) {
      // A number that is about to change looks as right as any other.
      return;
    }
    Duration ttl = policy.logsTtl(entries.isEmpty(), Duration.ofNanos(ageNs));
    Duration emptyMax = config.ttl().queries().emptyMax();
    if (unseen && ttl.compareTo(emptyMax) > 0) {
      ttl = emptyMax;
    }
    if (ttl.isZero()) {
      return;
    }
    long nanos = (ttl.compareTo(LONGEST) > 0 ? LONGEST : ttl).toNanos();
    Segment all = new Segment(Long.MIN_VALUE, Long.MAX_VALUE, entries, 0, 0, 0);
    to.add(Segment.of(startNs, endNs, all.inside(startNs, endNs), ask.tick(), ask.tick() + nanos));
  }
}
