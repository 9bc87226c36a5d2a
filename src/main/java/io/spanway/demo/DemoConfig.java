// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** The configuration of a Spanway in front of the demo's servers. */
public final class DemoConfig {
  private DemoConfig() {}

  /**
   * Returns the configuration file's text.
   *
   * @param loki where the demo's Loki listens, such as {@code http://127.0.0.1:3101}
   * @param tempo where the demo's Tempo listens
   * @param listen the address for the data port, such as {@code 127.0.0.1:3100}
   * @param adminListen the address for the admin port
   * @param spanway where the data port is reached; links from log lines lead there, so its port
   *     must be known before
   */
  public static String yaml(URI loki, URI tempo, String listen, String adminListen, URI spanway) {
    return template()
        .replace("@LOKI_URL@", loki.toString())
        .replace("@TEMPO_URL@", tempo.toString())
        .replace("@LISTEN@", listen)
        .replace("@ADMIN_LISTEN@", adminListen)
        .replace("@SPANWAY_URL@", withoutSlash(spanway));
  }

  private static String withoutSlash(URI uri) {
    String text = uri.toString();
    return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  private static String template() {
    try (InputStream in = DemoConfig.class.getResourceAsStream("demo.yaml")) {
      if (in == null) {
        throw new IllegalStateException("demo.yaml is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
