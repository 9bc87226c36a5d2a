// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.spanway.proxy.ExchangeListener;
import io.spanway.proxy.ExchangeSummary;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line for each request, to the logger {@code io.spanway.access}. What comes from clients
 * is escaped, so that nobody can write a line of their own. Query strings are left out: they hold
 * log content and, in bad set-ups, secrets. Thread-safe.
 */
public final class AccessLog implements ExchangeListener {
  private static final Logger LOG = LoggerFactory.getLogger("io.spanway.access");
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final InstantSource clock;

  /** Creates the log. */
  public AccessLog(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public void finished(ExchangeSummary summary) {
    if (LOG.isInfoEnabled()) {
      LOG.info(line(summary));
    }
  }

  String line(ExchangeSummary summary) {
    StringBuilder line = new StringBuilder(320);
    line.append("{\"time\":\"").append(clock.instant()).append('"');
    text(line, "operation", summary.operation().id());
    text(line, "method", summary.method());
    text(line, "path", summary.path());
    line.append(",\"status\":").append(summary.status());
    text(line, "flag", summary.flag());
    text(line, "cache", summary.cache());
    text(line, "rewrite", summary.rewriteRule());
    text(line, "rewriteOutcome", summary.rewriteOutcome());
    text(line, "traceId", summary.traceId());
    text(line, "tenant", summary.tenant());
    text(line, "client", summary.client());
    line.append(",\"bytes\":").append(summary.bytes());
    millis(line, "ms", summary.totalNanos());
    if (summary.upstreamRequests() > 0) {
      millis(line, "upstreamMs", summary.upstreamNanos());
      line.append(",\"upstreamRequests\":").append(summary.upstreamRequests());
    }
    text(line, "detail", summary.detail());
    return line.append('}').toString();
  }

  private static void millis(StringBuilder line, String name, long nanos) {
    long micros = nanos / 1000;
    line.append(",\"").append(name).append("\":").append(micros / 1000).append('.');
    long rest = micros % 1000;
    line.append((char) ('0' + rest / 100))
        .append((char) ('0' + rest / 10 % 10))
        .append((char) ('0' + rest % 10));
  }

  private static void text(StringBuilder line, String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    line.append(",\"").append(name).append("\":\"");
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
    line.append('"');
  }
}
