// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.annotate.DerivedField;
import io.spanway.config.GatewayConfig;
import io.spanway.doctor.CheckResult.Outcome;
import io.spanway.http.GrpcStatus;
import io.spanway.route.BackendKind;
import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ChecksTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");
  private static final String ID = "6513270e269e0d37f2a74de452e6b438";

  @ParameterizedTest
  @CsvSource({
    "3.4.2, 3, 0, OK",
    "3.0.0, 3, 0, OK",
    "2.9.8, 3, 0, FAULT",
    "v2.7.0, 2, 2, OK",
    "2.1.9, 2, 2, FAULT",
    "1.9, 2, 2, FAULT",
    "k215-abc, 3, 0, OK",
  })
  void version_isJudgedByItsNumbers(String version, int major, int minor, Outcome outcome) {
    CheckResult result = VersionCheck.judge("v", version, major, minor);

    assertThat(result.outcome()).isEqualTo(outcome);
    assertThat(result.found()).isEqualTo(version);
    assertThat(result.remedy())
        .isEqualTo(outcome == Outcome.OK ? "" : major + "." + minor + " or later is needed");
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "Sun, 22 Nov 2026 18:00:02 GMT | OK | agrees with this machine's",
        "Sun, 22 Nov 2026 18:00:10 GMT | WARNING | 10 s ahead of this machine's",
        "Sun, 22 Nov 2026 17:58:00 GMT | FAULT | 120 s behind this machine's",
        "nonsense | SKIPPED | its answers have no Date",
        "| SKIPPED | its answers have no Date",
      },
      delimiter = '|')
  void clock_isComparedWithOurs(@Nullable String date, Outcome outcome, String found) {
    CheckResult result = ClockSkewCheck.judge("c", date, NOW);

    assertThat(result.outcome()).isEqualTo(outcome);
    assertThat(result.found()).isEqualTo(found);
  }

  @Test
  void labels_areComparedWithLokis() {
    Set<String> known = Set.of("service_name", "namespace");

    assertThat(LabelsCheck.judge(Set.of("namespace"), known))
        .containsExactly(CheckResult.ok("labels of tracesToLogsV2.tags", "loki has namespace"));
    assertThat(LabelsCheck.judge(Set.of("servicename"), known))
        .containsExactly(
            CheckResult.fault(
                "label servicename",
                "loki has no such label; the tag that names it finds nothing",
                "write value: service_name in tracesToLogsV2.tags"));
    assertThat(LabelsCheck.judge(Set.of("zzz"), known).get(0).remedy())
        .isEqualTo("name a label that Loki has, or say in: structuredMetadata");
    assertThat(LabelsCheck.judge(Set.of(), known).get(0).outcome()).isEqualTo(Outcome.OK);
    assertThat(LabelsCheck.judge(Set.of("a"), null).get(0).outcome()).isEqualTo(Outcome.SKIPPED);
    assertThat(LabelsCheck.judge(Set.of("a"), Set.of()).get(0).outcome())
        .isEqualTo(Outcome.SKIPPED);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "OK | OK | it streams searches at http://t:1",
        "UNIMPLEMENTED | WARNING | it answers at http://t:1 with status 12 UNIMPLEMENTED: m",
        "UNAUTHENTICATED | FAULT | it answers at http://t:1 with status 16 UNAUTHENTICATED: m",
        "INTERNAL | WARNING | it answers at http://t:1 with status 13 INTERNAL: m",
        "| WARNING | no gRPC at http://t:1: m",
      },
      delimiter = '|')
  void grpc_isJudgedByItsStatus(@Nullable GrpcStatus status, Outcome outcome, String found) {
    CheckResult result =
        GrpcCheck.judge("http://t:1", true, new UpstreamAsker.GrpcReply(status, "m"));

    assertThat(result.outcome()).isEqualTo(outcome);
    assertThat(result.found()).isEqualTo(found);
    assertThat(result.remedy().isEmpty()).isEqualTo(outcome == Outcome.OK);
  }

  private record Format(String line, Map<String, String> labels, @Nullable String suggestion) {}

  static Stream<Format> formats() {
    String group = "([0-9a-fA-F]{32})'";
    return Stream.of(
        new Format("a trace_id=" + ID + " b", Map.of(), "matcherRegex: 'trace_id=" + group),
        new Format("{\"traceId\":\"" + ID + "\"}", Map.of(), "matcherRegex: 'traceId\":\"" + group),
        new Format("[trace: " + ID + "]", Map.of(), "matcherRegex: 'trace: " + group),
        new Format("traceparent=00-" + ID + "-x-01", Map.of(), "matcherRegex: '00-" + group),
        new Format("a.b=" + ID, Map.of(), "matcherRegex: 'a\\.b=" + group),
        new Format(ID, Map.of(), null),
        new Format(
            "no ID", Map.of("trace_id", ID), "matcherType: label, matcherRegex: '^trace_id$'"),
        new Format("long=" + ID + "0", Map.of("short", "12"), null),
        new Format("", Map.of(), null));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void idFormat_isSuggestedAsAPattern(Format each) {
    assertThat(IdFormats.suggest(List.of(entry("a", each.line(), each.labels()))))
        .isEqualTo(each.suggestion());
  }

  @Test
  void suggestedPattern_finds() {
    List<LogEntry> lines = List.of(entry("a", "{\"traceId\":\"" + ID + "\"}", Map.of()));
    String suggestion = String.valueOf(IdFormats.suggest(lines));
    String regex = suggestion.substring("matcherRegex: '".length(), suggestion.length() - 1);

    assertThat(
            DerivedFieldsCheck.judge(List.of(DerivedField.regex("TraceID", regex)), null, lines)
                .get(0)
                .outcome())
        .isEqualTo(Outcome.OK);
  }

  @Test
  void derivedFields_areTriedStreamByStream() {
    List<LogEntry> lines =
        List.of(
            entry("cart", "trace_id=" + ID, Map.of()),
            entry("cart", "nothing", Map.of()),
            entry("nginx", "traceID:" + ID, Map.of()));
    List<CheckResult> results =
        DerivedFieldsCheck.judge(
            List.of(
                DerivedField.regex("Good", "[iI][dD][=:](\\w+)"),
                DerivedField.regex("Half", "trace_id=(\\w+)"),
                DerivedField.regex("Bad", "tid=(\\w+)")),
            null,
            lines);

    assertThat(results)
        .containsExactly(
            CheckResult.ok("derived field Good", "found in 2 of 3 lines: cart 50 %, nginx 100 %"),
            CheckResult.warning(
                "derived field Half",
                "found in 1 of 3 lines: cart 50 %, nginx 0 %",
                "the other lines have IDs that this finds: matcherRegex:"
                    + " 'traceID:([0-9a-fA-F]{32})'"),
            CheckResult.fault(
                "derived field Bad",
                "found in 0 of 3 lines: cart 0 %, nginx 0 %",
                "such lines have IDs that this finds: matcherRegex: 'traceID:([0-9a-fA-F]{32})'"));
  }

  private static LogEntry entry(String service, String line, Map<String, String> metadata) {
    return new LogEntry(
        0, line, Labels.of(Map.of("service_name", service)), Labels.of(metadata), Labels.EMPTY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | OK | it answers in 1ms",
        "49 | OK | it answers in 49ms",
        "51 | WARNING | it answers in 51ms, and is waited for 50ms",
        "-1 | FAULT | no answer: refused",
      })
  void redis_isJudgedByHowSoonItAnswers(long millis, String outcome, String found) {
    var reply =
        new UpstreamAsker.RedisReply(
            millis < 0 ? null : Duration.ofMillis(millis), millis < 0 ? "refused" : "");

    CheckResult result = RedisCheck.judge(reply, Duration.ofMillis(50));

    assertThat(result.toString()).contains(outcome).contains(found);
  }

  /** Upstreams that say what a table says; what is not in it is 404. */
  private record Scripted(Map<String, UpstreamAsker.Reply> replies) implements UpstreamAsker {
    @Override
    public Reply ask(BackendKind upstream, String target, String accept) {
      int query = target.indexOf('?');
      String path = query < 0 ? target : target.substring(0, query);
      Reply reply = replies.get(upstream.id() + path);
      return reply == null ? reply(404, "404 page not found") : reply;
    }

    @Override
    public GrpcReply call(String method, byte[] message) {
      return new GrpcReply(null, "no HTTP/2");
    }

    @Override
    public @Nullable RedisReply redis() {
      return null;
    }

    @Override
    public TlsReply handshake(String host, int port, String name) {
      return new TlsReply(List.of(), "connection refused");
    }

    @Override
    public @Nullable String tenant(BackendKind upstream) {
      return upstream == BackendKind.TEMPO ? "t" : null;
    }
  }

  private static UpstreamAsker.Reply reply(int status, String body) {
    return new UpstreamAsker.Reply(status, body.getBytes(StandardCharsets.UTF_8), null, "");
  }

  private static DoctorReport examine(Map<String, UpstreamAsker.Reply> replies) throws Exception {
    return Doctor.examine(GatewayConfig.DEFAULT, new Scripted(replies), InstantSource.fixed(NOW));
  }

  @Test
  void upstreamThatIsNotThere_isOneFaultAndNotTen() throws Exception {
    UpstreamAsker.Reply refused =
        new UpstreamAsker.Reply(0, new byte[0], null, "connection refused");
    DoctorReport report = examine(Map.of("loki/ready", refused, "tempo/ready", refused));

    assertThat(report.isHealthy()).isFalse();
    assertThat(report.text())
        .contains(
            "fault   loki answers: no answer at http://loki:3100: connection refused\n"
                + "        -> is loki.urls right, and does it run there?\n")
        .contains("fault   tempo answers: no answer at")
        .contains("skipped loki's version: loki does not answer")
        .endsWith("2 faults, 0 warnings\n");
  }

  @Test
  void tenantThatIsMissing_isToldFromOneThatIsRefused() throws Exception {
    DoctorReport report =
        examine(
            Map.of(
                "loki/ready",
                reply(200, "ready"),
                "tempo/ready",
                reply(503, "starting"),
                "loki/loki/api/v1/labels",
                reply(401, "no org id\n"),
                "tempo/api/search/tags",
                reply(403, "not you"),
                "loki/loki/api/v1/format_query",
                reply(400, "parse error")));

    assertThat(report.text())
        .contains("fault   tempo answers: it is at http://tempo:3200 but not ready: 503 starting")
        .contains("fault   loki's version: it does not know |= \"a\" or \"b\"")
        .contains("fault   loki's tenant: it answers 401 for no tenant: no org id")
        .contains("loki.tenant and loki.auth say them")
        .contains("fault   tempo's tenant: it answers 403 for tenant \"t\": not you")
        .contains("-> look at tempo.tenant and tempo.auth");
  }

  @Test
  void lokiWithoutLogs_isAWarning() throws Exception {
    DoctorReport report =
        examine(
            Map.of(
                "loki/ready",
                reply(200, "ready"),
                "tempo/ready",
                reply(200, "ready"),
                "loki/loki/api/v1/labels",
                reply(200, "{\"status\":\"success\"}"),
                "tempo/api/search/tags",
                reply(200, "{}"),
                "loki/loki/api/v1/format_query",
                reply(200, "{}")));

    assertThat(report.isHealthy()).isTrue();
    assertThat(report.text())
        .contains("warning loki's tenant: it has no logs of the last 6 hours for no tenant")
        .contains("-> is X-Scope-OrgID missing? Set loki.tenant")
        .contains("ok      loki's version: it does not say, but it knows |= \"a\" or \"b\"")
        .contains(
            "warning tempo's gRPC: no gRPC at http://tempo:3200: no HTTP/2\n        -> set"
                + " stream_over_http_enabled: true in Tempo, or name its gRPC port in"
                + " tempo.grpcUrls, or leave streaming off in Grafana's Tempo data source"
                + " (streamingEnabled)")
        .endsWith("0 faults, 2 warnings\n");
    assertThat(report.json()).contains("\"healthy\" : true", "\"outcome\" : \"warning\"");
  }
}
