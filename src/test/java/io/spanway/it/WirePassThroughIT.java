// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.RawClient;
import io.spanway.testing.RawClient.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes through the gateway comes out as it went in. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WirePassThroughIT extends WireFixture {

  @Test
  void get_comesBackWithStatusHeadersAndBody() throws Exception {
    loki.answers(
        "HTTP/1.1 203 Odd\r\nX-Custom: a\r\nX-Custom: b\r\nContent-Type: x/y; z=\"1\"\r\n"
            + "Content-Length: 5\r\n\r\nhello");
    start();

    Answer answer = client().get(RELAYED);

    assertThat(answer.status()).isEqualTo(203);
    assertThat(answer.all("x-custom")).containsExactly("a", "b");
    assertThat(answer.header("content-type")).isEqualTo("x/y; z=\"1\"");
    assertThat(answer.header("content-length")).isEqualTo("5");
    assertThat(answer.header("connection")).isNull();
    assertThat(answer.body()).isEqualTo("hello");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH"})
  void methodWithBody_isForwardedWithItsLength(String method) throws Exception {
    AtomicReference<String> got = new AtomicReference<>();
    loki.script(
        (request, connection) -> {
          got.set(connection.readBody(request));
          connection.answer(200, "done");
        });
    start();

    Answer answer =
        client()
            .send(
                method
                    + " "
                    + RELAYED
                    + " HTTP/1.1\r\nHost: spanway\r\nContent-Length: 11\r\n\r\nhello world")
            .answer();

    assertThat(answer.body()).isEqualTo("done");
    assertThat(got.get()).isEqualTo("hello world");
    assertThat(loki.request().method()).isEqualTo(method);
    assertThat(loki.request().header("content-length")).isEqualTo("11");
    assertThat(loki.request().header("transfer-encoding")).isNull();
  }

  @Test
  void postWithoutBody_isForwardedWithLengthZero() throws Exception {
    start();

    client().send("POST " + RELAYED + " HTTP/1.1\r\nHost: spanway\r\n\r\n").answer();

    assertThat(loki.request().header("content-length")).isEqualTo("0");
  }

  @Test
  void head_comesBackWithTheLengthAndNoBody() throws Exception {
    loki.answers("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
    start();
    RawClient client = client();

    Answer answer = client.send("HEAD " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n").headOnly();

    assertThat(answer.header("content-length")).isEqualTo("12345");
    loki.answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assertThat(client.get(RELAYED).body()).isEqualTo("ok");
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void answerWithoutBody_endsWithItsHead(int status) throws Exception {
    loki.answers("HTTP/1.1 " + status + " X\r\nETag: \"e\"\r\n\r\n");
    start();
    RawClient client = client();

    assertThat(client.get(RELAYED).status()).isEqualTo(status);
    assertThat(client.get(RELAYED).header("etag")).isEqualTo("\"e\"");
  }

  @Test
  void chunksAndTrailers_goThroughBothWays() throws Exception {
    AtomicReference<String> got = new AtomicReference<>();
    loki.script(
        (request, connection) -> {
          got.set(connection.readBody(request));
          connection.send(
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-After"
                  + "\r\n\r\n3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nX-After: yes\r\n\r\n");
        });
    start();

    Answer answer =
        client()
            .send(
                "POST "
                    + RELAYED
                    + " HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n")
            .answer();

    assertThat(got.get()).isEqualTo("hello world---X-Sum: 42");
    assertThat(answer.header("transfer-encoding")).isEqualTo("chunked");
    assertThat(answer.body()).isEqualTo("abcdefg");
    assertThat(answer.trailers()).containsExactly("X-After: yes");
  }

  @Test
  void chunk_reachesTheClientBeforeTheNextIsThere() throws Exception {
    CountDownLatch next = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
          next.await();
          connection.send("2\r\ncd\r\n0\r\n\r\n");
        });
    start();
    RawClient client = client().send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");

    for (String line = client.readLine(); !line.isEmpty(); line = client.readLine()) {
      assertThat(line).isNotNull();
    }
    assertThat(client.readLine()).isEqualTo("2");
    assertThat(client.readLine()).isEqualTo("ab");
    next.countDown();
    assertThat(client.readLine()).isEqualTo("2");
    assertThat(client.readLine()).isEqualTo("cd");
    assertThat(client.readLine()).isEqualTo("0");
  }

  @Test
  void answerThatEndsWithItsConnection_isChunkedForTheClient() throws Exception {
    loki.script(
        (request, connection) -> {
          connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end");
          connection.close();
        });
    start();
    RawClient client = client();

    assertThat(client.get(RELAYED).body()).isEqualTo("to the end");
    assertThat(client.get(RELAYED).body()).isEqualTo("to the end");
  }

  @Test
  void continue_isSentOnlyWhenTheUpstreamTakesTheBody() throws Exception {
    start();
    RawClient client =
        client()
            .send(
                "POST "
                    + PUSH
                    + " HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");

    assertThat(client.answer().status()).isEqualTo(100);
    eventually().until(() -> loki.requests().size() == 1);
    assertThat(client.send("hello").answer().status()).isEqualTo(200);
    assertThat(loki.request().header("expect")).isNull();
    assertThat(client.get(RELAYED).status()).isEqualTo(200);
  }

  @Test
  void continue_isNotSentWhenTheUpstreamIsDown() throws Exception {
    loki.close();
    start();

    RawClient client =
        client()
            .send(
                "POST "
                    + PUSH
                    + " HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");

    Answer answer = client.answer();
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(client.rest()).isEmpty();
  }

  @Test
  void unknownExpectation_isRefused() throws Exception {
    start();

    Answer answer = client().get(RELAYED, "Expect: a-miracle");

    assertThat(answer.status()).isEqualTo(417);
    assertThat(loki.requests()).isEmpty();
  }

  @Test
  void pipelinedRequests_areAnsweredInOrder() throws Exception {
    loki.script(
        (request, connection) ->
            connection.answer(200, request.target() + connection.readBody(request)));
    start();
    RawClient client = client();
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      requests.append("GET /loki-ds/g").append(i).append(" HTTP/1.1\r\nHost: s\r\n\r\n");
      requests
          .append("POST /loki-ds/p")
          .append(i)
          .append(" HTTP/1.1\r\nHost: s\r\nContent-Length: 3\r\n\r\nabc");
      requests
          .append("PUT /loki-ds/c")
          .append(i)
          .append(" HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
    }

    client.send(requests.toString());

    for (int i = 0; i < 50; i++) {
      assertThat(client.answer().body()).isEqualTo("/g" + i);
      assertThat(client.answer().body()).isEqualTo("/p" + i + "abc");
      assertThat(client.answer().body()).isEqualTo("/c" + i + "x");
    }
  }

  @Test
  void manyPipelinedRequestsAnsweredOnTheSpot_needNoDeepStack() throws Exception {
    start();
    RawClient client = client();
    int count = 3000;
    client.send("GET /debug/x HTTP/1.1\r\nHost: s\r\n\r\n".repeat(count));

    for (int i = 0; i < count; i++) {
      assertThat(client.answer().status()).isEqualTo(403);
    }
    assertThat(loki.requests()).isEmpty();
  }

  @Test
  void bodyOfPipelinedPostThatComesInPieces_isForwardedPieceByPiece() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch half = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          if (request.method().equals("GET")) {
            first.await();
            connection.answer(200, "first");
          } else {
            assertThat(connection.read(3)).isEqualTo("abc");
            half.countDown();
            assertThat(connection.read(3)).isEqualTo("def");
            connection.answer(200, "second");
          }
        });
    start();
    RawClient client = client();
    client.send(
        "GET /loki-ds/g HTTP/1.1\r\nHost: s\r\n\r\n"
            + "POST /loki-ds/p HTTP/1.1\r\nHost: s\r\nContent-Length: 6\r\n\r\nabc");
    eventually().until(() -> loki.requests().size() == 1);

    first.countDown();

    assertThat(client.answer().body()).isEqualTo("first");
    assertThat(half.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    client.send("def");
    assertThat(client.answer().body()).isEqualTo("second");
  }

  @Test
  void http10_closesAfterTheAnswer() throws Exception {
    loki.answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    start();
    RawClient client = client().send("GET " + RELAYED + " HTTP/1.0\r\n\r\n");

    Answer answer = client.answer();

    assertThat(answer.header("transfer-encoding")).isNull();
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(answer.body()).isEqualTo("ok");
    assertThat(loki.request().line()).endsWith("HTTP/1.1");
    assertThat(loki.request().header("host")).isNotNull();
  }

  @Test
  void http10WithKeepAlive_isKept() throws Exception {
    start();
    RawClient client = client();
    String request = "GET " + RELAYED + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

    Answer answer = client.send(request).answer();

    assertThat(answer.header("connection")).isEqualTo("keep-alive");
    assertThat(client.send(request).answer().body()).isEqualTo("fine\n");
  }

  @Test
  void http10BrokenOff_isNotACleanEnd() throws Exception {
    loki.script(
        (request, connection) -> {
          connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n");
          connection.close();
        });
    start();
    RawClient client = client().send("GET " + RELAYED + " HTTP/1.0\r\n\r\n");

    assertThat(client.endsInReset()).isTrue();
  }

  @Test
  void connectionClose_isHonoured() throws Exception {
    start();
    RawClient client = client();

    Answer answer = client.get(RELAYED, "Connection: close");

    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(client.rest()).isEmpty();
    assertThat(loki.request().header("connection")).isNull();
  }

  @Test
  void gzipBody_passesAsItComes() throws Exception {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write("hello".repeat(100).getBytes(StandardCharsets.UTF_8));
    }
    String bytes = zipped.toString(StandardCharsets.ISO_8859_1);
    AtomicReference<String> got = new AtomicReference<>();
    loki.script(
        (request, connection) -> {
          got.set(connection.readBody(request));
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                  + bytes.length()
                  + "\r\n\r\n"
                  + bytes);
        });
    start();

    Answer answer =
        client()
            .send(
                "POST "
                    + PUSH
                    + " HTTP/1.1\r\nHost: s\r\nAccept-Encoding: gzip;q=0.7, br\r\n"
                    + "Content-Encoding: gzip\r\nContent-Length: "
                    + bytes.length()
                    + "\r\n\r\n"
                    + bytes)
            .answer();

    assertThat(got.get()).isEqualTo(bytes);
    assertThat(loki.request().header("content-encoding")).isEqualTo("gzip");
    assertThat(loki.request().header("accept-encoding")).isEqualTo("gzip;q=0.7, br");
    assertThat(answer.header("content-encoding")).isEqualTo("gzip");
    assertThat(answer.body()).isEqualTo(bytes);
  }

  @Test
  void hopByHopHeaders_stayOnTheirHop() throws Exception {
    loki.answers(
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1"
            + "\r\nX-End: 2\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    start();

    Answer answer =
        client()
            .get(
                RELAYED,
                "Connection: X-Mine, , Authorization, X-Scope-OrgID",
                "X-Mine: 1",
                "Authorization: Bearer t",
                "X-Scope-OrgID: team",
                "TE: trailers",
                "Keep-Alive: 3",
                "Proxy-Authorization: Basic x",
                "Proxy-Connection: keep-alive",
                "X-Yours: 2");

    var request = loki.request();
    for (String gone :
        List.of(
            "x-mine",
            "connection",
            "te",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "transfer-encoding",
            "content-length")) {
      assertThat(request.header(gone)).as(gone).isNull();
    }
    assertThat(request.header("authorization")).isEqualTo("Bearer t");
    assertThat(request.header("x-scope-orgid")).isEqualTo("team");
    assertThat(request.header("x-yours")).isEqualTo("2");
    for (String gone : List.of("x-hop", "keep-alive", "proxy-authenticate", "connection")) {
      assertThat(answer.header(gone)).as(gone).isNull();
    }
    assertThat(answer.header("x-end")).isEqualTo("2");
  }

  @Test
  void hop_isToldInItsHeaders() throws Exception {
    start();

    client()
        .get(
            RELAYED,
            "X-Forwarded-For: 10.1.2.3",
            "Forwarded: for=10.1.2.3",
            "Via: 1.1 edge",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "tracestate: a=b");

    var request = loki.request();
    assertThat(request.all("host")).containsExactly(loki.uri().getAuthority());
    assertThat(request.header("x-forwarded-for")).isEqualTo("10.1.2.3, 127.0.0.1");
    assertThat(request.header("x-forwarded-proto")).isEqualTo("http");
    assertThat(request.header("x-forwarded-host")).isEqualTo("spanway");
    assertThat(request.header("forwarded"))
        .isEqualTo("for=10.1.2.3, for=127.0.0.1;proto=http;host=spanway");
    assertThat(request.all("via")).hasSize(2).first().isEqualTo("1.1 edge");
    assertThat(request.header("traceparent"))
        .isEqualTo("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assertThat(request.header("tracestate")).isEqualTo("a=b");
  }

  @Test
  void headersThatNobodyKnows_areUntouched() throws Exception {
    start();

    client()
        .get(RELAYED, "x-WeIrD: a,  b;c=\"d\"", "x-WeIrD: second", "X-Empty:", "X-High: \u00e9");

    assertThat(loki.request().headers())
        .contains("x-WeIrD: a,  b;c=\"d\"", "x-WeIrD: second", "X-Empty: ", "X-High: \u00e9");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/loki-ds/loki/api/v1/label/a%2Fb/values?x=1",
        "/loki-ds/a%2fb%2Fc%41?q=%7b%7D+a%20b&&=&x",
        "/loki-ds/;x=y/a,b:c@d!$&'()*",
        "/loki-ds/x?a=b?c=/d&%zz",
        "/loki-ds/x?q={a=\"b\"}|~`c`^[]\\",
        "/loki-ds//double//slash",
      })
  void target_isForwardedByteForByte(String target) throws Exception {
    start();

    assertThat(client().get(target).status()).isEqualTo(200);

    assertThat(loki.request().target()).isEqualTo(target.substring("/loki-ds".length()));
  }

  @Test
  void absoluteForm_isServedByPathAndNeverDialled() throws Exception {
    try (FakeUpstream elsewhere = new FakeUpstream()) {
      start();

      Answer answer = client().get(elsewhere.uri() + RELAYED + "?a=b");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(loki.request().target()).isEqualTo("/plain?a=b");
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @Test
  void queryBeyondItsLimits_isRefusedBeforeTheUpstreamIsAsked() throws Exception {
    start();
    RawClient client = client();

    RawClient.Answer search = client.get("/api/search?q=%7B%7D&limit=2147483647");
    RawClient.Answer steps =
        client.get("/loki/api/v1/query_range?query=rate(%7Ba%3D%22b%22%7D%5B1m%5D)&step=0.000001");

    assertThat(search.status()).isEqualTo(400);
    assertThat(search.body())
        .isEqualTo("limit is too large (expected: at most limits.maxLimit, 1000000)\n");
    assertThat(steps.status()).isEqualTo(400);
    assertThat(steps.body()).startsWith("step is too short").hasLineCount(1);
    assertThat(loki.requests()).isEmpty();
    assertThat(tempo.requests()).isEmpty();
    assertThat(gateway.errors("CL")).isEqualTo(2);
  }

  @Test
  void redirectToAnotherHost_isPassedOnAndNotFollowed() throws Exception {
    try (FakeUpstream elsewhere = new FakeUpstream()) {
      loki.answers(
          "HTTP/1.1 302 Found\r\nLocation: " + elsewhere.uri() + "/x\r\nContent-Length: 0\r\n\r\n");
      start();

      Answer answer = client().get(RELAYED);

      assertThat(answer.status()).isEqualTo(302);
      assertThat(answer.header("location")).isEqualTo(elsewhere.uri() + "/x");
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @Test
  void informationalAnswers_areNotTakenForTheFinalOne() throws Exception {
    loki.answers(
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    start();

    assertThat(client().get(RELAYED).body()).isEqualTo("ok");
  }

  @Test
  void connections_areReusedBothWays() throws IOException {
    start();
    RawClient client = client();

    for (int i = 0; i < 20; i++) {
      assertThat(client.get(RELAYED).status()).isEqualTo(200);
    }

    assertThat(loki.requests()).hasSize(20);
    // The other one may be of the look after Loki's health.
    assertThat(loki.requests().stream().map(FakeUpstream.Request::connection).distinct())
        .hasSizeLessThanOrEqualTo(2);
  }
}
