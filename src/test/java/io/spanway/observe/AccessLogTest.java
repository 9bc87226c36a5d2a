// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.TraceContext;
import io.spanway.proxy.ExchangeSummary;
import io.spanway.route.Operation;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class AccessLogTest {
  private final AccessLog log =
      new AccessLog(
          InstantSource.fixed(Instant.parse("2025-01-02T03:04:05.0607Z")),
          new LineWriter(lines -> {}));

  private static ExchangeSummary summary(
      String method, String path, @Nullable String tenant, @Nullable String detail) {
    return new ExchangeSummary(
        Operation.LOKI_QUERY_RANGE,
        method,
        path,
        502,
        detail == null ? null : "UF",
        "miss",
        "grafana-g4",
        "found",
        TraceContext.recorded("6513270e269e0d37f2a74de452e6b438", "6dfd177e410d6526"),
        tenant,
        "10.0.0.1",
        42,
        12_345_678,
        2_000_001,
        2,
        detail);
  }

  private String line(ExchangeSummary summary) {
    StringBuilder line = new StringBuilder();
    log.write(summary, line);
    return line.toString();
  }

  @Test
  void line_isOneObjectWithAllThatIsKnown() {
    JsonNode line =
        JsonMapper.shared()
            .readTree(line(summary("GET", "/loki/api/v1/query_range", "team-a", "refused")));

    assertThat(line.path("time").asString()).isEqualTo("2025-01-02T03:04:05.060700000Z");
    assertThat(line.path("operation").asString()).isEqualTo("loki_query_range");
    assertThat(line.path("status").asInt()).isEqualTo(502);
    assertThat(line.path("flag").asString()).isEqualTo("UF");
    assertThat(line.path("cache").asString()).isEqualTo("miss");
    assertThat(line.path("rewrite").asString()).isEqualTo("grafana-g4");
    assertThat(line.path("rewriteOutcome").asString()).isEqualTo("found");
    assertThat(line.path("traceId").asString()).isEqualTo("6513270e269e0d37f2a74de452e6b438");
    assertThat(line.path("tenant").asString()).isEqualTo("team-a");
    assertThat(line.path("bytes").asLong()).isEqualTo(42);
    assertThat(line.path("ms").asDouble()).isEqualTo(12.345);
    assertThat(line.path("upstreamMs").asDouble()).isEqualTo(2.0);
    assertThat(line.path("upstreamRequests").asInt()).isEqualTo(2);
    assertThat(line.path("detail").asString()).isEqualTo("refused");
  }

  @Test
  void unknownParts_areLeftOut() {
    assertThat(line(summary("GET", "/", null, null)))
        .doesNotContain("tenant", "flag", "detail", "null");
  }

  @Test
  void whatClientsWrite_staysInsideItsString() {
    String evil = "a\"},\n{\"status\":200}\r\u2028\u0000\u001b[31m\\\u007f\ud800é";
    String line = line(summary(evil, evil, evil, evil));

    assertThat(line).endsWith("}\n");
    assertThat(line.chars().limit(line.length() - 1)).allMatch(c -> c >= ' ' && c < 0x7f);
    JsonNode read = JsonMapper.shared().readTree(line);
    assertThat(read.path("status").asInt()).isEqualTo(502);
    for (String name : new String[] {"method", "path", "tenant", "detail"}) {
      assertThat(read.path(name).asString()).isEqualTo(evil);
    }
  }
}
