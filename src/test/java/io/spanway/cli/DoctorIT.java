// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.spanway.app.DemoApp;
import io.spanway.it.ScriptGateway;
import io.spanway.testing.FakeRedis;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code spanway doctor} and {@code spanway explain} against the demo. */
final class DoctorIT {
  private static final String TRACE = "6513270e269e0d37f2a74de452e6b438";

  private static final String GOOD =
      """
      tracesToLogsV2:
        tags: [{ key: service.name, value: service_name }]
        spanStartTimeShift: '-2s'
        spanEndTimeShift: '2s'
      derivedFields:
        - { name: TraceID, matcherRegex: '(?i)(?:trace_?id"?[=:]"?)(\\w+)', url: 'https://t.example/${__value.raw}' }
      """;

  private static final String BROKEN =
      """
      tracesToLogsV2:
        tags: [{ key: service.name, value: servicename }]
      derivedFields:
        - { name: TraceID, matcherRegex: 'tid=(\\w+)', url: 'https://t.example/${__value.raw}' }
      """;

  private static DemoApp demo;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    demo = DemoApp.start(0, true, "test");
  }

  @AfterAll
  static void stop() {
    demo.close();
  }

  private record Run(int exitCode, String out, String err) {}

  private static Run run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = command.execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }

  private String file(String upstreams, String more) throws Exception {
    return Files.writeString(folder.resolve("spanway.yaml"), upstreams + more).toString();
  }

  private static String upstreams() {
    return "loki: { urls: ['%s'] }\ntempo: { urls: ['%s'] }\n".formatted(demo.loki(), demo.tempo());
  }

  @Test
  void goodConfiguration_isHealthy() throws Exception {
    Run run = run("doctor", "--config", file(upstreams(), GOOD));

    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    assertThat(run.out())
        .contains("ok      loki answers")
        .contains("ok      tempo answers")
        .contains("ok      labels of tracesToLogsV2.tags: loki has service_name")
        .contains("recent spans lead to streams")
        .contains("ok      from the newest trace to its lines: trace ")
        .contains("0 faults, ");
  }

  @Test
  void brokenConfiguration_hasEveryFaultNamed() throws Exception {
    Run run = run("doctor", "--json", "--config", file(upstreams(), BROKEN));
    JsonNode report = JsonMapper.shared().readTree(run.out());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(report.path("healthy").asBoolean()).isFalse();
    assertThat(report.path("checks").toString())
        .contains(
            "{\"check\":\"label servicename\",\"outcome\":\"fault\",\"found\":\"loki has no such"
                + " label; the tag that names it finds nothing\",\"remedy\":\"write value:"
                + " service_name in tracesToLogsV2.tags\"}")
        .contains("\"check\":\"derived field TraceID\",\"outcome\":\"fault\"")
        .contains("such lines have IDs that this finds: matcherRegex: ")
        .contains("\"check\":\"tags of service checkout\",\"outcome\":\"fault\"")
        .contains("loki has no label servicename (nearest: service_name)")
        .contains(
            "\"check\":\"from the newest trace to its lines\",\"outcome\":\"fault\"",
            "no lines: Loki has no label servicename around that time (nearest: service_name)");
  }

  /** All that can be wrong at once where both upstreams still answer, and nothing beside it. */
  private static final String REDIS_NOWHERE = "cache: { redis: { url: 'redis://127.0.0.1:1' } }\n";

  @Test
  void setUpWithManyFaults_hasEachNamedOnce() throws Exception {
    X509Bundle expired =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=spanway")
            .setIsCertificateAuthority(true)
            .addSanDnsName("spanway.example")
            .notBefore(Instant.parse("2020-01-01T00:00:00Z"))
            .notAfter(Instant.parse("2020-02-01T00:00:00Z"))
            .buildSelfSigned();
    X509Bundle other =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=o")
            .setIsCertificateAuthority(true)
            .addSanDnsName("o.example")
            .buildSelfSigned();
    for (X509Bundle each : new X509Bundle[] {expired, other}) {
      String name = each == expired ? "expired" : "other";
      Files.writeString(folder.resolve(name + ".pem"), each.getCertificatePEM());
      Files.writeString(folder.resolve(name + ".key"), each.getPrivateKeyPEM());
    }
    String tls =
        """
        server:
          tls:
            certFile: %1$s/expired.pem
            keyFile: %1$s/expired.key
            sni: [{ hosts: [b.example], certFile: %1$s/other.pem, keyFile: %1$s/other.key }]
        """
            .formatted(folder);
    String nobody = "https://127.0.0.1:1";
    String upstreams =
        "loki: { urls: ['%s'] }\ntempo: { urls: ['%s'], grpcUrls: ['%s'] }\n"
            .formatted(demo.loki(), demo.tempo(), nobody);
    Run run = run("doctor", "--json", "--config", file(upstreams, BROKEN + tls + REDIS_NOWHERE));
    List<String> wrong = new ArrayList<>();
    for (JsonNode each : JsonMapper.shared().readTree(run.out()).path("checks")) {
      String outcome = each.path("outcome").asString();
      if (outcome.equals("fault") || outcome.equals("warning")) {
        wrong.add(outcome + " " + each.path("check").asString());
        assertThat(each.path("remedy").asString()).as(each.toString()).isNotEmpty();
      }
    }

    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.out())
        .contains("it expired at 2020-02-01T00:00:00Z", "put a new one into " + folder)
        .contains("it is not for b.example, but for o.example");
    assertThat(wrong)
        .contains(
            "fault the listener's certificate",
            "fault the listener's certificate for b.example",
            "fault tempo's certificate at " + nobody,
            "warning tempo's gRPC",
            "fault redis",
            "fault label servicename",
            "fault derived field TraceID",
            "fault tags of service checkout",
            "fault from the newest trace to its lines")
        .doesNotHaveDuplicates();
  }

  @Test
  void redisThatAnswers_isWell() throws Exception {
    try (FakeRedis redis = FakeRedis.start()) {
      String upstreams =
          "loki: { urls: ['%s'] }\ntempo: { urls: ['%s'] }\n".formatted(demo.loki(), demo.tempo());
      String cache = "cache: { redis: { url: '" + redis.url() + "', timeout: 1s } }\n";
      Run run = run("doctor", "--config", file(upstreams, GOOD + cache));

      assertThat(run.out()).as(run.err()).contains("ok      redis").contains("it answers in ");
    }
  }

  @Test
  void swappedAddresses_areFound() throws Exception {
    String swapped =
        "loki: { urls: ['%s'] }\ntempo: { urls: ['%s'] }\n".formatted(demo.tempo(), demo.loki());
    Run run = run("doctor", "--config", file(swapped, GOOD));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("fault   loki's tenant", "is this address really a loki?")
        .contains("fault   tempo's tenant", "is this address really a tempo?");
  }

  @Test
  void closedPorts_areFaultsWithTheReason() throws Exception {
    Run run =
        run(
            "doctor",
            "--config",
            file(
                "loki: { urls: ['http://127.0.0.1:1'] }\ntempo: { urls: ['http://127.0.0.1:1'] }\n",
                GOOD));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("fault   loki answers: no answer at http://127.0.0.1:1", "2 faults, 0 warnings");
  }

  @Test
  void unusableFile_isExitCodeTwo() throws Exception {
    assertThat(run("doctor", "--config", file("loki: 3\n", "")).exitCode()).isEqualTo(2);
  }

  @Test
  void adminPage_examinesTheRunningGateway() {
    try (ScriptGateway gateway =
        ScriptGateway.start(demo.loki().getPort(), demo.tempo().getPort(), BROKEN)) {
      assertThat(gateway.admin("GET", "/-/doctor").body())
          .contains("fault   label servicename", "-> write value: service_name");
      assertThat(
              gateway
                  .send("GET", gateway.adminUrl() + "/-/doctor", "", "Accept", "application/json")
                  .body())
          .startsWith("{")
          .contains("\"healthy\" : false");
      assertThat(gateway.admin("DELETE", "/-/doctor").statusCode()).isEqualTo(405);
      assertThat(gateway.get("/-/doctor").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void explain_printsWhatIsDone() {
    String url = demo.spanway().toString();
    Run byId = run("explain", TRACE, "--url", url);
    Run byQuery = run("explain", "--query", "{a=\"b\"} |= \"" + TRACE + "\"", "--url", url + "/");

    assertThat(byId.exitCode()).as(byId.err()).isZero();
    assertThat(JsonMapper.shared().readTree(byId.out()).path("rule").asString())
        .isEqualTo("script");
    assertThat(byQuery.exitCode()).as(byQuery.err()).isZero();
    assertThat(JsonMapper.shared().readTree(byQuery.out()).path("rule").asString())
        .startsWith("grafana-");
    assertThat(run("explain", "xyz", "--url", url).err()).contains("400").hasLineCount(1);
    assertThat(run("explain", "--url", url).err()).contains("say what is to be explained");
    assertThat(run("explain", TRACE, "--url", "a b").exitCode()).isEqualTo(2);
    assertThat(run("explain", TRACE, "--url", "http://127.0.0.1:1").err())
        .contains("no answer at http://127.0.0.1:1: connection refused");
  }
}
