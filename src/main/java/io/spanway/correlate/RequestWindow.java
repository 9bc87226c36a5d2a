// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

/**
 * The window of a request as it came, missing edges already resolved.
 *
 * @param startNs its start in nanoseconds since the epoch
 * @param endNs its end; exclusive for a log query
 * @param shiftable false when the caller knows that this window is a page or was chosen by a person
 *     (Grafana's infinite scroll; an ambiguous query whose trace Tempo does not have)
 * @param stepNs the distance of a metric query's points; 0 for a query without
 */
public record RequestWindow(long startNs, long endNs, boolean shiftable, long stepNs) {
  /** The window of a log query. */
  public RequestWindow(long startNs, long endNs, boolean shiftable) {
    this(startNs, endNs, shiftable, 0);
  }

  /** The same for who knows whether it may be shifted. */
  public RequestWindow withShiftable(boolean is) {
    return new RequestWindow(startNs, endNs, is, stepNs);
  }

  /** The same for the lines that a metric query counts. */
  public RequestWindow withoutStep() {
    return new RequestWindow(startNs, endNs, shiftable);
  }
}
