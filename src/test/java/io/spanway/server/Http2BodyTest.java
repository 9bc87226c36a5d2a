// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static io.spanway.server.Http2Socket.DATA;
import static io.spanway.server.Http2Socket.END;
import static io.spanway.server.Http2Socket.END_HEADERS;
import static io.spanway.server.Http2Socket.HEADERS;
import static io.spanway.server.Http2Socket.PING;
import static io.spanway.server.Http2Socket.RST_STREAM;
import static io.spanway.server.Http2Socket.SETTINGS;
import static io.spanway.server.Http2Socket.WINDOW_UPDATE;
import static io.spanway.server.TestServer.answer;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Error;
import io.spanway.body.Bodies;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.server.Http2Socket.Frame;
import io.spanway.units.DataSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies, trailers and flow control of HTTP/2 requests and answers. */
final class Http2BodyTest {
  private static final int MIB = 1 << 20;
  private static final int FRAME = 16 * 1024;

  private final Taken taken = new Taken();

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({"5, abcdef, 0", "5, abcdef, 1", "5, abc, 1"})
  void contentLengthThatDisagrees_breaksTheStreamAndTheBody(String length, String data, int flags)
      throws Exception {
    try (TestServer server =
            new TestServer(TestServer.limits(), exchange -> exchange.requestBody().start(taken));
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/", "content-length", length);
      client.send(DATA, flags, 1, ascii(data));

      assertThat(client.until(RST_STREAM).number(0))
          .isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
      assertThat(taken.end).failsWithin(TestServer.LONG);
      assertThat(taken.bytes).hasValue(0);
    }
  }

  @Test
  void contentLengthWithoutABody_isResetAndReachesNobody() throws Exception {
    try (TestServer server =
            new TestServer(TestServer.limits(), exchange -> exchange.requestBody().start(taken));
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "POST", "/", "content-length", "5");

      assertThat(client.until(RST_STREAM).number(0))
          .isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
      assertThat(taken.end).isNotDone();
    }
  }

  @Test
  void trailers_passBothWays() throws Exception {
    HttpHeaders trailers = new DefaultHttpHeaders();
    trailers.add("grpc-status", "0");
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().start(taken);
          answer(exchange, new Bytes(3, trailers));
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/");
      client.send(DATA, 0, 1, ascii("abc"));
      client.send(HEADERS, END_HEADERS | END, 1, Http2Socket.block("x-sum", "1"));

      HttpHeaders came = taken.end.get(10, TimeUnit.SECONDS);
      assertThat(came.get("x-sum")).isEqualTo("1");
      assertThat(client.until(HEADERS).ends()).isFalse();
      assertThat(client.until(DATA).ends()).isFalse();
      Frame last = client.until(HEADERS);
      assertThat(last.ends()).isTrue();
      assertThat(last.headers().get("grpc-status")).hasToString("0");
    }
  }

  @Test
  void brokenTrailers_failTheBodyAndAreCounted() throws Exception {
    try (TestServer server =
            new TestServer(TestServer.limits(), exchange -> exchange.requestBody().start(taken));
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/");
      client.send(HEADERS, END_HEADERS | END, 1, Http2Socket.block(":path", "/"));

      assertThat(client.until(RST_STREAM).number(0))
          .isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
      assertThat(taken.end).failsWithin(TestServer.LONG);
      assertThat(server.refused).containsExactly(ProxyError.HTTP_REQUEST_ERROR);
    }
  }

  @Test
  void grpcAnswerWithoutABody_isTrailersOnlyAndHasNoLength() throws Exception {
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().cancel();
          answer(
              exchange,
              Bodies.empty(),
              "content-type",
              "application/grpc",
              "content-length",
              "0",
              "grpc-status",
              "12");
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "POST", "/");

      Frame only = client.until(HEADERS);
      assertThat(only.ends()).isTrue();
      assertThat(only.headers().get("grpc-status")).hasToString("12");
      assertThat(only.headers().contains("content-length")).isFalse();
    }
  }

  @Test
  void earlyAnswer_isWholeAndThenTheRestIsNotWanted() throws Exception {
    CompletableFuture<Boolean> over = new CompletableFuture<>();
    RequestHandler handler =
        exchange -> {
          exchange.onClose(over::complete);
          exchange.requestBody().cancel();
          answer(exchange, Bodies.of(ascii("early")));
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/");

      Frame answer = client.until(DATA);
      assertThat(answer.text()).isEqualTo("early");
      assertThat(answer.ends() || client.until(DATA).ends()).isTrue();
      assertThat(client.until(RST_STREAM).number(0)).isEqualTo((int) Http2Error.NO_ERROR.code());
      assertThat(over.get(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void expectation_isMetWhenTheBodyIsWanted() throws Exception {
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().start(taken);
          taken.end.thenRun(() -> answer(exchange, Bodies.empty()));
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/", "expect", "100-continue");
      assertThat(client.until(HEADERS).headers().status()).hasToString("100");
      client.send(DATA, END, 1, ascii("abc"));

      assertThat(client.until(HEADERS).headers().status()).hasToString("200");
      assertThat(taken.bytes).hasValue(3);
    }
  }

  @Test
  void unknownExpectation_isRefusedAndCounted() throws Exception {
    try (TestServer server =
            new TestServer(TestServer.limits(), exchange -> exchange.requestBody().start(taken));
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "POST", "/", "expect", "tea");

      assertThat(client.until(HEADERS).headers().status()).hasToString("417");
      assertThat(server.refused).containsExactly(ProxyError.EXPECTATION_FAILED);
    }
  }

  @ParameterizedTest
  @CsvSource({"HEAD, 200", "GET, 204", "GET, 304"})
  void answerThatHasNoBody_endsWithItsHead(String method, int status) throws Exception {
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().cancel();
          answer(exchange, status, Bodies.of(ascii("not sent")));
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, method, "/");

      Frame head = client.until(HEADERS);
      assertThat(head.ends()).isTrue();
      assertThat(head.headers().status()).hasToString(Integer.toString(status));
    }
  }

  @Test
  void resetByTheClient_endsTheExchangeIncomplete() throws Exception {
    CompletableFuture<Boolean> over = new CompletableFuture<>();
    RequestHandler handler =
        exchange -> {
          exchange.onClose(over::complete);
          exchange.requestBody().start(taken);
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/");
      client.send(RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8});

      assertThat(over.get(10, TimeUnit.SECONDS)).isFalse();
      assertThat(taken.end).failsWithin(TestServer.LONG);
      assertThat(server.cuts).isEmpty();
    }
  }

  @Test
  void answerToAClientThatDoesNotRead_waitsAndThenComesWhole() throws Exception {
    Bytes body = new Bytes(64L * MIB);
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().cancel();
          answer(exchange, body);
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "GET", "/");
      await().until(() -> body.given.get() > 65_535);
      client.send(PING, 0, 0, new byte[8]);
      long seen = 0;
      for (Frame frame = client.next(); frame.type() != PING; frame = client.next()) {
        seen += frame.type() == DATA ? frame.payload().length : 0;
      }
      assertThat(seen).isEqualTo(65_535);
      assertThat(body.given.get()).isLessThan(MIB);

      client.window(0, 128 * MIB);
      client.window(1, 128 * MIB);
      for (Frame frame = client.until(DATA); ; frame = client.until(DATA)) {
        seen += frame.payload().length;
        if (frame.ends()) {
          break;
        }
      }
      assertThat(seen).isEqualTo(64L * MIB);
    }
  }

  @Test
  void bodyThatNobodyReads_stopsTheClientByItsWindow() throws Exception {
    BlockingQueue<ServerExchange> exchanges = new LinkedBlockingQueue<>();
    Http2Config config = new Http2Config(10, 10, 10, 10, 10, DataSize.kib(64), DataSize.mib(4));
    try (TestServer server = new TestServer(TestServer.limits(config), exchanges::add);
        Http2Socket client = new Http2Socket(server.connect())) {
      assertThat(settings(client.until(SETTINGS), 4)).isEqualTo(64 * 1024);
      client.send(SETTINGS, END, 0, new byte[0]);
      client.request(1, false, "POST", "/");
      for (int i = 0; i < 4; i++) {
        client.send(DATA, 0, 1, new byte[16 * 1024]);
      }
      client.send(PING, 0, 0, new byte[8]);
      for (Frame frame = client.next(); frame.type() != PING; frame = client.next()) {
        assertThat(frame.type() == WINDOW_UPDATE && frame.stream() == 1).isFalse();
      }
      ServerExchange exchange = exchanges.poll(10, TimeUnit.SECONDS);
      exchange.eventLoop().execute(() -> exchange.requestBody().start(taken));

      assertThat(client.until(WINDOW_UPDATE).stream()).isEqualTo(1);
      client.send(DATA, END, 1, new byte[1]);
      taken.end.get(10, TimeUnit.SECONDS);
      assertThat(taken.bytes).hasValue(64 * 1024 + 1);
      exchange.eventLoop().execute(() -> answer(exchange, Bodies.empty()));
      assertThat(client.until(HEADERS).ends()).isTrue();
    }
  }

  /** What is written, by its size; 0 is a flush. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "3",
        "3 4",
        "3 0 4",
        "3 4 0",
        "0 0 5",
        "4096 4096 4096 4096 1",
        "4000 4000 4000 4000 4000",
        "1 0 2 3 0 4 5 6",
        "100 5000 100 0 100",
        "10 5000 20 30 70000 1 4096 4097 2",
        ""
      })
  void chunks_ofOneRoundOfTheLoop_areAsFewFramesAsFit_inOrder(String written) throws Exception {
    List<Integer> sizes = numbers(written);
    int total = sizes.stream().mapToInt(size -> size).sum();
    byte[] content = new byte[total];
    new Random(7).nextBytes(content);
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().cancel();
          answer(exchange, new Pieces(content, sizes));
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect(), MIB)) {
      client.window(0, MIB);
      client.request(1, true, "GET", "/");

      ByteArrayOutputStream came = new ByteArrayOutputStream();
      List<Integer> seen = new ArrayList<>();
      Frame frame;
      do {
        frame = client.until(DATA);
        seen.add(frame.payload().length);
        came.write(frame.payload());
      } while (!frame.ends());
      assertThat(came.toByteArray()).isEqualTo(content);
      assertThat(seen).hasSize(Math.max(1, (total + FRAME - 1) / FRAME));
    }
  }

  @Test
  void brokenOffBehindAChunkThatIsKept_isReset() throws Exception {
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().cancel();
          answer(exchange, new Pieces(new byte[10], List.of(10)).thatBreaks());
        };
    try (TestServer server = new TestServer(TestServer.limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "GET", "/");

      assertThat(client.until(RST_STREAM).number(0))
          .isEqualTo((int) Http2Error.INTERNAL_ERROR.code());
    }
  }

  private static List<Integer> numbers(String text) {
    return text.isEmpty()
        ? List.of()
        : Stream.of(text.split(" ")).map(Integer::valueOf).collect(toList());
  }

  /** A body that is written at once, in pieces of the sizes given, with a flush at each 0. */
  private static final class Pieces implements BodySource {
    private final byte[] content;
    private final List<Integer> sizes;
    private boolean breaks;

    Pieces(byte[] content, List<Integer> sizes) {
      this.content = content;
      this.sizes = sizes;
    }

    Pieces thatBreaks() {
      breaks = true;
      return this;
    }

    @Override
    public void start(BodySink sink) {
      int at = 0;
      for (int size : sizes) {
        if (size == 0) {
          sink.flush();
        } else {
          sink.write(Unpooled.copiedBuffer(content, at, size));
          at += size;
        }
      }
      if (breaks) {
        sink.fail(new IOException("it broke"));
      } else {
        sink.end(EmptyHttpHeaders.INSTANCE);
      }
    }

    @Override
    public void resume() {
      // All was written at once.
    }

    @Override
    public void cancel() {
      // Nothing is held.
    }

    @Override
    public long length() {
      return -1;
    }
  }

  static int settings(Frame frame, int id) throws IOException {
    for (int at = 0; at < frame.payload().length; at += 6) {
      if (frame.payload()[at + 1] == id) {
        return frame.number(at + 2);
      }
    }
    throw new IOException("the setting did not come");
  }
}
