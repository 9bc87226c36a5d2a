// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

/**
 * A time window as Loki's log queries have it: half-open, in nanoseconds since the epoch.
 *
 * @param startNs first instant inside
 * @param endNs first instant after; not before {@code startNs}. Equal is allowed: Loki answers the
 *     entries at that instant
 */
public record TimeRange(long startNs, long endNs) {
  /** Refuses a reversed window. */
  public TimeRange {
    if (endNs < startNs) {
      throw new IllegalArgumentException(
          "a time range ends at or after its start, not " + startNs + " to " + endNs);
    }
  }

  /** Whether all of {@code other} lies inside this window. */
  public boolean contains(TimeRange other) {
    return startNs <= other.startNs && other.endNs <= endNs;
  }

  /** The length in nanoseconds; {@link Long#MAX_VALUE} if it is more. */
  public long durationNs() {
    long length = endNs - startNs;
    return length < 0 ? Long.MAX_VALUE : length;
  }
}
