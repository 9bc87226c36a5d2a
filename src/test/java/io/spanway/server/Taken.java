// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Takes a body and drops it; says how much it was and how it ended. */
final class Taken implements BodySink {
  final AtomicLong bytes = new AtomicLong();
  final CompletableFuture<HttpHeaders> end = new CompletableFuture<>();

  @Override
  public void write(ByteBuf chunk) {
    bytes.addAndGet(chunk.readableBytes());
    chunk.release();
  }

  @Override
  public void flush() {}

  @Override
  public void end(HttpHeaders trailers) {
    end.complete(trailers);
  }

  @Override
  public void fail(Throwable cause) {
    end.completeExceptionally(cause);
  }

  @Override
  public boolean isWritable() {
    return true;
  }
}
