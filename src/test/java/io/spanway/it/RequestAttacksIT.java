// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.BadTargetException;
import io.spanway.http.QueryParameters;
import io.spanway.logql.LogqlParser;
import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is done to a request so that Spanway and Loki read it differently: what Spanway judged, or
 * rewrote, has to be what Loki takes.
 */
@ParameterizedClass
@ValueSource(ints = 2)
final class RequestAttacksIT extends WireFixture {
  private static final String RANGE = "/loki/api/v1/query_range";
  private static final String WINDOW = "&start=1700000000000000000&end=1700000060000000000";
  private static final String ID = "6513270e269e0d37f2a74de452e6b438";

  /** The query that Loki takes from each request: a form's comes before the URL's. */
  private final List<String> queries = new CopyOnWriteArrayList<>();

  private volatile String answerType = "application/json";

  @BeforeEach
  void startGateway() throws IOException {
    loki.script(
        (request, connection) -> {
          String body = connection.readBody(request);
          String url = request.target().substring(request.target().indexOf('?') + 1);
          String query = query(body);
          queries.add(query == null ? query(url) : query);
          connection.send(answer());
        });
    tempo.answers("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    gateway =
        Gateway.start(
            Gateway.yaml(threads, loki.uri(), tempo.uri(), "", ", tenant: ours")
                + "derivedFields: [{ name: TraceID, matcherRegex: '(.+)', url: 'http://x/${__value.raw}' }]\n");
  }

  private String answer() {
    String body =
        "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":"
            + "{\"a\":\"b\"},\"values\":[[\"1700000001000000000\",\"line\"]]}],\"stats\":{}}}";
    return "HTTP/1.1 200 OK\r\nContent-Type: "
        + answerType
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String query(String parameters) throws IOException {
    try {
      return QueryParameters.parse(parameters).first("query");
    } catch (BadTargetException e) {
      throw new IOException(e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private RawClient.Answer get(String target, String... headers) throws IOException {
    return client().get(target, headers);
  }

  private RawClient.Answer post(String target, String type, String body) throws IOException {
    return client()
        .send(
            "POST "
                + target
                + " HTTP/1.1\r\nHost: s\r\nContent-Type: "
                + type
                + "\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body)
        .answer();
  }

  /** Row 4: the tenant that Spanway sets is the only one that Loki hears of. */
  @ParameterizedTest
  @ValueSource(strings = {RELAYED, CACHED, "/loki/api/v1/labels", RANGE + "?query=broken"})
  void tenantOfTheClient_isReplacedOnEveryPath(String target) throws Exception {
    get(target, "X-Scope-OrgID: theirs", "x-scope-orgid: others");

    assertThat(loki.requests()).isNotEmpty();
    for (FakeUpstream.Request request : loki.requests()) {
      assertThat(request.all("x-scope-orgid")).containsExactly("ours");
    }
  }

  /** Row 9: what is rewritten is the form's query, and Loki is told of no other. */
  @Test
  void queryInFormAndUrl_isReadAndRewrittenAsLokiReadsIt() throws Exception {
    String form = "query=" + encoded("{app=\"form\"} |=\"" + ID + "\"") + WINDOW;
    String url = "?query=" + encoded("{app=\"url\"} |=\"" + ID + "\"");

    RawClient.Answer answer = post(RANGE + url, "application/x-www-form-urlencoded", form);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("x-spanway-rewrite")).startsWith("grafana-");
    assertThat(queries)
        .isNotEmpty()
        .allSatisfy(query -> assertThat(query).contains("form").doesNotContain("url"));
  }

  /** Row 10: Loki reads the URL when there is no form, and the same limits hold for it. */
  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/json", "multipart/form-data; boundary=x"})
  void postWithoutAForm_isJudgedByItsUrl(String type) throws Exception {
    RawClient.Answer answer =
        post(RANGE + "?query=" + encoded("{a=\"b\"}") + "&limit=2147483647", type, "limit=1");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(loki.requests()).isEmpty();
  }

  /** A form that nobody here can read changes nothing of what its URL asks for. */
  @Test
  void compressedForm_isJudgedByItsUrl() throws Exception {
    RawClient.Answer answer =
        post(
            RANGE + "?query=" + encoded("{a=\"b\"}") + "&limit=2147483647",
            "application/x-www-form-urlencoded\r\nContent-Encoding: gzip",
            "a=b");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(loki.requests()).isEmpty();
  }

  /** Row 11: of parameters that are repeated the first counts, for Spanway as for Loki. */
  @Test
  void repeatedParameter_isReadAsLokiReadsIt() throws Exception {
    String base = RANGE + "?query=" + encoded("{a=\"b\"}") + WINDOW;

    assertThat(get(base + "&limit=2147483647&limit=10").status()).isEqualTo(400);
    assertThat(get(base + "&limit=10&limit=2147483647").status()).isEqualTo(200);

    queries.clear();
    String first = encoded("{app=\"first\"} |=\"" + ID + "\"");
    String second = encoded("{app=\"second\"}");
    RawClient.Answer answer = get(RANGE + "?query=" + first + "&query=" + second + WINDOW);
    assertThat(answer.header("x-spanway-rewrite")).startsWith("grafana-");
    assertThat(queries)
        .isNotEmpty()
        .allSatisfy(query -> assertThat(query).contains("first").doesNotContain("second"));
  }

  /** Row 19: a line break in a value stays in its literal, in a query that is written anew. */
  @Test
  void lineBreaksInARewrittenQuery_makeNoSecondRequest() throws Exception {
    String value = "x\\r\\n\\r\\nGET /flush HTTP/1.1\\r\\nX-Evil: 1";
    RawClient.Answer answer =
        get(RANGE + "?query=" + encoded("{app=\"" + value + "\"}\r\n |=\"" + ID + "\"") + WINDOW);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("x-spanway-rewrite")).startsWith("grafana-");
    assertThat(answer.header("x-evil")).isNull();
    for (FakeUpstream.Request request : loki.requests()) {
      assertThat(request.target()).startsWith("/loki/api/v1/");
      assertThat(request.header("x-evil")).isNull();
    }
    for (String query : queries) {
      if (query != null) {
        assertThat(LogqlParser.parse(query).pipelines().get(0).selector().matchers())
            .singleElement()
            .satisfies(
                matcher ->
                    assertThat(matcher.value())
                        .isEqualTo("x\r\n\r\nGET /flush HTTP/1.1\r\nX-Evil: 1"));
      }
    }
  }

  /** Row 49: what is not Loki's JSON passes byte for byte, whatever it looks like. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/vnd.google.protobuf",
        "application/vnd.apache.arrow.stream",
        "application/vnd.apache.parquet",
        "text/html"
      })
  void answerOfAnotherType_isNotAnnotated(String type) throws Exception {
    String target = RANGE + "?query=" + encoded("{a=\"b\"}");
    assertThat(get(target + WINDOW).body()).contains("TraceID");
    answerType = type;

    RawClient.Answer answer = get(target + WINDOW.replace("=17", "=16"), "Accept: " + type);

    assertThat(answer.header("content-type")).isEqualTo(type);
    assertThat(answer.body()).isEqualTo(answer().substring(answer().indexOf("\r\n\r\n") + 4));
  }
}
