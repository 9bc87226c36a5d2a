// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static io.spanway.upstream.RawHttp2Peer.ACK;
import static io.spanway.upstream.RawHttp2Peer.CONTINUATION;
import static io.spanway.upstream.RawHttp2Peer.DATA;
import static io.spanway.upstream.RawHttp2Peer.END_HEADERS;
import static io.spanway.upstream.RawHttp2Peer.END_STREAM;
import static io.spanway.upstream.RawHttp2Peer.GOAWAY;
import static io.spanway.upstream.RawHttp2Peer.HEADERS;
import static io.spanway.upstream.RawHttp2Peer.OK;
import static io.spanway.upstream.RawHttp2Peer.PING;
import static io.spanway.upstream.RawHttp2Peer.RST_STREAM;
import static io.spanway.upstream.RawHttp2Peer.SETTINGS;
import static io.spanway.upstream.RawHttp2Peer.WINDOW_UPDATE;
import static io.spanway.upstream.RawHttp2Peer.bytes;
import static io.spanway.upstream.RawHttp2Peer.field;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An upstream whose HTTP/2 is slow, silent, wrong or hostile. */
final class Http2FaultsTest {
  private static final byte[] NONE = {};
  private static final int REFUSED_STREAM = 7;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private Http2KeepAlive keepAlive = Http2KeepAlive.DEFAULT;
  private Duration connect = Duration.ofSeconds(5);
  private RawHttp2Peer peer;

  @AfterEach
  void stop() throws IOException {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    if (peer != null) {
      peer.close();
    }
  }

  private UpstreamClient client(RawHttp2Peer.Script script) throws IOException {
    return client(NONE, script);
  }

  private UpstreamClient client(byte[] settings, RawHttp2Peer.Script script) throws IOException {
    peer = new RawHttp2Peer(settings, script);
    return client(peer.port());
  }

  private UpstreamClient client(int port) {
    return client(new UpstreamAddress("127.0.0.1", port, ""));
  }

  private UpstreamClient client(UpstreamAddress... urls) {
    UpstreamSettings settings =
        new UpstreamSettings(
            "tempo",
            List.of(urls),
            UpstreamSettings.Protocol.HTTP2,
            new UpstreamTimeouts(
                connect, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1)),
            UpstreamHealth.DEFAULT,
            new UpstreamTls(null, null, null, null, true),
            8,
            100,
            NioSocketChannel.class,
            UpstreamRetries.OFF);
    ReplicaDirectory directory =
        new ReplicaDirectory(
            settings.urls(),
            new ReplicaSet(settings.health(), System::nanoTime, () -> {}),
            AddressResolver.PLATFORM,
            Runnable::run,
            System::nanoTime);
    return new UpstreamClient(settings, Runnable::run, PoolListener.NONE, directory, keepAlive);
  }

  private CallResult send(UpstreamClient client, BodySource body, CallResult result)
      throws Exception {
    loop.submit(
            () ->
                client.send(
                    loop,
                    new OutboundRequest("POST", "/s/m", new DefaultHttpHeaders()),
                    body,
                    result))
        .get();
    return result;
  }

  private CallResult send(UpstreamClient client) throws Exception {
    return send(client, Bodies.empty(), new CallResult());
  }

  private static BodySource message() {
    return Bodies.of(Unpooled.wrappedBuffer(new byte[100]));
  }

  private static byte[] joined(byte[]... parts) {
    return Unpooled.wrappedBuffer(parts).copy().array();
  }

  @Test
  void pingThatIsAnswered_keepsAQuietCall() throws Exception {
    keepAlive = new Http2KeepAlive(Duration.ofMillis(20), Duration.ofSeconds(5));
    UpstreamClient client =
        client(
            (frame, connection) -> {
              if (frame.type() == PING && !frame.isAck()) {
                connection.send(
                    PING, ACK, 0, frame.payload().getBytes(StandardCharsets.ISO_8859_1));
                if (peer.came(PING).size() == 3) {
                  connection.answer(3);
                }
              }
            });

    assertThat(send(client).code()).isEqualTo(200);

    assertThat(peer.connections()).isEqualTo(1);
  }

  @Test
  void pingThatIsNotAnswered_endsItsConnection() throws Exception {
    keepAlive = new Http2KeepAlive(Duration.ofMillis(100), Duration.ofMillis(200));
    UpstreamClient client = client((frame, connection) -> {});
    CallResult first = send(client);
    CallResult second = send(client);

    assertThat(first.failure())
        .hasMessageContaining("no answer to PING")
        .extracting(UpstreamException::error)
        .isEqualTo(ProxyError.CONNECTION_TERMINATED);
    assertThat(second.error()).isEqualTo(ProxyError.CONNECTION_TERMINATED);
    await().atMost(Duration.ofSeconds(10)).until(() -> peer.ended() == 1);
    assertThat(peer.came(PING)).hasSize(1);
  }

  @Test
  void goAway_letsItsCallsEndAndSendsTheOthersElsewhere() throws Exception {
    UpstreamClient client =
        client(
            (frame, connection) -> {
              if (frame.isHead() && frame.connection() == 1) {
                connection.answer(frame.stream());
              } else if (frame.isHead() && peer.came(HEADERS).size() == 3) {
                connection.send(GOAWAY, 0, 0, bytes(3, 0));
              } else if (frame.type() == PING) {
                connection.answer(3);
              }
            });
    CallResult kept = send(client);
    CallResult whole = send(client);
    CallResult begun = send(client, message(), new CallResult());

    assertThat(whole.code()).isEqualTo(200);
    assertThat(begun.error()).isEqualTo(ProxyError.CONNECTION_TERMINATED);
    assertThat(kept.isOver()).isFalse();
    assertThat(peer.ended()).isZero();
    assertThat(send(client).code()).isEqualTo(200);
    assertThat(peer.connections()).isEqualTo(2);
    assertThat(client.replicas()).allMatch(Replica::isHealthy);
  }

  @Test
  void goAwayWithItsLastCallAnswered_closesTheConnection() throws Exception {
    UpstreamClient client =
        client(
            (frame, connection) -> {
              if (frame.isHead()) {
                connection.send(GOAWAY, 0, 0, bytes(frame.stream(), 0));
                connection.answer(frame.stream());
              }
            });

    assertThat(send(client).code()).isEqualTo(200);

    await().atMost(Duration.ofSeconds(10)).until(() -> peer.ended() == 1);
  }

  @Test
  void refusedStream_isAskedOnceMoreWhereNothingIsLost() throws Exception {
    UpstreamClient client =
        client(
            (frame, connection) -> {
              if (frame.isHead() && peer.came(HEADERS).size() == 1) {
                connection.send(RST_STREAM, 0, frame.stream(), bytes(REFUSED_STREAM));
              } else if (frame.isHead()) {
                connection.answer(frame.stream());
              }
            });

    assertThat(send(client).code()).isEqualTo(200);

    assertThat(peer.came(HEADERS)).hasSize(2);
  }

  @Test
  void refusedStreamWithABodyThatWasBegun_isNotAskedAgain() throws Exception {
    UpstreamClient client =
        client(
            (frame, connection) -> {
              if (frame.isHead()) {
                connection.send(RST_STREAM, 0, frame.stream(), bytes(REFUSED_STREAM));
              }
            });

    assertThat(send(client, message(), new CallResult()).error())
        .isEqualTo(ProxyError.CONNECTION_TERMINATED);
    assertThat(peer.came(HEADERS)).hasSize(1);

    // And where nothing is lost, not for ever.
    assertThat(send(client).error()).isEqualTo(ProxyError.CONNECTION_TERMINATED);
    assertThat(peer.came(HEADERS)).hasSize(3);
    assertThat(peer.connections()).isEqualTo(1);
  }

  @Test
  void slowReader_holdsUpAWindowAndNobodyElse() throws Exception {
    int window = 256 << 10;
    int frame = 16 << 10;
    UpstreamClient client =
        client(
            (got, connection) -> {
              if (got.isHead() && got.stream() == 3) {
                connection.send(HEADERS, END_HEADERS, 3, OK);
                connection.flood(window / frame, DATA, 0, 3, new byte[frame]);
              } else if (got.isHead()) {
                connection.answer(got.stream());
              } else if (got.type() == WINDOW_UPDATE && got.stream() == 3) {
                connection.send(DATA, END_STREAM, 3, new byte[1000]);
              }
            });
    CallResult slow = new CallResult();
    slow.holdUp();
    send(client, Bodies.empty(), slow);
    assertThat(slow.head()).isEqualTo(200);

    for (int i = 0; i < 20; i++) {
      assertThat(send(client).code()).isEqualTo(200);
    }

    assertThat(peer.connections()).isEqualTo(1);
    assertThat(slow.bytes()).isLessThan(window);
    assertThat(peer.came(WINDOW_UPDATE)).noneMatch(each -> each.stream() == 3);
    loop.submit(slow::goOn).get();
    assertThat(slow.code()).isEqualTo(200);
    assertThat(slow.bytes()).isEqualTo(window + 1000);
  }

  static Stream<Arguments> heads() {
    return Stream.of(
        Arguments.of("no status", field("a", "b")),
        Arguments.of("a status that is no number", field(":status", "2x0")),
        Arguments.of("a status beyond all", field(":status", "99999")),
        Arguments.of("nothing but Continue", field(":status", "100")),
        Arguments.of("an upgrade", field(":status", "101")),
        Arguments.of("connection", joined(OK, field("connection", "close"))),
        Arguments.of("transfer-encoding", joined(OK, field("transfer-encoding", "chunked"))),
        Arguments.of("upper case", joined(OK, field("Upper", "x"))),
        Arguments.of("a request's", joined(OK, field(":path", "/"))),
        Arguments.of("late status", joined(field("a", "b"), OK)),
        Arguments.of("line end", joined(OK, field("a", "b\r\nc: d"))),
        Arguments.of("a length that is none", joined(OK, field("content-length", "-1"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("heads")
  void headThatIsNone_failsItsCallAlone(String name, byte[] head) throws Exception {
    UpstreamClient client =
        client(
            (frame, connection) -> {
              if (frame.isHead() && frame.stream() == 5) {
                connection.send(HEADERS, END_HEADERS | END_STREAM, 5, head);
              } else if (frame.isHead() && frame.stream() > 5) {
                connection.answer(3);
                connection.answer(frame.stream());
              }
            });
    CallResult before = send(client);

    assertThat(send(client).error()).isEqualTo(ProxyError.HTTP_PROTOCOL_ERROR);

    assertThat(send(client).code()).isEqualTo(200);
    assertThat(before.code()).isEqualTo(200);
    assertThat(peer.connections()).isEqualTo(1);
  }

  static Stream<Arguments> floods() {
    RawHttp2Peer.Script continuations =
        (frame, connection) -> {
          connection.send(HEADERS, 0, frame.stream(), OK);
          connection.flood(100_000, CONTINUATION, 0, frame.stream(), NONE);
        };
    RawHttp2Peer.Script hugeHead =
        (frame, connection) -> {
          connection.send(HEADERS, 0, frame.stream(), OK);
          byte[] field = field("a", "b".repeat(120));
          byte[][] fields = new byte[100][];
          Arrays.fill(fields, field);
          connection.flood(1000, CONTINUATION, 0, frame.stream(), joined(fields));
        };
    RawHttp2Peer.Script settings =
        (frame, connection) -> {
          connection.flood(100_000, SETTINGS, 0, 0, NONE);
        };
    RawHttp2Peer.Script pings =
        (frame, connection) -> {
          connection.flood(100_000, PING, 0, 0, new byte[8]);
        };
    RawHttp2Peer.Script emptyData =
        (frame, connection) -> {
          connection.send(HEADERS, END_HEADERS, frame.stream(), OK);
          connection.flood(100_000, DATA, 0, frame.stream(), NONE);
        };
    return Stream.of(
        Arguments.of("CONTINUATION", continuations),
        Arguments.of("a huge head", hugeHead),
        Arguments.of("SETTINGS", settings),
        Arguments.of("PING", pings),
        Arguments.of("empty DATA", emptyData));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("floods")
  void flood_closesItsConnectionAndNothingElse(String name, RawHttp2Peer.Script flood)
      throws Exception {
    UpstreamClient client =
        client(
            (frame, connection) -> {
              if (frame.isHead() && frame.connection() == 0 && frame.stream() == 5) {
                flood.got(frame, connection);
              } else if (frame.isHead() && frame.connection() > 0) {
                connection.answer(frame.stream());
              }
            });
    CallResult bystander = send(client);
    CallResult flooded = send(client);

    assertThat(bystander.error()).isEqualTo(ProxyError.CONNECTION_TERMINATED);
    await().atMost(Duration.ofSeconds(10)).until(flooded::isOver);
    await().atMost(Duration.ofSeconds(10)).until(() -> peer.ended() == 1);
    assertThat(send(client).code()).isEqualTo(200);
    assertThat(peer.connections()).isEqualTo(2);
  }

  @Test
  void silenceBeforeSettings_endsWithinTheTimeForOneConnection() throws Exception {
    connect = Duration.ofMillis(500);
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      UpstreamClient client = client(silent.getLocalPort());
      for (int i = 0; i < 3; i++) {
        long start = System.nanoTime();
        assertThat(send(client).error()).isEqualTo(ProxyError.CONNECTION_TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(connect.multipliedBy(2));
      }

      await().atMost(Duration.ofSeconds(10)).until(() -> !client.replicas().get(0).isHealthy());
    }
  }

  @Test
  void silentReplica_leavesTimeForTheOther() throws Exception {
    connect = Duration.ofSeconds(2);
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      peer =
          new RawHttp2Peer(
              NONE,
              (frame, connection) -> {
                if (frame.isHead()) {
                  connection.answer(frame.stream());
                }
              });
      UpstreamClient client =
          client(
              new UpstreamAddress("127.0.0.1", silent.getLocalPort(), ""),
              new UpstreamAddress("127.0.0.1", peer.port(), ""));
      loop.submit(() -> client.look(loop, () -> {})).get();
      await().atMost(Duration.ofSeconds(10)).until(() -> client.replicas().size() == 2);

      // Whose turn it is, is the silent one's for one of two.
      assertThat(send(client, message(), new CallResult()).code()).isEqualTo(200);
      assertThat(send(client, message(), new CallResult()).code()).isEqualTo(200);
    }
  }

  @Test
  void upstreamThatAllowsNoStream_getsOneConnectionAndNoMore() throws Exception {
    connect = Duration.ofMillis(300);
    // SETTINGS_MAX_CONCURRENT_STREAMS
    UpstreamClient client = client(new byte[] {0, 3, 0, 0, 0, 0}, (frame, connection) -> {});

    assertThat(send(client).error()).isEqualTo(ProxyError.CONNECTION_LIMIT_REACHED);

    assertThat(peer.connections()).isEqualTo(1);
    assertThat(peer.came(HEADERS)).isEmpty();
  }

  @Test
  void upstreamWithoutHttp2ByAlpn_isToldFromOneThatIsDown() throws Exception {
    X509Bundle certificate =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=tempo")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
    HttpsServer http1 =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    http1.setHttpsConfigurator(new HttpsConfigurator(context));
    http1.start();
    try {
      UpstreamClient client =
          client(new UpstreamAddress(true, "127.0.0.1", http1.getAddress().getPort(), ""));

      assertThat(send(client).error()).isEqualTo(ProxyError.NOT_IMPLEMENTED);
      assertThat(send(client, message(), new CallResult()).error())
          .isEqualTo(ProxyError.NOT_IMPLEMENTED);
      assertThat(client.replicas()).allMatch(Replica::isHealthy);
    } finally {
      http1.stop(0);
    }
  }

  @Test
  void basePath_isNotPutBeforeTheMethod() throws Exception {
    peer =
        new RawHttp2Peer(
            NONE,
            (frame, connection) -> {
              if (frame.isHead()) {
                connection.answer(frame.stream());
              }
            });
    assertThat(send(client(new UpstreamAddress("127.0.0.1", peer.port(), "/tempo"))).code())
        .isEqualTo(200);
    assertThat(send(client(new UpstreamAddress("127.0.0.1", peer.port(), ""))).code())
        .isEqualTo(200);

    List<RawHttp2Peer.Frame> heads = peer.came(HEADERS);
    assertThat(heads.get(0).payload()).isEqualTo(heads.get(1).payload());
  }
}
