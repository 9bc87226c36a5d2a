// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it is written for other replicas: a version, where it belongs, when it was fetched
 * and how long it is used, its head, its body compressed, and a digest of all that. What is not
 * exactly so is no answer.
 *
 * @param status the answer's status
 * @param headers the headers that are kept
 * @param body the decoded body
 * @param gzip the body compressed; null for one too small to gain
 * @param storedAtMs when it was fetched, by the clock of the replica that did
 * @param ttl for how long it is fresh, from then
 * @param kept for how long it was to be kept, from then: fresh and, when an upstream fails, beyond
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; nobody changes them.
record SharedValue(
    int status,
    HttpHeaders headers,
    byte[] body,
    byte @Nullable [] gzip,
    long storedAtMs,
    Duration ttl,
    Duration kept) {
  private static final byte[] MAGIC = {'S', 'p', 'w', 'y'};
  private static final byte VERSION = 1;
  private static final byte PLAIN = 0;
  private static final byte GZIP = 1;
  private static final int PLACE = 32;
  private static final int CHECK = 16;
  private static final int FIXED = 4 + 1 + PLACE + 3 * 8 + 2 + 2 + 1 + 4;

  /** What reading a value came to. */
  sealed interface Reading {
    /** It is whole. */
    record Whole(SharedValue value) implements Reading {}

    /** It is not as it was written, or belongs elsewhere. */
    record Altered() implements Reading {}

    /** Another version of Spanway wrote it. */
    record OtherVersion() implements Reading {}
  }

  /** Writes it for a place of 32 bytes. */
  byte[] write(byte[] place) {
    byte[] payload = gzip == null ? body : gzip;
    int length = FIXED + payload.length + CHECK;
    for (Map.Entry<String, String> header : headers) {
      length += 4 + header.getKey().length() + header.getValue().length();
    }
    ByteBuffer to = ByteBuffer.allocate(length);
    to.put(MAGIC).put(VERSION).put(place);
    to.putLong(storedAtMs).putLong(ttl.toMillis()).putLong(kept.toMillis());
    to.putShort((short) status).putShort((short) headers.size());
    for (Map.Entry<String, String> header : headers) {
      put(to, header.getKey());
      put(to, header.getValue());
    }
    to.put(gzip == null ? PLAIN : GZIP).putInt(body.length).put(payload);
    to.put(check(to.array(), to.position()));
    return to.array();
  }

  /**
   * Reads one.
   *
   * @param place where it was found
   * @param maxBody the longest decoded body that may be had
   */
  static Reading read(byte[] value, byte[] place, long maxBody) {
    if (value.length < FIXED + CHECK
        || !Arrays.equals(value, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      return new Reading.Altered();
    }
    if (value[MAGIC.length] != VERSION) {
      return new Reading.OtherVersion();
    }
    int end = value.length - CHECK;
    byte[] check = Arrays.copyOfRange(value, end, value.length);
    if (!MessageDigest.isEqual(check, check(value, end))) {
      return new Reading.Altered();
    }
    try {
      SharedValue read = read(ByteBuffer.wrap(value, 5, end - 5), place, maxBody);
      return read == null ? new Reading.Altered() : new Reading.Whole(read);
    } catch (BufferUnderflowException | IllegalArgumentException | IOException e) {
      // Its digest is right, so whoever wrote it was no Spanway.
      return new Reading.Altered();
    }
  }

  private static @Nullable SharedValue read(ByteBuffer from, byte[] place, long maxBody)
      throws IOException {
    byte[] written = new byte[PLACE];
    from.get(written);
    long storedAtMs = from.getLong();
    long ttl = from.getLong();
    long kept = from.getLong();
    int status = from.getShort();
    int fields = from.getShort();
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory().withValidation(true).newHeaders();
    for (int i = 0; i < fields; i++) {
      headers.add(text(from), text(from));
    }
    byte form = from.get();
    int length = from.getInt();
    byte[] payload = new byte[from.remaining()];
    from.get(payload);
    boolean isSane = ttl > 0 && kept >= ttl && length >= 0 && length <= maxBody && form <= GZIP;
    if (!isSane || !MessageDigest.isEqual(written, place)) {
      return null;
    }
    byte[] body = form == GZIP ? inflated(payload, length) : payload;
    if (body.length != length) {
      return null;
    }
    return new SharedValue(
        status,
        headers,
        body,
        form == GZIP ? payload : null,
        storedAtMs,
        Duration.ofMillis(ttl),
        Duration.ofMillis(kept));
  }

  /** Inflates to one byte more than is expected, so that more is noticed and costs nothing. */
  private static byte[] inflated(byte[] gzip, int length) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip), 8192)) {
      byte[] body = in.readNBytes(length);
      return in.read() < 0 ? body : new byte[length + 1];
    }
  }

  private static void put(ByteBuffer to, String text) {
    to.putShort((short) text.length()).put(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String text(ByteBuffer from) {
    byte[] bytes = new byte[Short.toUnsignedInt(from.getShort())];
    from.get(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static byte[] check(byte[] of, int length) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(of, 0, length);
      return Arrays.copyOf(sha256.digest(), CHECK);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
