// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A trace that Tempo lacks on one path is not asked for on the other. */
final class AbsentTraceIT {
  private static final String ID = "00000000000000000000000000000001";
  private static final String V1 = "/api/traces/" + ID;
  private static final String V2 = "/api/v2/traces/" + ID;
  private static final String LOGS = "/spanway/v1/logs?traceId=" + ID;
  private static final String PROTOBUF = "application/protobuf";

  /** As Tempo answers: a trace and metrics, both empty. */
  private static final String EMPTY = "\n\0\22\0";

  private static final String EMPTY_JSON = "{\"trace\":{},\"metrics\":{}}";

  @RegisterExtension
  static final WireMockExtension LOKI =
      WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

  @RegisterExtension
  static final WireMockExtension TEMPO =
      WireMockExtension.newInstance()
          .options(wireMockConfig().dynamicPort().gzipDisabled(true))
          .build();

  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    // Longer than a slow machine takes for a test.
    gateway =
        ScriptGateway.start(
            LOKI.getPort(), TEMPO.getPort(), "cache: { ttl: { traces: { absent: 1m } } }");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void reset() {
    gateway.admin("DELETE", "/-/cache");
    TEMPO.stubFor(any(urlPathMatching("/api/traces/.*")).willReturn(aResponse().withStatus(404)));
    v2(body(PROTOBUF, EMPTY));
  }

  private static void v2(ResponseDefinitionBuilder answer) {
    TEMPO.stubFor(any(urlPathMatching("/api/v2/traces/.*")).willReturn(answer));
  }

  private static ResponseDefinitionBuilder body(String type, String body) {
    return aResponse().withHeader("Content-Type", type).withBody(body.getBytes(UTF_8));
  }

  private static List<String> asked() {
    return TEMPO.getAllServeEvents().stream()
        .map(event -> event.getRequest().getUrl())
        .filter(url -> url.contains("/traces/"))
        .toList();
  }

  @Test
  void absentOnV2_isTempos404OnV1() {
    HttpResponse<String> v2 = gateway.get(V2, "Accept", PROTOBUF);

    HttpResponse<String> v1 = gateway.get(V1, "Accept", PROTOBUF);

    assertThat(v2.statusCode()).isEqualTo(200);
    assertThat(v2.body()).isEqualTo(EMPTY);
    assertThat(v1.statusCode()).isEqualTo(404);
    assertThat(v1.body()).isEmpty();
    assertThat(header(v1, "Content-Type")).isEmpty();
    assertThat(header(v1, "X-Spanway-Cache")).isEqualTo("hit");
    assertThat(asked()).containsExactly(V2);
    assertThat(gateway.get("/api/traces/1").statusCode()).as("spelt otherwise").isEqualTo(404);
    assertThat(asked()).hasSize(1);
  }

  @Test
  void absentOnV2AsJson_answersV1ForProtobufToo() {
    v2(body("application/json", EMPTY_JSON));
    assertThat(gateway.get(V2).body()).isEqualTo(EMPTY_JSON);

    assertThat(gateway.get(V1, "Accept", PROTOBUF).statusCode()).isEqualTo(404);
    assertThat(asked()).containsExactly(V2);
  }

  @Test
  void absentForALookUp_isAbsentForGrafana() {
    assertThat(gateway.get(LOGS).statusCode()).isEqualTo(404);

    assertThat(gateway.get(V2, "Accept", PROTOBUF).body()).isEqualTo(EMPTY);
    assertThat(gateway.get(V1).statusCode()).isEqualTo(404);
    assertThat(asked()).containsExactly(V2);
  }

  @Test
  void absentOnV1_isAbsentForALookUp() {
    assertThat(gateway.get(V1).statusCode()).isEqualTo(404);

    assertThat(gateway.get(LOGS).statusCode()).isEqualTo(404);
    assertThat(asked()).containsExactly(V1);
  }

  @Test
  void absentOnV1_isAskedForOnV2() {
    gateway.get(V1);

    assertThat(gateway.get(V2, "Accept", PROTOBUF).body()).isEqualTo(EMPTY);
    assertThat(asked()).containsExactlyInAnyOrder(V1, V2);
  }

  @Test
  void anotherTenantTimeOrParameter_isAskedFor() {
    gateway.get(V2, "X-Scope-OrgID", "a");
    assertThat(asked()).hasSize(1);

    gateway.get(V1, "X-Scope-OrgID", "b");
    gateway.get(V1 + "?start=1&end=2", "X-Scope-OrgID", "a");
    assertThat(asked()).hasSize(3);

    gateway.get(V2 + "?q=x", "X-Scope-OrgID", "a");
    gateway.get(V1 + "?q=x", "X-Scope-OrgID", "a");
    assertThat(asked()).as("v1 may read it otherwise").hasSize(5);
  }

  @Test
  void purgedOrRefreshed_isAskedFor() {
    gateway.get(V2);
    gateway.get(V1, "Cache-Control", "no-cache");
    assertThat(asked()).hasSize(2);

    gateway.admin("DELETE", "/-/cache");
    gateway.get(V2);
    gateway.admin("DELETE", "/-/cache");
    gateway.get(V1);
    assertThat(asked()).hasSize(4);
  }

  @Test
  void partialWithoutSpans_isNotAbsent() {
    v2(body(PROTOBUF, EMPTY + "\30\1\"\11too large"));

    HttpResponse<String> logs = gateway.get(LOGS);
    assertThat(logs.statusCode()).isEqualTo(422);
    assertThat(logs.body())
        .isEqualTo("tempo sent no span of the trace, which it calls partial: too large\n");
    gateway.get(V1);
    assertThat(asked()).containsExactlyInAnyOrder(V2, V1);
  }

  @Test
  void errorsOfV2_sayNothingOfV1() {
    TEMPO.stubFor(
        any(anyUrl()).atPriority(1).willReturn(aResponse().withStatus(500).withBody("no")));
    gateway.get(V2);

    assertThat(gateway.get(V1).statusCode()).isEqualTo(500);
    assertThat(asked()).hasSize(2);
  }
}
