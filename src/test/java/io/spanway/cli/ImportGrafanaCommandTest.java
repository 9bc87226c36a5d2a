// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.config.ConfigLoader;
import io.spanway.config.GatewayConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class ImportGrafanaCommandTest {
  private static final String PROVISIONING =
      """
      apiVersion: 1
      datasources:
        - name: Traces
          type: tempo
          url: http://$TEMPO_HOST:3200
          basicAuth: true
          basicAuthUser: ann
          jsonData:
            httpHeaderName1: X-Scope-OrgID
            httpHeaderName2: X-Other
            nodeGraph: { enabled: true }
            tracesToLogsV2:
              datasourceUid: loki
              spanStartTimeShift: '-2s'
              tags: [{ key: service.name, value: app }]
              customQuery: true
              query: '{$${__tags}} |= "$${__trace.traceId}"'
          secureJsonData:
            basicAuthPassword: hunter2
            httpHeaderValue1: $TENANT
        - { name: Metrics, type: prometheus, url: 'http://p:9090' }
        - name: Logs
          type: loki
          url: ${LOKI_URL}
          jsonData:
            derivedFields:
              - name: TraceID
                matcherRegex: 'id=(\\w+)$$'
                url: '$${__value.raw}'
                datasourceUid: tempo
        - { name: More, type: loki, url: 'http://l:3100' }
      """;

  @TempDir private Path folder;

  private record Run(int exitCode, String out, String err) {}

  private static Run run(Object... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    int exitCode = command.execute(texts);
    return new Run(exitCode, out.toString(), err.toString());
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void provisioning_becomesAConfigurationThatLoads() throws Exception {
    Run run = run("import-grafana", file("ds.yaml", PROVISIONING));

    assertThat(run.err())
        .contains(
            "note: Metrics: not taken over: of type prometheus",
            "note: More: not taken over: another data source of type loki",
            "note: Traces: set TEMPO_PASSWORD to its basicAuthPassword; secrets are not copied",
            "note: Traces: not taken over: the header X-Other",
            "note: Traces: not taken over: jsonData.nodeGraph",
            "note: Traces: set spanStartTimeShift to 0 in Grafana");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out() + run.err()).doesNotContain("hunter2");
    GatewayConfig config =
        ConfigLoader.load(
                file("spanway.yaml", run.out()),
                Map.of(
                    "TEMPO_HOST", "t",
                    "LOKI_URL", "http://l:3100",
                    "TEMPO_PASSWORD", "p",
                    "TENANT", "team"))
            .config();
    assertThat(config.tempo().urls()).extracting("host").containsExactly("t");
    assertThat(config.loki().urls()).extracting("host").containsExactly("l");
    assertThat(config.tempo().tenant()).isEqualTo("team");
    assertThat(config.tempo().auth().username()).isEqualTo("ann");
    assertThat(config.tracesToLogsV2().query()).isEqualTo("{${__tags}} |= \"${__trace.traceId}\"");
    assertThat(config.derivedFields())
        .singleElement()
        .satisfies(
            field -> {
              assertThat(field.matcherRegex()).isEqualTo("id=(\\w+)$");
              assertThat(field.url()).isEqualTo("${__value.raw}");
            });
  }

  @Test
  void answerOfTheApi_hasSingleDollars_andTheOlderBlock() throws Exception {
    Run run =
        run(
            "import-grafana",
            file(
                "api.json",
                """
                [{"name":"T","type":"tempo","url":"http://t:3200","jsonData":{"tracesToLogs":{
                  "datasourceUid":"x","mapTagNamesEnabled":true,
                  "mappedTags":[{"key":"service.name","value":"svc"}]}}}]
                """));

    assertThat(run.exitCode()).isZero();
    GatewayConfig config = ConfigLoader.load(file("spanway.yaml", run.out()), Map.of()).config();
    assertThat(config.tracesToLogsV2().tags()).extracting("value").containsExactly("svc");
  }

  @Test
  void fileThatIsThere_isWrittenOverOnlyByForce() throws Exception {
    Path source = file("ds.yaml", PROVISIONING);
    Path target = file("spanway.yaml", "mine");

    Run refused = run("import-grafana", source, "-o", target);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("is there already (--force writes over it)");
    assertThat(target).hasContent("mine");

    assertThat(run("import-grafana", source, "-o", target, "--force").exitCode()).isZero();
    assertThat(target).content().startsWith("loki:\n");
  }

  @Test
  void fileWithoutDataSources_orNotThere_isRefused() throws Exception {
    assertThat(run("import-grafana", file("none.yaml", "datasources: []\n")))
        .satisfies(
            run -> {
              assertThat(run.exitCode()).isEqualTo(2);
              assertThat(run.err()).contains("has no data source of type tempo or loki");
            });
    assertThat(run("import-grafana", folder.resolve("gone.yaml")).exitCode()).isEqualTo(2);
  }

  @Test
  void resultThatCannotBeUsed_isWrittenAndToldOf() throws Exception {
    Run run =
        run(
            "import-grafana",
            file("a.yaml", "datasources: [{ name: L, type: loki, url: 'ftp://l' }]\n"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).contains("ftp://l");
    assertThat(run.err()).contains("error: the configuration:", "loki.urls");
  }
}
