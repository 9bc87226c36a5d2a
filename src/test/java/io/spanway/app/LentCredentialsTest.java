// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.config.ConfigLoader;
import io.spanway.config.GatewayConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LentCredentialsTest {
  @TempDir private Path folder;

  @Test
  void credentialsForEverybody_areWarnedOf() throws Exception {
    GatewayConfig config =
        ConfigLoader.load(
                Files.writeString(
                    folder.resolve("f.yaml"),
                    """
                    loki: { tenant: team-a, auth: { username: me, password: "${P}" } }
                    tempo: { auth: { bearer: "${P}" } }
                    """),
                Map.of("P", "s3cr3t"))
            .config();

    assertThat(LentCredentials.warnings(config, new InetSocketAddress("0.0.0.0", 3100)))
        .containsExactly(
            "everybody who reaches the data listener on 0.0.0.0:3100 reads loki with the"
                + " credentials of loki.auth and as tenant team-a",
            "everybody who reaches the data listener on 0.0.0.0:3100 reads tempo with the"
                + " credentials of tempo.auth");
    assertThat(
            LentCredentials.warnings(
                config, new InetSocketAddress(InetAddress.getLoopbackAddress(), 3100)))
        .isEmpty();
    assertThat(
            LentCredentials.warnings(GatewayConfig.DEFAULT, new InetSocketAddress("0.0.0.0", 3100)))
        .isEmpty();
  }

  @Test
  void credentialsForWhoIsLetIn_areNot() throws Exception {
    Path tokens = Files.writeString(folder.resolve("t"), "ann:plain:0123456789abcdef");
    GatewayConfig config =
        ConfigLoader.load(
                Files.writeString(
                    folder.resolve("f.yaml"),
                    "loki: { tenant: team-a }\nidentity: { auth: { method: bearer, file: '"
                        + tokens
                        + "', callers: [{ name: ann }] } }"),
                Map.of())
            .config();

    assertThat(LentCredentials.warnings(config, new InetSocketAddress("0.0.0.0", 3100))).isEmpty();
  }
}
