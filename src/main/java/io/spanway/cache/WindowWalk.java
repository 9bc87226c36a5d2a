// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.cache.WindowFinding.Part;
import io.spanway.streams.Direction;
import java.util.ArrayList;
import java.util.List;

/**
 * Goes through segments in the direction of a question and notes what is missing between. Several
 * gaps count as one, with what lies between them: a stretch whose time is over is often followed by
 * small ones that are younger, and one request for all is cheaper than one for everything.
 */
final class WindowWalk {
  private final WindowQuestion question;
  private final boolean backward;
  private final List<Part> before = new ArrayList<>();
  private final List<Part> after = new ArrayList<>();
  private boolean isMissing;
  private long gapFirst;
  private long gapLast;
  private long heldBefore;
  private long heldAfter;
  private long at;

  WindowWalk(WindowQuestion question) {
    this.question = question;
    this.backward = question.direction() == Direction.BACKWARD;
    this.at = backward ? question.endNs() : question.startNs();
  }

  /** Visits the next segment in the direction; returns whether more may be of use. */
  boolean visit(Segment segment) {
    long from = Math.max(segment.startNs(), question.startNs());
    long to = Math.min(segment.endNs(), question.endNs());
    reach(backward ? to : from);
    int held = segment.inside(from, to).size();
    if (isMissing) {
      after.add(new Part(segment, from, to));
      heldAfter += held;
    } else {
      before.add(new Part(segment, from, to));
      heldBefore += held;
    }
    at = backward ? from : to;
    return !isEnough();
  }

  WindowFinding finding() {
    if (!isEnough()) {
      reach(backward ? question.startNs() : question.endNs());
    }
    if (!isMissing) {
      return new WindowFinding(before, null, true);
    }
    if (before.isEmpty() && after.isEmpty()) {
      return WindowFinding.NOTHING;
    }
    // Fewer entries than the limit are before the gap, or else the walk had ended there.
    int left = (int) (question.limit() - heldBefore);
    WindowQuestion gap =
        question.about(Math.min(gapFirst, gapLast), Math.max(gapFirst, gapLast), left);
    List<Part> parts = new ArrayList<>(before);
    parts.addAll(after);
    return new WindowFinding(parts, gap, false);
  }

  /** Says whether the limit is reached, whatever a gap brings. */
  private boolean isEnough() {
    return heldBefore + heldAfter >= question.limit();
  }

  private void reach(long next) {
    if (next == at) {
      return;
    }
    if (!isMissing) {
      gapFirst = at;
    }
    isMissing = true;
    gapLast = next;
    after.clear();
    heldAfter = 0;
  }
}
