// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.http.ResponseHead;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 with prior knowledge, byte by byte, beside HTTP/1.1 on the same port. */
final class Http2ServerTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int RST_STREAM = 3;
  private static final int GOAWAY = 7;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final AtomicInteger handled = new AtomicInteger();
  private final Queue<CloseReason> cuts = new ConcurrentLinkedQueue<>();
  private GatewayServer server;

  @BeforeEach
  void start() throws IOException {
    start(LONG);
  }

  private void start(Duration headTimeout) throws IOException {
    server =
        GatewayServer.bind(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new GatewayServer.Setup(
                loops,
                loops,
                NioServerSocketChannel.class,
                new ServerLimits(1 << 20, headTimeout, LONG, LONG, LONG),
                InstantSource.system()),
            exchange -> {
              handled.incrementAndGet();
              exchange.requestBody().cancel();
              exchange.respond(
                  new ResponseHead(200, new DefaultHttpHeaders()),
                  Bodies.of(exchange.request().target().raw().getBytes(StandardCharsets.US_ASCII)));
            },
            new ServerListener() {
              @Override
              public void connectionCut(CloseReason reason) {
                cuts.add(reason);
              }
            });
  }

  @AfterEach
  void stop() {
    server.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void requestByPriorKnowledge_isAnswered() throws IOException {
    try (Client client = new Client()) {
      client.frame(1, 5, 1, head("/one"));

      assertThat(new String(client.until(0), StandardCharsets.US_ASCII)).isEqualTo("/one");
    }
    http1IsUnharmed();
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Upper: a", "connection: close", "te: gzip", "a: b\r\nc: d", "a: b\0c"})
  void malformedHeader_isResetAndReachesNobody(String line) throws IOException {
    int colon = line.indexOf(": ");
    byte[] bad = literal(line.substring(0, colon), line.substring(colon + 2));
    try (Client client = new Client()) {
      client.frame(1, 5, 1, join(head("/"), bad));

      assertThat(client.until(RST_STREAM)[3]).isEqualTo((byte) 1);
    }
    assertThat(handled).hasValue(0);
    http1IsUnharmed();
  }

  @Test
  void rapidResets_endTheConnection() throws IOException {
    try (Client client = new Client()) {
      for (int i = 0; i < 300; i++) {
        client.attack(1, 5, 2 * i + 1, head("/"));
        client.attack(3, 0, 2 * i + 1, new byte[4]);
      }
      client.awaitEnd();
    }
    assertThat(cuts).containsExactly(CloseReason.RESETS);
    http1IsUnharmed();
  }

  @Test
  void emptyContinuations_endTheConnection() throws IOException {
    try (Client client = new Client()) {
      client.frame(1, 1, 1, head("/"));
      for (int i = 0; i < 100; i++) {
        client.attack(9, 0, 1, new byte[0]);
      }
      client.awaitEnd();
    }
    assertThat(cuts).containsExactly(CloseReason.CONTINUATION);
    assertThat(handled).hasValue(0);
    http1IsUnharmed();
  }

  @Test
  void tinyHeaderListSize_endsTheConnectionBeforeItsRequest() throws IOException {
    try (Client client = new Client()) {
      client.frame(4, 0, 0, new byte[] {0, 6, 0, 0, 0, 1});
      client.attack(1, 5, 1, head("/"));

      assertThat(client.until(GOAWAY)[7]).isEqualTo((byte) 0xb);
    }
    assertThat(cuts).containsExactly(CloseReason.SETTINGS);
    assertThat(handled).hasValue(0);
    http1IsUnharmed();
  }

  @Test
  void headerBlockThatNeverEnds_timesOut() throws IOException {
    server.close();
    start(Duration.ofMillis(300));
    try (Client client = new Client()) {
      client.frame(1, 1, 1, head("/"));

      client.until(GOAWAY);
    }
    assertThat(cuts).containsExactly(CloseReason.HEAD_TIMEOUT);
    assertThat(handled).hasValue(0);
    http1IsUnharmed();
  }

  private void http1IsUnharmed() throws IOException {
    try (Socket socket = connect()) {
      socket
          .getOutputStream()
          .write(
              "GET /still HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 200")
          .endsWith("/still");
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(server.address().getAddress(), server.address().getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static byte[] head(String path) {
    // Of the static table: :method GET, :scheme http; then :path and :authority.
    return join(
        new byte[] {(byte) 0x82, (byte) 0x86}, literal(":path", path), literal(":authority", "a"));
  }

  private static byte[] literal(String name, String value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    for (String each : new String[] {name, value}) {
      out.write(each.length());
      out.writeBytes(each.getBytes(StandardCharsets.ISO_8859_1));
    }
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private final class Client implements AutoCloseable {
    private final Socket socket = connect();
    private final OutputStream out = socket.getOutputStream();
    private final DataInputStream in = new DataInputStream(socket.getInputStream());

    Client() throws IOException {
      out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      frame(4, 0, 0, new byte[0]);
    }

    void frame(int type, int flags, int stream, byte[] payload) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      int n = payload.length;
      bytes.writeBytes(new byte[] {(byte) (n >> 16), (byte) (n >> 8), (byte) n});
      bytes.writeBytes(new byte[] {(byte) type, (byte) flags, 0, 0});
      bytes.writeBytes(new byte[] {(byte) (stream >> 8), (byte) stream});
      bytes.writeBytes(payload);
      out.write(bytes.toByteArray());
    }

    /** Sends a frame to a server that may have closed the connection. */
    void attack(int type, int flags, int stream, byte[] payload) throws IOException {
      try {
        frame(type, flags, stream, payload);
      } catch (SocketException e) {
        assertThat(cuts).isNotEmpty();
      }
    }

    byte[] until(int wanted) throws IOException {
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        in.skipNBytes(5);
        byte[] payload = in.readNBytes(length);
        if (type == wanted) {
          return payload;
        }
      }
    }

    void awaitEnd() throws IOException {
      try {
        assertThat(in.readAllBytes()).isNotNull();
      } catch (SocketException e) {
        // Closed with what was still on its way to the server.
        assertThat(cuts).isNotEmpty();
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
