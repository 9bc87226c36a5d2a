// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * A change of a body while it streams: chunk in, chunks out. Confined to the exchange's event loop.
 * After {@link #finish} or {@link #discard} it is not used again.
 */
public interface BodyTransform {
  /**
   * Takes {@code chunk} and gives zero or more chunks to {@code out}, which takes them. The
   * boundaries between chunks mean nothing.
   */
  void accept(ByteBuf chunk, Consumer<ByteBuf> out);

  /** Says that the input is at its end: gives what is still held to {@code out}. */
  void finish(Consumer<ByteBuf> out);

  /** Lets go of what is held; the body was cancelled or broke off. */
  void discard();
}
