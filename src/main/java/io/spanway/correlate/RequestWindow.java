// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

/**
 * The window of a request as it came, missing edges already resolved.
 *
 * @param startNs its start in nanoseconds since the epoch
 * @param endNs its end, exclusive
 * @param shiftable false when the caller knows that this window is a page or was chosen by a person
 *     (Grafana's infinite scroll; an ambiguous query whose trace Tempo does not have)
 */
public record RequestWindow(long startNs, long endNs, boolean shiftable) {}
