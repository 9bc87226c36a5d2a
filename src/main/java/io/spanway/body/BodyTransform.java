// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * A change of a body while it streams: chunk in, chunks out. Confined to the exchange's event loop.
 * A transform that throws fails the body. After {@link #finish} or {@link #discard} it is not used
 * again; only a discard may follow a call that threw.
 */
public interface BodyTransform {
  /**
   * Takes {@code chunk}, also when it throws, and gives zero or more chunks to {@code out}, which
   * takes them. The boundaries between chunks mean nothing. Called only when {@link #hasMore} is
   * false.
   */
  void accept(ByteBuf chunk, Consumer<ByteBuf> out);

  /**
   * Says whether there is output left from what was accepted. A transform whose output can be much
   * larger than its input gives it out in pieces by {@link #more}, so that a slow receiver does not
   * make it pile up; others need not bother.
   */
  default boolean hasMore() {
    return false;
  }

  /** Gives the next piece to {@code out}. Called only when {@link #hasMore} is true. */
  default void more(Consumer<ByteBuf> out) {
    throw new IllegalStateException("more: there is none (expected: hasMore first)");
  }

  /**
   * Says that the input is at its end: gives what is still held to {@code out}. Called only when
   * {@link #hasMore} is false.
   */
  void finish(Consumer<ByteBuf> out);

  /** Lets go of what is held; the body was cancelled or broke off. */
  void discard();
}
