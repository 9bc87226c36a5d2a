// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Bodies that a real Tempo answered. */
final class Recording {
  private Recording() {}

  static byte[] body(String name) {
    try (InputStream in = Recording.class.getResourceAsStream(name + ".json")) {
      JsonNode response =
          JsonMapper.builder().build().readTree(Objects.requireNonNull(in, name)).path("response");
      return response.has("bodyBase64")
          ? Base64.getDecoder().decode(response.path("bodyBase64").asString())
          : response.path("body").asString().getBytes(StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
