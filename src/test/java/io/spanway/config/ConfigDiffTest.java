// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigDiffTest {
  @TempDir private Path folder;

  private GatewayConfig load(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("f.yaml"), text);
    return ConfigLoader.load(file, Map.of("A", "1", "B", "2")).config();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "cache: { maxSize: 1MiB }; cache: { maxSize: 1MiB }; -",
        "cache: { maxSize: 1MiB }; cache: { maxSize: 2MiB }; cache.maxSize",
        "loki: { auth: { username: a, password: '${A}' } };"
            + " loki: { auth: { username: a, password: '${B}' } }; loki.auth.password",
        "loki: { auth: { bearer: '${A}' } }; loki: {}; loki.auth.bearer",
        "derivedFields: [{ name: a, matcherRegex: b }]; derivedFields: []; derivedFields",
        "server: { threads: 1 }; server: { threads: 2, maxHead: 8KiB };"
            + " server.threads server.maxHead",
        "tracesToLogsV2: { overrides: [{ match: { a: b }, filterByTraceID: true }] };"
            + " tracesToLogsV2: { overrides: [{ match: { a: c }, filterByTraceID: true }] };"
            + " tracesToLogsV2.overrides",
      })
  void differences_areNamed(String from, String to, String keys) throws Exception {
    List<String> found = ConfigDiff.between(load(from), load(to));

    assertThat(String.join(" ", found)).isEqualTo(keys.replace("-", ""));
  }

  @Test
  void fullFileReadTwice_isTheSame() throws Exception {
    String full = Files.readString(Path.of("config", "full.yaml"));

    assertThat(ConfigDiff.between(load(full), load(full))).isEmpty();
  }

  @Test
  void whatIsMadeOnce_needsARestart() {
    assertThat(ConfigDiff.needsRestart("server.threads")).isTrue();
    assertThat(ConfigDiff.needsRestart("server.listen")).isFalse();
  }
}
