// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.spanway.body.BodySource;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** A body whose bytes are counted as they pass, and whose breaking is noted. */
final class CountingSource extends WatchedBody {
  private final LongConsumer count;
  private final Consumer<Throwable> failure;

  CountingSource(BodySource source, LongConsumer count, Consumer<Throwable> failure) {
    super(source);
    this.count = count;
    this.failure = failure;
  }

  @Override
  public void write(ByteBuf chunk) {
    count.accept(chunk.readableBytes());
    sink().write(chunk);
  }

  @Override
  public void fail(Throwable cause) {
    failure.accept(cause);
    sink().fail(cause);
  }
}
