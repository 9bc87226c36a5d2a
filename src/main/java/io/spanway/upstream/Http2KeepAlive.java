// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import java.time.Duration;

/**
 * How an upstream that is gone without a word is found while calls are under way.
 *
 * @param every between two PINGs
 * @param within how long the answer to one may take; then the connection is closed
 */
record Http2KeepAlive(Duration every, Duration within) {
  /** Tempo forbids less than 10 s between two. */
  static final Http2KeepAlive DEFAULT =
      new Http2KeepAlive(Duration.ofSeconds(30), Duration.ofSeconds(20));
}
