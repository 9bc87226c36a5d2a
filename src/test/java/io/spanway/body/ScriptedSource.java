// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A source as a connection is one: gives bursts while the sink is writable, a whole burst each
 * time, and stops until it is resumed.
 */
final class ScriptedSource implements BodySource {
  private final ArrayDeque<byte[]> chunks = new ArrayDeque<>();
  private int burst = 1;
  private long length = -1;
  private @Nullable Throwable failure;
  private boolean delivering;
  private boolean ended;
  boolean open;
  boolean cancelled;
  int given;
  @Nullable BodySink sink;

  static ScriptedSource of(String... texts) {
    ScriptedSource source = new ScriptedSource();
    for (String text : texts) {
      source.add(text.getBytes(StandardCharsets.UTF_8));
    }
    return source;
  }

  ScriptedSource add(byte[] chunk) {
    chunks.add(chunk);
    return this;
  }

  ScriptedSource inBurstsOf(int size) {
    burst = size;
    return this;
  }

  ScriptedSource ofLength(long value) {
    length = value;
    return this;
  }

  ScriptedSource failingWith(Throwable cause) {
    failure = cause;
    return this;
  }

  /** Leaves the end out: more may come by {@link #add} and {@link #resume}. */
  ScriptedSource withoutEnd() {
    open = true;
    return this;
  }

  @Override
  public void start(BodySink to) {
    sink = to;
    deliver();
  }

  @Override
  public void resume() {
    deliver();
  }

  @Override
  public void cancel() {
    cancelled = true;
    chunks.clear();
  }

  @Override
  public long length() {
    return length;
  }

  private void deliver() {
    BodySink to = sink;
    if (delivering || to == null) {
      return;
    }
    delivering = true;
    while (!cancelled && !ended && !chunks.isEmpty() && to.isWritable()) {
      for (int i = 0; i < burst && !chunks.isEmpty() && !cancelled; i++) {
        byte[] bytes = chunks.remove();
        given++;
        ByteBuf chunk = ByteBufAllocator.DEFAULT.buffer(Math.max(1, bytes.length));
        to.write(chunk.writeBytes(bytes));
      }
      if (!cancelled) {
        to.flush();
      }
    }
    Throwable cause = failure;
    if (!cancelled && !ended && chunks.isEmpty() && cause != null) {
      ended = true;
      to.fail(cause);
    } else if (!cancelled && !ended && chunks.isEmpty() && !open) {
      ended = true;
      to.end(EmptyHttpHeaders.INSTANCE);
    }
    delivering = false;
  }
}
