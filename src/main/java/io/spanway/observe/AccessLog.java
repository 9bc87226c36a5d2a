// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.netty.util.concurrent.FastThreadLocal;
import io.spanway.proxy.ExchangeListener;
import io.spanway.proxy.ExchangeSummary;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * One JSON line for each request. What comes from clients is escaped, so that nobody can write a
 * line of their own. Query strings are left out: they hold log content and, in bad set-ups,
 * secrets. Thread-safe.
 */
public final class AccessLog implements ExchangeListener {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private static final int USUAL_LINE = 512;
  private static final int LONGEST_KEPT = 8 * 1024;

  private final InstantSource clock;
  private final LineWriter out;
  private final FastThreadLocal<StringBuilder> lines =
      new FastThreadLocal<>() {
        @Override
        protected StringBuilder initialValue() {
          return new StringBuilder(USUAL_LINE);
        }
      };
  private volatile Second second = new Second(Long.MIN_VALUE, "");

  /** The text of a second, which many lines share. */
  private record Second(long epoch, String text) {}

  /**
   * Creates the log.
   *
   * @param out where the lines go
   */
  public AccessLog(InstantSource clock, LineWriter out) {
    this.clock = clock;
    this.out = out;
  }

  @Override
  public void finished(ExchangeSummary summary) {
    StringBuilder line = lines.get();
    write(summary, line);
    out.add(line);
    line.setLength(0);
    if (line.capacity() > LONGEST_KEPT) {
      lines.remove();
    }
  }

  void write(ExchangeSummary summary, StringBuilder line) {
    line.append("{\"time\":\"");
    time(line);
    line.append('"');
    text(line, ",\"operation\":\"", summary.operation().id());
    text(line, ",\"method\":\"", summary.method());
    text(line, ",\"path\":\"", summary.path());
    line.append(",\"status\":").append(summary.status());
    text(line, ",\"flag\":\"", summary.flag());
    text(line, ",\"cache\":\"", summary.cache());
    text(line, ",\"rewrite\":\"", summary.rewriteRule());
    text(line, ",\"rewriteOutcome\":\"", summary.rewriteOutcome());
    text(line, ",\"traceId\":\"", summary.trace().traceId());
    text(line, ",\"tenant\":\"", summary.tenant());
    text(line, ",\"client\":\"", summary.client());
    line.append(",\"bytes\":").append(summary.bytes());
    millis(line, ",\"ms\":", summary.totalNanos());
    if (summary.upstreamRequests() > 0) {
      millis(line, ",\"upstreamMs\":", summary.upstreamNanos());
      line.append(",\"upstreamRequests\":").append(summary.upstreamRequests());
    }
    text(line, ",\"detail\":\"", summary.detail());
    line.append("}\n");
  }

  /** Appends the time as ISO 8601 has it. */
  private void time(StringBuilder line) {
    Instant now = clock.instant();
    Second known = second;
    if (known.epoch() != now.getEpochSecond()) {
      String text = Instant.ofEpochSecond(now.getEpochSecond()).toString();
      known = new Second(now.getEpochSecond(), text.substring(0, text.length() - 1));
      second = known;
    }
    line.append(known.text()).append('.');
    for (int nanos = now.getNano(), unit = 100_000_000; unit > 0; unit /= 10) {
      line.append((char) ('0' + nanos / unit % 10));
    }
    line.append('Z');
  }

  private static void millis(StringBuilder line, String start, long nanos) {
    long micros = nanos / 1000;
    line.append(start).append(micros / 1000).append('.');
    long rest = micros % 1000;
    line.append((char) ('0' + rest / 100))
        .append((char) ('0' + rest / 10 % 10))
        .append((char) ('0' + rest % 10));
  }

  /** Appends a member that begins so; none for null. */
  private static void text(StringBuilder line, String start, @Nullable String value) {
    if (value == null) {
      return;
    }
    line.append(start);
    if (isPlain(value)) {
      line.append(value);
    } else {
      escape(line, value);
    }
    line.append('"');
  }

  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c >= 0x7f || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  private static void escape(StringBuilder line, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        line.append('\\').append(c);
      } else if (c < ' ' || c >= 0x7f) {
        line.append("\\u")
            .append(HEX[c >> 12])
            .append(HEX[c >> 8 & 15])
            .append(HEX[c >> 4 & 15])
            .append(HEX[c & 15]);
      } else {
        line.append(c);
      }
    }
  }
}
