// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * A source that shows its bytes to a watcher while they pass. A watcher that throws is told that
 * the body broke off and sees no more; the body goes on.
 */
public final class TeeSource implements BodySource {
  private final BodySource source;
  private final BodyWatcher watcher;
  private boolean watching = true;

  /** Creates one; takes the source. */
  public TeeSource(BodySource source, BodyWatcher watcher) {
    this.source = source;
    this.watcher = watcher;
  }

  @Override
  public void start(BodySink sink) {
    source.start(new Input(sink));
  }

  @Override
  public void resume() {
    source.resume();
  }

  @Override
  public void cancel() {
    stop();
    source.cancel();
  }

  @Override
  public long length() {
    return source.length();
  }

  private void show(ByteBuf chunk) {
    if (!watching) {
      return;
    }
    int reader = chunk.readerIndex();
    try {
      watcher.chunk(chunk);
    } catch (RuntimeException e) {
      stop();
    } finally {
      chunk.readerIndex(reader);
    }
  }

  private void stop() {
    if (watching) {
      watching = false;
      watcher.broken();
    }
  }

  private final class Input implements BodySink {
    private final BodySink sink;

    Input(BodySink sink) {
      this.sink = sink;
    }

    @Override
    public void write(ByteBuf chunk) {
      show(chunk);
      sink.write(chunk);
    }

    @Override
    public void flush() {
      sink.flush();
    }

    @Override
    public void end(HttpHeaders trailers) {
      if (watching) {
        watching = false;
        watcher.end(trailers);
      }
      sink.end(trailers);
    }

    @Override
    public void fail(Throwable cause) {
      stop();
      sink.fail(cause);
    }

    @Override
    public boolean isWritable() {
      return sink.isWritable();
    }
  }
}
