// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.config.ConfigLoader;
import io.spanway.config.LoadedConfig;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DemoConfigTest {
  @Test
  void yaml_isWhatSpanwayLoads(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("demo.yaml");
    Files.writeString(
        file,
        DemoConfig.yaml(
            URI.create("http://127.0.0.1:3101"),
            URI.create("http://127.0.0.1:3201"),
            "127.0.0.1:3100",
            "127.0.0.1:9464",
            URI.create("http://127.0.0.1:3100/")));

    LoadedConfig loaded = ConfigLoader.load(file, Map.of());

    // The sample data has so few pods that the advice does not apply to it.
    assertThat(loaded.notes()).singleElement().asString().contains("pod is a label of many values");
    assertThat(loaded.config().toString())
        .contains("3101", "3201", "http://127.0.0.1:3100/api/traces/${__value.raw}");
  }
}
