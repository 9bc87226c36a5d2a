// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A sink that remembers what it was given and takes as many chunks as it is told. */
final class RecordingSink implements BodySink {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  int credit = Integer.MAX_VALUE;
  int writes;
  int flushes;
  int largest;
  @Nullable HttpHeaders trailers;
  @Nullable Throwable failure;
  Runnable onWrite = () -> {};

  @Override
  public void write(ByteBuf chunk) {
    requireOpen();
    writes++;
    credit--;
    largest = Math.max(largest, chunk.readableBytes());
    bytes.writeBytes(ByteBufUtil.getBytes(chunk));
    chunk.release();
    onWrite.run();
  }

  @Override
  public void flush() {
    requireOpen();
    flushes++;
  }

  @Override
  public void end(HttpHeaders last) {
    requireOpen();
    trailers = last;
  }

  @Override
  public void fail(Throwable cause) {
    requireOpen();
    failure = cause;
  }

  @Override
  public boolean isWritable() {
    return credit > 0;
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  boolean isEnded() {
    return trailers != null;
  }

  private void requireOpen() {
    if (trailers != null || failure != null) {
      throw new IllegalStateException("the sink was called after its end");
    }
  }
}
