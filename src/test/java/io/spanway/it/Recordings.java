// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Exchanges with a real Loki and a real Tempo. */
final class Recordings {
  private Recordings() {}

  /** One exchange. */
  record Recording(String name, JsonNode json) {
    String upstream() {
      return json.path("upstream").asString();
    }

    String method() {
      return json.path("request").path("method").asString();
    }

    String target() {
      return json.path("request").path("target").asString();
    }

    /** Names and values of the request's headers in turn. */
    String[] requestHeaders() {
      List<String> all = new ArrayList<>();
      for (JsonNode header : json.path("request").path("headers")) {
        all.add(header.path(0).asString());
        all.add(header.path(1).asString());
      }
      return all.toArray(String[]::new);
    }

    String requestBody() {
      return json.path("request").path("body").asString("");
    }

    int status() {
      return json.path("response").path("status").asInt();
    }

    String contentType() {
      for (JsonNode header : json.path("response").path("headers")) {
        if (header.path(0).asString().equals("Content-Type")) {
          return header.path(1).asString();
        }
      }
      return "";
    }

    byte[] body() {
      JsonNode base64 = json.path("response").path("bodyBase64");
      return base64.isMissingNode()
          ? json.path("response").path("body").asString("").getBytes(StandardCharsets.UTF_8)
          : Base64.getDecoder().decode(base64.asString());
    }

    /** The answer, for WireMock to give again. */
    ResponseDefinitionBuilder response() {
      ResponseDefinitionBuilder response = aResponse().withStatus(status()).withBody(body());
      for (JsonNode header : json.path("response").path("headers")) {
        String name = header.path(0).asString();
        if (!name.equals("Connection")
            && !name.equals("Transfer-Encoding")
            && !name.equals("Content-Length")) {
          response = response.withHeader(name, header.path(1).asString());
        }
      }
      return response;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Recording read(String name) {
    try (InputStream in = Recordings.class.getResourceAsStream("recordings/" + name + ".json")) {
      if (in == null) {
        throw new AssertionError("no recording " + name);
      }
      return new Recording(name, JsonMapper.shared().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Recording> all() {
    try (Stream<Path> files =
        Files.list(Path.of(Recordings.class.getResource("recordings").toURI()))) {
      return files
          .map(file -> file.getFileName().toString())
          .sorted()
          .map(name -> read(name.substring(0, name.length() - ".json".length())))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
