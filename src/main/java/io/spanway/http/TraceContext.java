// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The position of a request in a distributed trace: the {@code traceparent} header of W3C Trace
 * Context (version 00; later versions are read as the recommendation says). {@code tracestate} is
 * nobody's business here and stays as it is. Immutable.
 */
public final class TraceContext {
  /** The header's name. */
  public static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");

  private static final int LENGTH = 55;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] NOT_SAMPLED =
      ("00-" + "0".repeat(32) + "-" + "0".repeat(16) + "-00").getBytes(StandardCharsets.ISO_8859_1);

  private final String header;
  private final boolean received;

  private TraceContext(String header, boolean received) {
    this.header = header;
    this.received = received;
  }

  /**
   * Returns the context that a request came with, or a new one when it has none, an invalid one or
   * several. A new one is not sampled: that is for whoever records spans to decide.
   *
   * @param headers the request's headers, lent
   * @param random a source of random numbers, asked only for a new context
   */
  public static TraceContext of(HttpHeaders headers, LongSupplier random) {
    String value = headers.get(TRACEPARENT);
    if (value != null) {
      TraceContext parsed = parse(value);
      if (parsed != null) {
        List<String> all = headers.getAll(TRACEPARENT);
        if (all.size() == 1) {
          return parsed;
        }
      }
    }
    return create(random);
  }

  /** Reads a header value; null when it is not valid. */
  public static @Nullable TraceContext parse(String value) {
    if (value.length() < LENGTH || value.startsWith("ff")) {
      return null;
    }
    boolean known = value.startsWith("00");
    if (value.length() > LENGTH && (known || value.charAt(LENGTH) != '-')) {
      return null;
    }
    boolean valid =
        isHex(value, 0, 2)
            && value.charAt(2) == '-'
            && isHex(value, 3, 35)
            && !isZero(value, 3, 35)
            && value.charAt(35) == '-'
            && isHex(value, 36, 52)
            && !isZero(value, 36, 52)
            && value.charAt(52) == '-'
            && isHex(value, 53, 55);
    return valid ? new TraceContext(value, true) : null;
  }

  private static TraceContext create(LongSupplier random) {
    byte[] text = NOT_SAMPLED.clone();
    putHex(nonZero(random), text, 3);
    putHex(random.getAsLong(), text, 19);
    putHex(nonZero(random), text, 36);
    return new TraceContext(new String(text, StandardCharsets.ISO_8859_1), false);
  }

  /**
   * Returns the context of a span that is recorded here.
   *
   * @param traceId 32 lower-case hex digits, not all zero
   * @param spanId 16 lower-case hex digits, not all zero
   */
  public static TraceContext recorded(String traceId, String spanId) {
    return new TraceContext("00-" + traceId + "-" + spanId + "-01", false);
  }

  /** Returns the trace's ID: 32 lower-case hex digits, not all zero. */
  public String traceId() {
    return header.substring(3, 35);
  }

  /** Returns the ID of the span that made the request: 16 lower-case hex digits, not all zero. */
  public String spanId() {
    return header.substring(36, 52);
  }

  /** Says whether the caller may have recorded the trace. */
  public boolean isSampled() {
    return (Character.digit(header.charAt(54), 16) & 1) != 0;
  }

  /** Says whether the client sent it; if not, it was made here. */
  public boolean isReceived() {
    return received;
  }

  /** Returns the header's value. */
  public String header() {
    return header;
  }

  /** Puts it on {@code outbound}; does nothing where it already is. */
  public void writeTo(HttpHeaders outbound) {
    if (!header.equals(outbound.get(TRACEPARENT))) {
      outbound.set(TRACEPARENT, header);
    }
  }

  @Override
  public String toString() {
    return header;
  }

  private static long nonZero(LongSupplier random) {
    long value = random.getAsLong();
    // A broken source must not hang a request; one is as good an ID as any.
    return value == 0 ? 1 : value;
  }

  private static void putHex(long value, byte[] to, int at) {
    for (int i = 0; i < 16; i++) {
      to[at + i] = HEX[(int) (value >>> (60 - 4 * i)) & 15];
    }
  }

  private static boolean isHex(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) != '0') {
        return false;
      }
    }
    return true;
  }
}
