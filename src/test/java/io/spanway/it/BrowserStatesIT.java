// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import io.spanway.testing.Browser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page in a Chromium when there is much, a part, nothing or an error to show. */
final class BrowserStatesIT {
  private static final String TRACE = "5b8efff798038103d269b633813fc60c";
  private static final String V2 = "/api/v2/traces/" + TRACE;
  private static final long START = 1_700_000_000_000_000_000L;
  private static final int MANY = 50_000;

  @RegisterExtension
  static final WireMockExtension UPSTREAM =
      WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

  private static ScriptGateway gateway;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.startIfThere();
    gateway = ScriptGateway.start(UPSTREAM.getPort(), UPSTREAM.getPort(), "cache: { maxSize: 0 }");
  }

  @AfterAll
  static void stop() throws IOException {
    if (browser != null) {
      browser.close();
    }
    if (gateway != null) {
      gateway.close();
    }
  }

  @BeforeEach
  void answer() {
    UPSTREAM.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404)));
    UPSTREAM.stubFor(
        get(urlPathMatching("/loki/api/v1/label.*"))
            .willReturn(json("{\"status\":\"success\",\"data\":[\"service_name\"]}")));
    loki("[]");
  }

  @AfterEach
  void forget() {
    browser.forget();
  }

  private static ResponseDefinitionBuilder json(String body) {
    return aResponse().withHeader("Content-Type", "application/json").withBody(body);
  }

  private static void loki(String streams) {
    UPSTREAM.stubFor(
        get(urlPathEqualTo("/loki/api/v1/query_range"))
            .willReturn(
                json(
                    "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":"
                        + streams
                        + "}}")));
  }

  /** Has Tempo answer with a trace whose spans are a chain of tens. */
  private static void tempo(int spans, String name, byte[] more) {
    ScopeSpans.Builder scope = ScopeSpans.newBuilder();
    for (int i = 0; i < spans; i++) {
      Span.Builder span =
          Span.newBuilder()
              .setTraceId(ByteString.copyFrom(HexFormat.of().parseHex(TRACE)))
              .setSpanId(id(i))
              .setName(name + i)
              .setStartTimeUnixNano(START + i * 1000L)
              .setEndTimeUnixNano(START + spans * 2000L - i * 500L);
      if (i > 0) {
        span.setParentSpanId(id(i % 10 == 1 ? 0 : i - 1));
      }
      scope.addSpans(span);
    }
    KeyValue service =
        KeyValue.newBuilder()
            .setKey("service.name")
            .setValue(AnyValue.newBuilder().setStringValue("shop"))
            .build();
    TracesData trace =
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .setResource(Resource.newBuilder().addAttributes(service))
                    .addScopeSpans(scope))
            .build();
    // Tempo's v2 answer holds the trace in its field 1, as TracesData holds resource spans.
    ByteString answer =
        UnknownFieldSet.newBuilder()
            .addField(
                1,
                UnknownFieldSet.Field.newBuilder().addLengthDelimited(trace.toByteString()).build())
            .build()
            .toByteString()
            .concat(ByteString.copyFrom(more));
    UPSTREAM.stubFor(
        get(urlPathEqualTo(V2))
            .willReturn(
                aResponse()
                    .withHeader("Content-Type", "application/protobuf")
                    .withBody(answer.toByteArray())));
  }

  private static ByteString id(int i) {
    return ByteString.copyFrom(ByteBuffer.allocate(8).putLong(i + 1L).flip());
  }

  private static void open(String more) {
    browser.open(gateway.adminUrl() + "/ui/?trace=" + TRACE + more);
  }

  private static int rows() {
    return browser.eval("document.querySelectorAll('#rows .row').length").asInt();
  }

  @Test
  void largeTrace_hasItsRowsWhereTheyAreSeen() throws Exception {
    tempo(MANY, "op ", new byte[0]);

    open("");
    browser.until("document.querySelectorAll('#rows .row').length > 10");

    assertThat(browser.text("#trace-facts")).contains("50,000");
    assertThat(browser.eval("document.getElementById('waterfall').ariaRowCount").asString())
        .isEqualTo("50001");
    assertThat(rows()).isLessThan(100);
    browser.eval("document.getElementById('waterfall').focus()");
    browser.press("End");
    browser.until("document.querySelector('#rows .chosen .operation')?.innerText === 'op 49999'");
    assertThat(rows()).isLessThan(100);
    assertThat(
            browser
                .eval(
                    "(() => { const r = document.querySelector('#rows .chosen')"
                        + ".getBoundingClientRect(); const g = document.getElementById('waterfall')"
                        + ".getBoundingClientRect(); return r.top >= g.top && r.bottom <= g.bottom; })()")
                .asBoolean())
        .isTrue();
    browser.eval("document.getElementById('filter').focus()");
    browser.type("4999");
    browser.until("document.getElementById('filter-count').innerText === '16 of 50,000'");
    assertThat(browser.complaints()).isEmpty();
    browser.screenshot("large");
  }

  @Test
  void spanWithMarkupInItsName_isText() {
    tempo(3, "<img src=x onerror=alert(1)>", new byte[0]);

    open("");
    browser.until("document.querySelectorAll('#rows .row').length === 3");

    assertThat(browser.text("#trace-name")).isEqualTo("shop · <img src=x onerror=alert(1)>0");
    assertThat(browser.eval("document.querySelectorAll('main img').length").asInt()).isZero();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void partOfATrace_isCalledSo() throws Exception {
    // status = PARTIAL, message = "too large"
    tempo(3, "op ", HexFormat.of().parseHex("18012209746f6f206c61726765"));
    loki(
        "[{\"stream\":{\"service_name\":\"shop\"},\"values\":[[\"%d\",\"trace=%s one\"],[\"%d\",\"trace=%s two\"]]}]"
            .formatted(START + 1, TRACE, START + 2, TRACE));

    open("&limit=1");
    browser.until("document.querySelectorAll('#rows .row').length === 3");

    assertThat(browser.text("#trace-facts")).contains("Tempo has a part of the trace");
    assertThat(browser.text("#trace-warnings")).contains("too large", "limit of 1 entries");
    browser.screenshot("partial");
  }

  @Test
  void traceWithoutLines_saysWhy() {
    tempo(3, "op ", new byte[0]);

    open("");
    browser.until("document.querySelectorAll('#rows .row').length === 3");

    assertThat(browser.text("#panel-lines")).contains("No line names this span");
    assertThat(browser.text("#trace-warnings")).isNotEmpty();
  }

  @Test
  void upstreamThatFails_isToldInTheGatewaysWords() throws Exception {
    UPSTREAM.stubFor(
        get(urlPathEqualTo(V2)).willReturn(aResponse().withStatus(401).withBody("no org id")));

    open("");
    browser.until("!document.getElementById('trace-error').hidden");

    String direct = gateway.get("/spanway/v1/traces/" + TRACE + "/logs").body().strip();
    assertThat(direct).isNotEmpty();
    assertThat(browser.text("#trace-error")).startsWith(direct).endsWith("(401)");
    assertThat(browser.eval("document.getElementById('trace').hidden").asBoolean()).isTrue();
    browser.screenshot("error");
  }
}
