// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/** Watches whether what waits to be written gets less. Confined to one event loop. */
final class WriteProgress {
  private final long timeoutNanos;
  private long seen;
  private long since;

  WriteProgress(long timeoutNanos) {
    this.timeoutNanos = timeoutNanos;
  }

  /** Starts anew. */
  void reset(long now) {
    since = now;
  }

  /** Returns the state of what {@code channel} has yet to write. */
  static long state(Channel channel) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes() + buffer.currentProgress();
  }

  /**
   * Says whether nothing has moved for too long.
   *
   * @param state what changes whenever bytes go out; 0 when none wait
   */
  boolean isStalled(long state, long now) {
    if (state == 0 || state != seen) {
      seen = state;
      since = now;
      return false;
    }
    return now - since > timeoutNanos;
  }
}
