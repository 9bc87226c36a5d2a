// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.RawClient;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that two readers may read in two ways get no further than the gateway. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WireAmbiguousRequestIT extends WireFixture {
  private static final String SMUGGLED = "GET /loki-ds/smuggled HTTP/1.1\r\nHost: s\r\n\r\n";

  record Case(String name, String bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case post(String name, String headers, String body) {
    return new Case(name, "POST " + RELAYED + " HTTP/1.1\r\nHost: s\r\n" + headers + "\r\n" + body);
  }

  private static Case chunks(String name, String body) {
    return post(name, "Transfer-Encoding: chunked\r\n", body);
  }

  private static Case get(String name, String headers) {
    return new Case(name, "GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n" + headers + "\r\n");
  }

  private static Case target(String target) {
    return new Case("target " + target, "GET " + target + " HTTP/1.1\r\nHost: s\r\n\r\n");
  }

  static Stream<Case> ambiguous() {
    return Stream.of(
        post(
            "length and coding",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n"),
        post(
            "coding and length",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "0\r\n\r\n"),
        post("two lengths", "Content-Length: 5\r\nContent-Length: 0\r\n", "hello"),
        post("two equal lengths", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
        post("list of lengths", "Content-Length: 5, 5\r\n", "hello"),
        post("length with a plus", "Content-Length: +5\r\n", "hello"),
        post("length with a minus", "Content-Length: -5\r\n", "hello"),
        post("hexadecimal length", "Content-Length: 0x5\r\n", "hello"),
        post("length of no number", "Content-Length: five\r\n", "hello"),
        post("empty length", "Content-Length:\r\n", "hello"),
        post("length beyond a long", "Content-Length: 99999999999999999999\r\n", "hello"),
        post("length with a space inside", "Content-Length: 1 0\r\n", "hello"),
        new Case(
            "coding in HTTP/1.0",
            "POST " + RELAYED + " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        post("chunked not last", "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"),
        post("another coding before", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        post("chunked twice", "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
        post(
            "two codings",
            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n"),
        post("unknown coding", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        post("identity", "Transfer-Encoding: identity\r\n", ""),
        post("coding with a vertical tab", "Transfer-Encoding: \u000bchunked\r\n", "0\r\n\r\n"),
        post("coding in quotes", "Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"),
        post("space before the colon", "Content-Length : 5\r\n", "hello"),
        post(
            "coding with a space before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        post("folded coding", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
        get("folded header", "X-A: b\r\n c\r\n"),
        get("folded first header", " X-A: b\r\n"),
        get("header without a colon", "X-A\r\n"),
        get("header without a name", ": x\r\n"),
        get("header name with a space", "X A: b\r\n"),
        get("NUL in a value", "X-A: b\u0000c\r\n"),
        get("bare CR in a value", "X-A: b\rc\r\n"),
        get("bare LF between headers", "X-A: b\nX-B: c\r\n"),
        get("two hosts", "Host: other\r\n"),
        new Case("no host", "GET " + RELAYED + " HTTP/1.1\r\n\r\n"),
        new Case(
            "bare LF behind the request line", "GET " + RELAYED + " HTTP/1.1\nHost: s\r\n\r\n"),
        new Case("bare LF everywhere", "GET " + RELAYED + " HTTP/1.1\nHost: s\n\n"),
        new Case("NUL before the request line", "\u0000" + SMUGGLED),
        new Case("blanks before the request line", "  " + SMUGGLED),
        new Case("controls before the request line", "\u0001\u001f" + SMUGGLED),
        new Case("HTTP/0.9", "GET " + RELAYED + "\r\n\r\n"),
        new Case("HTTP/2.0", "GET " + RELAYED + " HTTP/2.0\r\nHost: s\r\n\r\n"),
        new Case("HTTP/1.10", "GET " + RELAYED + " HTTP/1.10\r\nHost: s\r\n\r\n"),
        new Case("garbage", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n"),
        new Case("space in the target", "GET /loki-ds/a b HTTP/1.1\r\nHost: s\r\n\r\n"),
        new Case("tab between the words", "GET\t" + RELAYED + "\tHTTP/1.1\r\nHost: s\r\n\r\n"),
        new Case("bad method", "GE(T " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n"),
        target("/loki-ds/a#b"),
        target("http://user@s/loki-ds/x"),
        target("http://user:pw@s/loki-ds/x"),
        target("http:///loki-ds/x"),
        target("ftp://s/loki-ds/x"),
        target("loki-ds/x"),
        target("/loki-ds/%zz"),
        target("/loki-ds/%"),
        target("/loki-ds/a\u0000b"),
        target("/loki-ds/%00"),
        target("/loki-ds/../x"),
        target("/loki-ds/%2e%2e/x"),
        target("/loki-ds/%252e%252e/x"),
        target("/loki-ds/%252Fx"));
  }

  @ParameterizedTest
  @MethodSource("ambiguous")
  void ambiguousRequest_isRefusedAndNothingReachesTheUpstream(Case request) throws Exception {
    start();
    RawClient client = client().send(request.bytes() + SMUGGLED);

    assertThat(client.answer().status()).as(request.name()).isEqualTo(400);

    // What stands behind a request in its own right may be served, never what was inside of it.
    if (!request.name().startsWith("target /loki-ds/%") && !request.name().contains("..")) {
      assertThat(client.rest()).isEmpty();
      gateway.awaitIdle();
      assertThat(loki.requests()).isEmpty();
    }
  }

  static Stream<Case> brokenChunks() {
    return Stream.of(
        chunks("no number", "x\r\nhello\r\n0\r\n\r\n"),
        chunks("negative", "-5\r\nhello\r\n0\r\n\r\n"),
        chunks("with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
        chunks("with a plus", "+5\r\nhello\r\n0\r\n\r\n"),
        chunks("empty", "\r\nhello\r\n0\r\n\r\n"),
        chunks("too large", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
        chunks("longer than said", "3\r\nhello\r\n0\r\n\r\n"),
        chunks("bare LF behind the size", "5\nhello\r\n0\r\n\r\n"),
        chunks("bare LF behind an extension", "5;a=b\nhello\r\n0\r\n\r\n"),
        chunks("bare LF behind the data", "5\r\nhello\n0\r\n\r\n"),
        chunks("bare LF at the end", "5\r\nhello\r\n0\n\n"),
        chunks("space behind the size", "5 \r\nhello\r\n0\r\n\r\n"),
        chunks("malformed trailer", "5\r\nhello\r\n0\r\nno colon\r\n\r\n"),
        chunks("length as trailer", "5\r\nhello\r\n0\r\nContent-Length : 3\r\n\r\n"));
  }

  @ParameterizedTest
  @MethodSource("brokenChunks")
  void brokenChunk_endsTheConnectionAndNoWholeRequestReachesTheUpstream(Case request)
      throws Exception {
    var whole = new java.util.concurrent.CopyOnWriteArrayList<String>();
    loki.script(
        (head, connection) -> {
          whole.add(connection.readBody(head));
          connection.answer(200, "taken");
        });
    start();
    RawClient client = client().send(request.bytes());

    assertThat(client.answer().status()).isEqualTo(400);
    assertThat(client.rest()).isEmpty();
    gateway.awaitIdle();
    assertThat(whole).isEmpty();
  }

  @Test
  void headOverItsLimit_is431() throws Exception {
    start(", maxHead: 8KiB", "");
    RawClient client = client();

    assertThat(client.get(RELAYED, "X-Large: " + "x".repeat(9000)).status()).isEqualTo(431);

    assertThat(client.rest()).isEmpty();
    assertThat(loki.requests()).isEmpty();
  }

  @Test
  void lineAndHeadersTogetherOverTheLimit_are431() throws Exception {
    start(", maxHead: 8KiB", "");

    assertThat(client().get(RELAYED + "?" + "x".repeat(5000), "X-A: " + "x".repeat(5000)).status())
        .isEqualTo(431);
    assertThat(loki.requests()).isEmpty();
  }

  @Test
  void lineOverItsLimit_is414() throws Exception {
    start(", maxHead: 8KiB", "");
    RawClient client = client();

    assertThat(client.get(RELAYED + "?" + "x".repeat(9000)).status()).isEqualTo(414);

    assertThat(client.rest()).isEmpty();
    assertThat(loki.requests()).isEmpty();
  }

  @Test
  void queryOf300Kilobytes_isForwardedInAGet() throws Exception {
    start();
    String target = RELAYED + "?query=" + "x".repeat(300_000);

    assertThat(client().get(target).status()).isEqualTo(200);
    assertThat(loki.request().target()).isEqualTo(target.substring("/loki-ds".length()));
  }

  @Test
  void refusalReachesTheClientThatStillSends() throws Exception {
    start(", maxHead: 8KiB", "");
    RawClient client = client();
    client.send("POST " + RELAYED + " HTTP/1.1\r\nHost: s\r\nX: " + "x".repeat(100_000));
    client.send("x".repeat(100_000));

    assertThat(client.answer().status()).isEqualTo(431);
    assertThat(client.rest()).isEmpty();
  }
}
