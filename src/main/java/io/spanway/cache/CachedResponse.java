// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * An upstream's answer as the cache keeps it: plain, decoded, before any annotation. Shared between
 * event loops: nothing of it may be changed.
 */
public final class CachedResponse {
  /** Bodies below this many bytes are not worth compressing; Loki's own threshold. */
  public static final int MIN_GZIP = 1400;

  /** What an entry takes beside its body: objects, headers, key, bookkeeping. Measured high. */
  private static final int OVERHEAD = 1024;

  private final int status;
  private final HttpHeaders headers;
  private final byte[] body;
  private final long storedAtTick;
  private final long freshUntilTick;

  private final AtomicReference<byte @Nullable []> gzip = new AtomicReference<>();
  private volatile @Nullable LongConsumer growth;

  /** Takes {@code headers} and {@code body}: neither may be changed afterwards. */
  CachedResponse(
      int status, HttpHeaders headers, byte[] body, long storedAtTick, long freshUntilTick) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.storedAtTick = storedAtTick;
    this.freshUntilTick = freshUntilTick;
  }

  /** Takes the body compressed too, where somebody else has done that. */
  CachedResponse with(byte @Nullable [] compressed) {
    gzip.compareAndSet(null, compressed);
    return this;
  }

  /** Returns the status. */
  public int status() {
    return status;
  }

  /**
   * Returns a fresh copy of the headers that are kept: those about the body and about the request's
   * outcome, never {@code Content-Length}, {@code Content-Encoding} or {@code Set-Cookie}.
   */
  public HttpHeaders headers() {
    return DefaultHttpHeadersFactory.headersFactory()
        .withValidation(false)
        .newHeaders()
        .add(headers);
  }

  /** Returns a header that is kept, or null. */
  public @Nullable String header(String name) {
    return headers.get(name);
  }

  /** Lends the decoded body itself, not a copy: it must not be changed. */
  public byte[] body() {
    return body;
  }

  /**
   * Lends the body compressed, made at the first call and kept; null for a body too small to gain.
   * Compressing takes about 20 ms a MiB on the calling thread, once.
   */
  public byte @Nullable [] gzip() {
    if (body.length < MIN_GZIP) {
      return null;
    }
    byte[] made = gzip.get();
    if (made != null) {
      return made;
    }
    // Two threads may both compress; a lock would have one event loop wait for another.
    made = compress(body);
    if (!gzip.compareAndSet(null, made)) {
      return gzip.get();
    }
    LongConsumer toTell = growth;
    if (toTell != null) {
      toTell.accept(size());
    }
    return made;
  }

  /**
   * Returns the bytes that this takes in memory, the compressed form included once there is one.
   */
  public long size() {
    byte[] made = gzip.get();
    return (long) OVERHEAD + body.length + (made == null ? 0 : made.length);
  }

  long storedAtTick() {
    return storedAtTick;
  }

  long freshUntilTick() {
    return freshUntilTick;
  }

  /** Has {@code growth} told the new size when the compressed form is made. */
  void onGrowth(LongConsumer growth) {
    this.growth = growth;
  }

  private static byte[] compress(byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 4 + 64);
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(bytes, 8192) {
          {
            // Read once by a client on a fast network: speed counts more than the last tenth.
            def.setLevel(Deflater.BEST_SPEED);
          }
        }) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException("writing into memory", e);
    }
    return bytes.toByteArray();
  }
}
