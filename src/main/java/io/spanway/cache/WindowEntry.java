// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.streams.Direction;
import io.spanway.streams.LogEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the answers to one query: stretches of time that do not overlap, oldest first.
 * Immutable.
 *
 * @param segments the stretches
 * @param shape what the answers have in common beside entries
 * @param longestNs the longest window that the upstream has answered
 * @param largestLimit the largest limit that it has answered; beyond either it might refuse
 */
record WindowEntry(List<Segment> segments, Shape shape, long longestNs, int largestLimit) {
  /** Each is looked at by every question; beyond this the oldest go. */
  private static final int MAX_SEGMENTS = 512;

  private static final int OVERHEAD = 1024;

  /**
   * What the answers have in common.
   *
   * @param categorised whether labels are kept apart
   * @param encodingFlags Loki's, without the one for that
   * @param contentType the answers' type
   */
  record Shape(boolean categorised, List<String> encodingFlags, String contentType) {
    Shape {
      encodingFlags = encodingFlags.stream().sorted().toList();
    }
  }

  WindowEntry {
    segments = List.copyOf(segments);
  }

  /** Returns the bytes that this takes in memory. */
  long size() {
    long size = OVERHEAD;
    for (Segment segment : segments) {
      size += segment.size();
    }
    return size;
  }

  /** Returns when the last segment ends to be fresh. There must be one. */
  long freshUntilTick() {
    long last = segments.get(0).freshUntilTick();
    for (Segment segment : segments) {
      last += Math.max(0, segment.freshUntilTick() - last);
    }
    return last;
  }

  /**
   * Finds what of the answer is here.
   *
   * @param graceNs how long after its time a segment still counts; zero for fresh answers
   */
  WindowFinding find(WindowAsk ask, long graceNs) {
    WindowQuestion question = ask.question();
    if (question.endNs() - question.startNs() > longestNs || question.limit() > largestLimit) {
      return WindowFinding.NOTHING;
    }
    WindowWalk walk = new WindowWalk(question);
    for (Segment segment : inDirection(question)) {
      boolean live = segment.freshUntilTick() + graceNs - ask.tick() > 0;
      if (live && !walk.visit(segment)) {
        break;
      }
    }
    return walk.finding();
  }

  private Iterable<Segment> inDirection(WindowQuestion question) {
    List<Segment> inside = new ArrayList<>();
    for (Segment segment : segments) {
      if (segment.endNs() > question.startNs() && segment.startNs() < question.endNs()) {
        inside.add(segment);
      }
    }
    if (question.direction() == Direction.BACKWARD) {
      Collections.reverse(inside);
    }
    return inside;
  }

  /**
   * Returns this with what another fetch found. Where both know something, the fetch that began
   * later is right.
   *
   * @param fetched segments of one fetch
   * @param deadTick segments whose time was over by then are dropped
   */
  WindowEntry with(List<Segment> fetched, long lengthNs, int limit, long deadTick) {
    List<Segment> all = new ArrayList<>();
    List<Segment> older = new ArrayList<>();
    List<Segment> newer = new ArrayList<>();
    long tick = fetched.isEmpty() ? deadTick : fetched.get(0).fetchedTick();
    for (Segment segment : segments) {
      if (segment.freshUntilTick() - deadTick > 0) {
        (segment.fetchedTick() - tick > 0 ? newer : older).add(segment);
      }
    }
    for (Segment segment : fetched) {
      subtract(segment, newer, all);
    }
    for (Segment segment : older) {
      subtract(segment, fetched, all);
    }
    all.addAll(newer);
    all.sort(Comparator.comparingLong(Segment::startNs));
    return new WindowEntry(
        all, shape, Math.max(longestNs, lengthNs), Math.max(largestLimit, limit));
  }

  private static void subtract(Segment from, List<Segment> what, List<Segment> into) {
    long at = from.startNs();
    List<Segment> ordered = new ArrayList<>(what);
    ordered.sort(Comparator.comparingLong(Segment::startNs));
    for (Segment hole : ordered) {
      if (hole.endNs() <= at || hole.startNs() >= from.endNs()) {
        continue;
      }
      if (hole.startNs() > at) {
        into.add(from.between(at, hole.startNs()));
      }
      at = hole.endNs();
    }
    if (at < from.endNs()) {
      into.add(from.between(at, from.endNs()));
    }
  }

  /**
   * Returns this without its oldest part, so that it takes no more than {@code maxBytes}.
   *
   * @param gridNs what the time after an entry is: the next step, or the next nanosecond
   */
  WindowEntry shrunk(long maxBytes, long gridNs) {
    if (size() <= maxBytes && segments.size() <= MAX_SEGMENTS) {
      return this;
    }
    List<Segment> kept = new ArrayList<>();
    long room = maxBytes - OVERHEAD;
    for (int i = segments.size() - 1; i >= 0 && kept.size() < MAX_SEGMENTS; i--) {
      Segment segment = segments.get(i);
      if (segment.size() > room) {
        Segment rest = newest(segment, room, gridNs);
        if (rest != null) {
          kept.add(0, rest);
        }
        break;
      }
      room -= segment.size();
      kept.add(0, segment);
    }
    return new WindowEntry(kept, shape, longestNs, largestLimit);
  }

  /** Halves the number of entries until they fit: each try costs half of the one before. */
  private static @Nullable Segment newest(Segment segment, long room, long gridNs) {
    List<LogEntry> entries = segment.entries();
    for (int keep = entries.size() / 2; keep > 0; keep /= 2) {
      // All entries of an instant stay or go together.
      long from = entries.get(entries.size() - keep - 1).timestampNs() + gridNs;
      if (from >= segment.endNs()) {
        return null;
      }
      Segment part = segment.between(from, segment.endNs());
      if (part.size() <= room) {
        return part;
      }
    }
    return null;
  }
}
