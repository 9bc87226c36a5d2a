// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What came of a call. Its body is dropped as it comes, or held up while it is not writable. */
final class CallResult implements ResponseHandler, BodySink {
  private static final long SECONDS = 20;

  private final CompletableFuture<Integer> status = new CompletableFuture<>();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
  private final AtomicLong bytes = new AtomicLong();
  private volatile boolean writable = true;
  private volatile BodySource source;

  /** Takes no more than what is on its way. */
  void holdUp() {
    writable = false;
  }

  /** Takes bytes again; called on the call's loop. */
  void goOn() {
    writable = true;
    source.resume();
  }

  long bytes() {
    return bytes.get();
  }

  boolean isOver() {
    return ended.isDone() || status.isCompletedExceptionally();
  }

  /** Waits for the head. */
  int head() throws Exception {
    return status.get(SECONDS, TimeUnit.SECONDS);
  }

  /** Waits for the whole answer. */
  int code() throws Exception {
    int code = head();
    assertThat(ended.get(SECONDS, TimeUnit.SECONDS)).isTrue();
    return code;
  }

  /** Waits for the failure of a call without an answer. */
  UpstreamException failure() throws Exception {
    try {
      throw new AssertionError("answered " + head());
    } catch (ExecutionException e) {
      return (UpstreamException) e.getCause();
    }
  }

  ProxyError error() throws Exception {
    return failure().error();
  }

  @Override
  public void onResponse(ResponseHead head, BodySource body) {
    source = body;
    status.complete(head.status());
    body.start(this);
  }

  @Override
  public void onFailure(UpstreamException failure) {
    status.completeExceptionally(failure);
  }

  @Override
  public void write(ByteBuf chunk) {
    bytes.addAndGet(chunk.readableBytes());
    chunk.release();
  }

  @Override
  public void flush() {}

  @Override
  public void end(HttpHeaders trailers) {
    ended.complete(true);
  }

  @Override
  public void fail(Throwable cause) {
    ended.completeExceptionally(cause);
  }

  @Override
  public boolean isWritable() {
    return writable;
  }
}
