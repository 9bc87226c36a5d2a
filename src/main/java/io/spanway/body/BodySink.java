// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Where the bytes of a message body go. Exactly one of {@link #end} and {@link #fail} is the last
 * call, unless the source was cancelled. All calls are made on the exchange's event loop.
 */
public interface BodySink {
  /** Takes {@code chunk}: releases it also when it cannot be written. */
  void write(ByteBuf chunk);

  /** Says that a burst is over: what was written should go out now. */
  void flush();

  /**
   * Ends the body; flushes.
   *
   * @param trailers the trailers, {@code EmptyHttpHeaders.INSTANCE} when there are none
   */
  void end(HttpHeaders trailers);

  /** Ends the body short of its end. What the receiver got must not look complete. */
  void fail(Throwable cause);

  /** Says whether more may be written now; when not, the source waits for {@code resume}. */
  boolean isWritable();
}
