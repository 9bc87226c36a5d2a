// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.GrpcStatus;
import io.spanway.http.ProxyError;
import io.spanway.upstream.UpstreamException;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a gRPC answer, passed on as they come. Whatever ends them, the client gets
 * trailers with a status: the upstream's own, or one that says what went wrong. An answer that
 * breaks off cannot look complete, since that status is not OK.
 */
final class GrpcBody implements BodySource, BodySink {
  /** Decides what is made of an answer that broke off. */
  @FunctionalInterface
  interface BrokenOff {
    /**
     * Called once, and calls {@link GrpcBody#breakOff}.
     *
     * @param why one line for the log
     */
    void brokenOff(GrpcBody body, ProxyError error, String why);
  }

  private final Exchange exchange;
  private final BodySource source;
  private final BrokenOff onBreak;
  private final Runnable onEnd;
  private @Nullable BodySink sink;
  private boolean over;

  /**
   * Creates one.
   *
   * @param source what the upstream sends, taken
   * @param onBreak told when the upstream broke off
   * @param onEnd told when nothing more comes, be it for a cancel
   */
  GrpcBody(Exchange exchange, BodySource source, BrokenOff onBreak, Runnable onEnd) {
    this.exchange = exchange;
    this.source = source;
    this.onBreak = onBreak;
    this.onEnd = onEnd;
  }

  @Override
  public void start(BodySink to) {
    sink = to;
    source.start(this);
  }

  @Override
  public void resume() {
    if (!over) {
      source.resume();
    }
  }

  @Override
  public void cancel() {
    if (!over) {
      over = true;
      source.cancel();
      onEnd.run();
    }
  }

  @Override
  public long length() {
    return -1;
  }

  @Override
  public void write(ByteBuf chunk) {
    BodySink to = sink;
    if (over || to == null) {
      chunk.release();
    } else {
      to.write(chunk);
    }
  }

  @Override
  public void flush() {
    BodySink to = sink;
    if (!over && to != null) {
      to.flush();
    }
  }

  @Override
  public void end(HttpHeaders trailers) {
    GrpcStatus status = GrpcStatus.in(trailers);
    if (status == null) {
      exchange.failed(ProxyError.HTTP_RESPONSE_INCOMPLETE, "an answer without grpc-status");
      String name = exchange.operation().backend().id();
      finish(GrpcStatus.INTERNAL, name + " ended its answer without a grpc-status");
    } else {
      finish(status, trailers);
    }
  }

  @Override
  public void fail(Throwable cause) {
    ProxyError error =
        cause instanceof UpstreamException broken
            ? broken.error()
            : ProxyError.PROXY_INTERNAL_ERROR;
    if (!over) {
      onBreak.brokenOff(this, error, String.valueOf(cause.getMessage()));
    }
  }

  /** Ends the answer short of its end: the rest is not wanted any more. */
  void breakOff(ProxyError error, String message) {
    if (!over) {
      exchange.failed(error, message);
      source.cancel();
      finish(GrpcStatus.ofHttp(error.status()), message);
    }
  }

  private void finish(GrpcStatus status, String message) {
    HttpHeaders trailers = DefaultHttpHeadersFactory.trailersFactory().newHeaders();
    status.addTo(trailers, message);
    finish(status, trailers);
  }

  private void finish(GrpcStatus status, HttpHeaders trailers) {
    BodySink to = sink;
    if (over || to == null) {
      return;
    }
    over = true;
    onEnd.run();
    exchange.grpcStatus(status);
    to.end(trailers);
  }

  @Override
  public boolean isWritable() {
    BodySink to = sink;
    return !over && to != null && to.isWritable();
  }
}
