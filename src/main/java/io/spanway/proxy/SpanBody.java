// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.upstream.UpstreamException;

/** An upstream's answer with whose end the record of the request ends. */
final class SpanBody extends WatchedBody {
  private final CallSpan span;

  private SpanBody(BodySource source, CallSpan span) {
    super(source);
    this.span = span;
  }

  /** Returns {@code source}, which it takes, watched if there is a record of it. */
  static BodySource of(BodySource source, CallSpan span) {
    return span == CallSpan.NONE ? source : new SpanBody(source, span);
  }

  @Override
  public void write(ByteBuf chunk) {
    sink().write(chunk);
  }

  @Override
  public void end(HttpHeaders trailers) {
    span.end();
    sink().end(trailers);
  }

  @Override
  public void fail(Throwable cause) {
    ProxyError error =
        cause instanceof UpstreamException upstream
            ? upstream.error()
            : ProxyError.PROXY_INTERNAL_ERROR;
    span.failed(error, String.valueOf(cause.getMessage()));
    sink().fail(cause);
  }

  @Override
  public void cancel() {
    span.cancelled();
    super.cancel();
  }
}
