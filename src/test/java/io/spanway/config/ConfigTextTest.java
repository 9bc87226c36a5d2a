// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConfigTextTest {
  private static final Map<String, String> ENVIRONMENT = Map.of("SECRET", "s3cr3t");

  @Test
  void defaults_areReadBack() throws Exception {
    assertThat(load(ConfigText.write(GatewayConfig.DEFAULT))).isEqualTo(GatewayConfig.DEFAULT);
  }

  @Test
  void fullConfiguration_isReadBackApartFromSecrets() throws Exception {
    GatewayConfig config =
        load(
            """
            server: { listen: "[::1]:3101", transport: nio, idleTimeout: 90500ms, maxHead: 9KiB }
            loki:
              urls: ["http://gw:80/base"]
              prefix: ""
              tenant: "a|0x1F"
              auth: { username: "ü, \\"x\\" # y", password: "${SECRET}" }
            tempo: { auth: { bearer: "${SECRET}" }, tenant: "null" }
            limits: { allowAdminPaths: [/flush, "/ring/*"] }
            telemetry: { accessLog: { enabled: false } }
            cache: { ttl: { queries: { recent: 0s, week: 1d12h } } }
            identity: { headers: [X-Grafana-User] }
            tracesToLogsV2:
              tags: [{ key: service.name, value: app }, { key: "true", in: structuredMetadata }]
              spanStartTimeShift: "-2s"
              filterBySpanID: true
              idFields: { trace: [tid] }
            derivedFields:
              - { name: T, matcherRegex: 'id=(\\w+)\\t"', url: "http://x/${__value.raw}" }
              - { name: U, matcherType: label, matcherRegex: "^u$", url: "${__value.raw}",
                  datasourceUid: t }
            grafana: { url: "https://grafana.example/a" }
            """);

    String text = ConfigText.write(config);

    assertThat(text)
        .doesNotContain("s3cr3t", "null\n", "GatewayConfig")
        .contains("    password: \"***\"\n", "  maxHead: 9KiB\n", "      week: 1d12h\n");
    assertThat(load(text.replace("***", "${SECRET}"))).isEqualTo(config);
  }

  private static GatewayConfig load(String text) throws ConfigException {
    return ConfigLoader.parse(
            text.getBytes(StandardCharsets.UTF_8),
            ENVIRONMENT,
            new SecretFiles(Path.of("")),
            new Problems("f.yaml"))
        .config();
  }
}
