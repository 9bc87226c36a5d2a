// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import org.jspecify.annotations.Nullable;

/** A body that passes as it is, but for what whoever extends this does about it on its way. */
abstract class WatchedBody implements BodySource, BodySink {
  private final BodySource source;
  private @Nullable BodySink sink;

  /** Wraps {@code source}, which it takes. */
  WatchedBody(BodySource source) {
    this.source = source;
  }

  /** Returns where the body goes; only once it has been started. */
  final BodySink sink() {
    BodySink to = sink;
    if (to == null) {
      throw new IllegalStateException("not started");
    }
    return to;
  }

  @Override
  public final void start(BodySink to) {
    sink = to;
    source.start(this);
  }

  @Override
  public final void resume() {
    source.resume();
  }

  @Override
  public void cancel() {
    source.cancel();
  }

  @Override
  public final long length() {
    return source.length();
  }

  @Override
  public final void flush() {
    sink().flush();
  }

  @Override
  public void end(HttpHeaders trailers) {
    sink().end(trailers);
  }

  @Override
  public void fail(Throwable cause) {
    sink().fail(cause);
  }

  @Override
  public boolean isWritable() {
    return sink().isWritable();
  }
}
