// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.spanway.units.DataSize;

/**
 * What a client may do on an HTTP/2 connection.
 *
 * @param maxStreams requests under way at a time; more are refused, which is safe to repeat
 * @param maxResets streams that may be reset within 30 s, by the client or because they were
 *     refused, before the connection is closed
 * @param maxContinuations frames that may follow the first of a header block
 * @param maxQueuedControlFrames answers to PING, SETTINGS and resets that may wait for a client
 *     that does not read
 * @param maxControlFrames PING, SETTINGS and other frames without a request that may come within 30
 *     s
 * @param initialWindow bytes of one request's body that may come before somebody reads them
 * @param connectionWindow the same for all requests of a connection together
 */
public record Http2Config(
    int maxStreams,
    int maxResets,
    int maxContinuations,
    int maxQueuedControlFrames,
    int maxControlFrames,
    DataSize initialWindow,
    DataSize connectionWindow) {
  private static final DataSize LEAST_WINDOW = DataSize.kib(64);
  private static final DataSize GREATEST_WINDOW = DataSize.mib(256);

  /** What holds where the file says nothing. */
  public static final Http2Config DEFAULT =
      new Http2Config(256, 200, 16, 10_000, 10_000, DataSize.mib(1), DataSize.mib(4));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public Http2Config {
    requireRange("maxStreams", maxStreams, 1, 100_000);
    requireRange("maxResets", maxResets, 1, 1_000_000);
    requireRange("maxContinuations", maxContinuations, 1, 10_000);
    requireRange("maxQueuedControlFrames", maxQueuedControlFrames, 10, 1_000_000);
    requireRange("maxControlFrames", maxControlFrames, 10, 1_000_000);
    requireWindow("initialWindow", initialWindow, LEAST_WINDOW);
    requireWindow("connectionWindow", connectionWindow, initialWindow);
  }

  private static void requireRange(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + ": was " + value + " (expected: " + least + " to " + most + ")");
    }
  }

  private static void requireWindow(String name, DataSize value, DataSize least) {
    if (value.compareTo(least) < 0 || value.compareTo(GREATEST_WINDOW) > 0) {
      throw new IllegalArgumentException(
          name + ": was " + value + " (expected: " + least + " to " + GREATEST_WINDOW + ")");
    }
  }
}
