// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.spanway.config.ConfigProblem.Severity;
import io.spanway.correlate.CorrelateConfig;
import io.spanway.server.ListenAddress;
import io.spanway.units.Secret;
import io.spanway.upstream.UpstreamAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigLoaderTest {
  @TempDir Path directory = Path.of("");

  @Test
  void file_isLoaded() throws Exception {
    Files.writeString(directory.resolve("pw"), "from a file\n");

    GatewayConfig config =
        load(
                """
                server: { listen: "[::]:${PORT:-3101}" }
                loki:
                  urls: [ 'http://${LOKI}' ]
                  auth: { username: me, password: file:pw }
                tempo:
                  auth: { bearer: "${TOKEN}" }
                  tenant: "012"
                """,
                Map.of("LOKI", "gw:80/base", "TOKEN", "t0ken"))
            .config();

    assertThat(config.server().listen()).isEqualTo(new ListenAddress("::", 3101));
    assertThat(config.loki().urls()).containsExactly(new UpstreamAddress("gw", 80, "/base"));
    assertThat(config.loki().auth().password()).isEqualTo(new Secret("from a file"));
    assertThat(config.tempo().auth().bearer()).isEqualTo(new Secret("t0ken"));
    assertThat(config.tempo().tenant()).isEqualTo("012");
    assertThat(config.tempo().urls()).isEqualTo(GatewayConfig.DEFAULT.tempo().urls());
    assertThat(config.toString()).doesNotContain("t0ken", "from a file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n", "\ufeff"})
  void emptyFile_hasTheDefaultsAndSaysSo(String text) throws Exception {
    LoadedConfig loaded = load(text, Map.of());

    assertThat(loaded.config()).isEqualTo(GatewayConfig.DEFAULT);
  }

  @Test
  void byteOrderMark_isNoPartOfTheFirstKey() throws Exception {
    assertThat(load("\ufeffserver: { threads: 3 }\r\n", Map.of()).config().server().threads())
        .isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'[a, b]' | 1:1: was a list (expected: a mapping of server, admin, ",
        "hello | 1:1: was a single value (expected: a mapping of server, admin, ",
        "'a: [1,' | 1:7: was not YAML: expected the node content, but found '<stream end>'",
        "'a: b: c' | 1:5: was not YAML: mapping values are not allowed here",
        "'a: \"x' | 1:6: was not YAML: found unexpected end of stream",
        "'? [a]\n: b' | 1:4: was not YAML: Expected a property name",
        "'loki:\n\turls: []' | 2:1: was not YAML: found character '\\t(TAB)' that cannot start any"
            + " token. (Do not use \\t(TAB) for indentation)",
        "'server: {}\n---\nadmin: {}' | 3:1: was a second document (expected: one in the file)",
        "'a: 1\nb: \u001b[0m' | 2:4: was the character U+001B (expected: a YAML file)",
        "'servr: {}' | 1:1 servr: is not a key here (expected: server?)",
        "'server:\n  listen: 3100' | 2:11 server.listen: was \"3100\" (expected: host:port, such as"
            + " 0.0.0.0:3100)",
        "'server: { threads: -1 }' | 1:11 server.threads: was -1 (expected: 0 to 1024)",
        "'server: { transport: epoll }' | 1:22 server.transport: was \"epoll\" (expected: one of"
            + " auto, nio)",
        "'server: { idleTimeout: 0 }' | 1:11 server.idleTimeout: was 0s (expected: 1ms or more)",
        "'server: { maxHead: 1KiB }' | 1:11 server.maxHead: was 1KiB (expected: 8KiB to 16MiB)",
        "'loki: { urls: [ftp://x] }' | 1:16 loki.urls[0]: was \"ftp://x\" (expected: a URL such as"
            + " http://loki:3100)",
        "'loki: { urls: [] }' | 1:9 loki.urls: was a list of 0 (expected: 1 to 64)",
        "'loki: { urls: [http://a, http://a] }' | 1:9 loki.urls: was a list with the same URL twice"
            + " (expected: each once)",
        "'loki: { auth: { username: me } }' | 1:17 loki.auth.username: was set alone (expected:"
            + " password too)",
        "'loki: { auth: { username: me, password: hunter2 } }' | 1:41 loki.auth.password: was"
            + " written into the file (expected: ${NAME} or file:/path, so that the file can be"
            + " shown)",
        "'loki: { auth: { bearer: hunter2 } }' | 1:25 loki.auth.bearer: was written into the file"
            + " (expected: ${NAME} or file:/path, so that the file can be shown)",
        "'loki: { timeouts: { connect: 0s } }' | 1:21 loki.timeouts.connect: was 0s (expected: 1ms"
            + " or more)",
        "'limits: { maxForm: 2GiB }' | 1:11 limits.maxForm: was 2GiB (expected: 1KiB to 1GiB)",
        "'limits: { maxLogLimit: 0 }' | 1:11 limits.maxLogLimit: was 0 (expected: 1 to 1000000)",
        "'limits: { classes: { slow: { maxTailsPerCaller: -1 } } }' | 1:30"
            + " limits.classes.slow.maxTailsPerCaller: was -1 (expected: 0 to 1000000)",
        "'limits: { classes: { default: {} } }' | 1:22 limits.classes.default: is not a class"
            + " (expected: another name; for callers of no class there are rate,"
            + " maxInFlightPerCaller and maxTailsPerCaller)",
        "'identity: { auth: { callers: [{ name: a }, { name: b, rateClass: gold }] } }' | 1:55"
            + " identity.auth.callers[1].rateClass: was gold (expected: a name in limits.classes,"
            + " or default)",
        "'identity: { auth: { method: mtls, callers: [{ name: O=x }] } }' | 1:21"
            + " identity.auth.method: was mtls (expected: another, or server.tls with clientCaFile"
            + " and clientAuth: no client is asked for a certificate)",
        "'grafana: { url: grafana }' | 1:12 grafana.url: was \"grafana\" (expected: an address such"
            + " as https://grafana.example)",
      })
  void badFile_isRefusedWithPlaceAndExpectation(String text, String problem) {
    ConfigException refused = refusal(text);

    assertThat(refused.problems()).hasSize(1);
    assertThat(refused).message().startsWith(path() + ":" + problem);
  }

  @Test
  void allProblemsOfAFile_areInTheMessageInOrder() {
    ConfigException refused =
        refusal(
            """
            server: { threads: many, maxHead: 1B }
            admin: { listen: nowhere }
            loki: { tenant: a b, maxConnections: -1 }
            loki: {}
            telemetry: { accessLog: { enabled: "${MISSING}" } }
            """);

    assertThat(refused.getMessage().lines().map(line -> line.substring(path().toString().length())))
        .containsExactly(
            ":1:20 server.threads: was \"many\" (expected: a whole number)",
            ":1:26 server.maxHead: was 1B (expected: 8KiB to 16MiB)",
            ":2:18 admin.listen: was \"nowhere\" (expected: host:port, such as 0.0.0.0:3100)",
            ":3:9 loki.tenant: was \"a b\" (expected: ASCII letters, digits and !-_.*'()|, at most"
                + " 150 each)",
            ":3:22 loki.maxConnections: was -1 (expected: 0 to 100000)",
            ":4:1 loki: was there already in line 3 (expected: each key once)",
            ":5:36 telemetry.accessLog.enabled: was with ${MISSING}, which is not in the"
                + " environment (expected: the variable, or a default as ${MISSING:-default})");
    assertThat(refused.problems())
        .allSatisfy(problem -> assertThat(problem.severity()).isEqualTo(Severity.ERROR));
  }

  @Test
  void grafanasOwnKeys_areNamedOnce() throws Exception {
    LoadedConfig loaded =
        load(
            """
            maxLines: "5000"
            nodeGraph: { enabled: true }
            server: {}
            """,
            Map.of());

    assertThat(loaded.notes())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            path() + ":1:1 maxLines: is a key of Grafana's that means nothing here",
            path() + ":2:1 nodeGraph: is a key of Grafana's that means nothing here");
    assertThat(loaded.notes()).extracting(ConfigProblem::severity).containsOnly(Severity.INFO);
  }

  @Test
  void complaintsOfFeatures_haveThePlacesOfTheirKeys() {
    ConfigException refused =
        refusal(
            """
            server: { threads: x }
            tracesToLogs:
              tags:
                - cluster
                - service.name
              spanStartTimeShift: soon
            derivedFields:
              - name: TraceID
                matcherRegex: "(?=x)"
              - { matcherRegex: x }
            """);

    assertThat(refused.problems())
        .extracting(problem -> problem.line() + ":" + problem.column() + " " + problem.key())
        .containsExactly(
            "1:20 server.threads",
            "2:1 tracesToLogs",
            "5:7 tracesToLogs.tags[1].value",
            "6:3 tracesToLogs.spanStartTimeShift",
            "9:5 derivedFields[0].matcherRegex",
            "10:5 derivedFields[1].name");
  }

  @Test
  void doubtsOfFeatures_areWarnings() throws Exception {
    LoadedConfig loaded =
        load(
            """
            tracesToLogsV2:
              datasourceUid: loki
              tags: [{ key: pod }, { key: namespace }]
              customQuery: false
              query: '{$${__tags}}'
            """,
            Map.of());

    assertThat(loaded.notes())
        .extracting(problem -> problem.line() + " " + problem.severity() + " " + problem.key())
        .containsExactly(
            "2 INFO tracesToLogsV2.datasourceUid",
            "3 WARNING tracesToLogsV2.tags[0].value",
            "5 WARNING tracesToLogsV2.query");
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "[]"})
  void customQuery_isTrueOrFalse(String value) {
    assertThat(refusal("tracesToLogsV2:\n  customQuery: " + value + "\n  query: '{a=\"b\"}'\n"))
        .hasMessageContaining(":2:16 tracesToLogsV2.customQuery: was ")
        .hasMessageContaining("(expected: true or false)");
  }

  @Test
  void customQuery_isCompiledWithItsPlace() {
    assertThat(
            refusal(
                """
                tracesToLogsV2:
                  customQuery: true
                  query: '{$${__tags}} |= "${__span.nam}"'
                """))
        .hasMessageContaining(
            ":3:3 tracesToLogsV2.query: line 1, column 17: ${__span.nam} is no variable of a"
                + " span (expected: ${__tags}, ");
  }

  @Test
  void overrides_takeOverWhatTheyDoNotSay() throws Exception {
    LoadedConfig loaded =
        load(
            """
            tracesToLogsV2:
              tags: [{ key: namespace }]
              spanStartTimeShift: -2s
              idFields: { trace: [tid], span: [sid] }
              overrides:
                - match: { service.name: 'batch-.*', env: prod }
                  spanStartTimeShift: -5m
                  idFields: { trace: [other] }
                - { match: { service.name: web }, tags: [{ key: web }], filterBySpanID: true }
            """,
            Map.of());

    List<CorrelateConfig.ResourceOverride> overrides = loaded.config().tracesToLogsV2().overrides();
    assertThat(overrides).hasSize(2);
    assertThat(overrides.get(0).match())
        .containsExactly(Map.entry("service.name", "batch-.*"), Map.entry("env", "prod"));
    assertThat(overrides.get(0).tags()).isEqualTo(loaded.config().tracesToLogsV2().tags());
    assertThat(overrides.get(0).spanStartTimeShift()).isEqualTo("-5m");
    assertThat(overrides.get(0).idFields())
        .isEqualTo(new CorrelateConfig.IdFields(List.of("other"), List.of("sid")));
    assertThat(overrides.get(1).spanStartTimeShift()).isEqualTo("-2s");
    assertThat(overrides.get(1).tags()).extracting("key").containsExactly("web");
    assertThat(overrides.get(1).filterBySpanID()).isTrue();
    assertThat(ConfigText.write(loaded.config())).contains("service.name: \"batch-.*\"");
  }

  @Test
  void overrides_problemsHaveTheirOwnPlace_andThoseOfTheBlockAreToldOnce() {
    assertThat(
            refusal(
                    """
                    tracesToLogsV2:
                      spanEndTimeShift: soon
                      overrides:
                        - match: { service.name: '(' }
                          query: '{'
                          customQuery: true
                        - spanStartTimeShift: later
                          tags: [{ key: a.b }]
                          other: 1
                    """)
                .problems())
        .extracting(problem -> problem.line() + " " + problem.key())
        .contains("9 tracesToLogsV2.overrides[1].other");
    assertThat(
            refusal(
                    """
                    tracesToLogsV2:
                      spanEndTimeShift: soon
                      overrides:
                        - match: { service.name: '(' }
                          query: '{'
                          customQuery: true
                        - spanStartTimeShift: later
                          tags: [{ key: a.b }]
                    """)
                .problems())
        .extracting(problem -> problem.line() + " " + problem.key())
        .containsExactly(
            "2 tracesToLogsV2.spanEndTimeShift",
            "4 tracesToLogsV2.overrides[0].match",
            "5 tracesToLogsV2.overrides[0].query",
            "7 tracesToLogsV2.overrides[1].match",
            "7 tracesToLogsV2.overrides[1].spanStartTimeShift",
            "8 tracesToLogsV2.overrides[1].tags[0].value");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "customQuery:", "customQuery: false"})
  void queryThatIsSwitchedOff_needsNoWord(String custom) throws Exception {
    String text = "tracesToLogsV2:\n  query: '{a=\"b\"}'\n  " + custom + "\n";

    assertThat(load(text, Map.of()).notes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "overrides: [{ matchers: [], query: x }]",
        "overrides: [x]",
        "idLocation: everywhere",
      })
  void keysAndValuesThatAreNotThere_areRefused(String line) {
    assertThat(refusal("tracesToLogsV2:\n  " + line + "\n"))
        .message()
        .contains(":2:", "(expected: ");
  }

  @Test
  void prefixesAndPaths_areCheckedTogether() {
    ConfigException refused =
        refusal(
            """
            loki: { prefix: /x }
            tempo: { prefix: /x/y }
            limits: { allowAdminPaths: [/flush, ring] }
            """);

    assertThat(refused.getMessage().lines().map(line -> line.substring(path().toString().length())))
        .containsExactly(
            ":2:10 tempo.prefix: /x/y (expected: neither above nor below loki.prefix)",
            ":3:11 limits.allowAdminPaths: ring (expected: a path, or one ending in /*)");
  }

  @Test
  void valueThatCannotBeHad_isNotSaidToBeMissing() {
    ConfigException refused =
        refusal(
            """
            loki: { auth: { username: "${ME}", password: file:gone } }
            tempo: { auth: { username: "${ME}", bearer: literal } }
            """);
    ConfigException unusable =
        refusal("loki: { auth: { username: 'a:b', password: '${PATH:-p}' } }");

    assertThat(unusable.problems())
        .extracting(ConfigProblem::key)
        .containsExactly("loki.auth.username");

    assertThat(refused.problems())
        .extracting(problem -> problem.line() + " " + problem.key())
        .containsExactly(
            "1 loki.auth.username",
            "1 loki.auth.password",
            "2 tempo.auth.username",
            "2 tempo.auth.bearer");
  }

  @Test
  void deepFile_isRefused() {
    assertThat(refusal("[".repeat(5000)))
        .message()
        .contains("was not YAML: Document nesting depth (51) exceeds the maximum allowed");
  }

  @Test
  void hugeFile_isRefused() {
    assertThat(refusal("#".repeat(1 << 20) + "\n"))
        .hasMessage(path() + ": was larger than 1MiB (expected: a configuration file)");
  }

  @Test
  void manyProblems_areCut() {
    assertThat(refusal("x: 1\n".repeat(1000)).problems()).hasSize(100);
  }

  @Test
  void binaryFile_isRefused() throws IOException {
    Files.write(path(), new byte[] {'a', ':', ' ', (byte) 0xff, (byte) 0xfe, 0});

    assertThat(refusalOf(path()))
        .hasMessage(path() + ": was not UTF-8 from byte 3 on (expected: a YAML file)");
  }

  @Test
  void zeroByte_isRefused() {
    assertThat(refusal("a: 1\nb: \0"))
        .hasMessage(path() + ":2:4: was the character U+0000 (expected: a YAML file)");
  }

  @Test
  void cutUtf8_isRefused() throws IOException {
    Files.write(path(), new byte[] {'a', ':', ' ', (byte) 0xc3});

    assertThat(refusalOf(path())).message().contains("was not UTF-8 from byte 3 on");
  }

  @Test
  void missingFileAndDirectory_areRefused() {
    Path missing = directory.resolve("missing.yaml");

    assertThat(refusalOf(missing))
        .hasMessage(missing + ": is not there (expected: a configuration file)");
    assertThat(refusalOf(directory)).message().startsWith(directory + ": cannot be read: ");
  }

  private LoadedConfig load(String text, Map<String, String> environment) throws Exception {
    Files.writeString(path(), text);
    return ConfigLoader.load(path(), environment);
  }

  private ConfigException refusal(String text) {
    try {
      Files.writeString(path(), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return refusalOf(path());
  }

  private static ConfigException refusalOf(Path file) {
    return catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(file, Map.of()));
  }

  private Path path() {
    return directory.resolve("spanway.yaml");
  }
}
