// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of a window's answer is held.
 *
 * @param parts the parts to use, in the direction asked
 * @param gap the stretch that is missing, with the limit that is left when the direction comes to
 *     it; null when nothing is missing, or everything
 * @param whole whether nothing is missing
 */
record WindowFinding(List<Part> parts, @Nullable WindowQuestion gap, boolean whole) {
  static final WindowFinding NOTHING = new WindowFinding(List.of(), null, false);

  /** A part of a segment. */
  record Part(Segment segment, long fromNs, long toNs) {}
}
