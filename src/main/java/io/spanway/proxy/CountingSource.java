// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A body whose bytes are counted as they pass, and whose breaking is noted. */
final class CountingSource implements BodySource, BodySink {
  private final BodySource source;
  private final LongConsumer count;
  private final Consumer<Throwable> failure;
  private @Nullable BodySink sink;

  CountingSource(BodySource source, LongConsumer count, Consumer<Throwable> failure) {
    this.source = source;
    this.count = count;
    this.failure = failure;
  }

  @Override
  public void start(BodySink to) {
    sink = to;
    source.start(this);
  }

  @Override
  public void resume() {
    source.resume();
  }

  @Override
  public void cancel() {
    source.cancel();
  }

  @Override
  public long length() {
    return source.length();
  }

  @Override
  public void write(ByteBuf chunk) {
    count.accept(chunk.readableBytes());
    sink().write(chunk);
  }

  @Override
  public void flush() {
    sink().flush();
  }

  @Override
  public void end(HttpHeaders trailers) {
    sink().end(trailers);
  }

  @Override
  public void fail(Throwable cause) {
    failure.accept(cause);
    sink().fail(cause);
  }

  @Override
  public boolean isWritable() {
    return sink().isWritable();
  }

  private BodySink sink() {
    BodySink to = sink;
    if (to == null) {
      throw new IllegalStateException("not started");
    }
    return to;
  }
}
