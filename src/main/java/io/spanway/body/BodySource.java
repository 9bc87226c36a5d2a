// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

/**
 * Where the bytes of a message body come from: a client's or an upstream's connection, a buffer, or
 * a transform around another source.
 *
 * <p>A source is used once and by one sink, all on one event loop. It pushes: after {@link #start}
 * it calls the sink as bytes come. When the sink says that it is not writable, the source stops
 * reading (a burst already read is still delivered) and goes on after {@link #resume}. A source
 * that is never started must be cancelled, so that what it holds is let go.
 */
public interface BodySource {
  /** Starts the flow into {@code sink}. Called once; may call the sink before it returns. */
  void start(BodySink sink);

  /** Tells the source that its sink is writable again. Harmless when it was not waiting. */
  void resume();

  /**
   * Tells the source that nobody wants the rest. It calls its sink no more and lets go of what it
   * holds. Harmless after the end.
   */
  void cancel();

  /** Returns the exact number of bytes to come, or -1 when it is not known. */
  long length();
}
