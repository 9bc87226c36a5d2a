// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody's slowness is paid for with the gateway's memory. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WireBackPressureIT extends WireFixture {
  private static final long GIB = 1L << 30;
  private static final long MIB = 1L << 20;
  private static final int PIECE = 1 << 16;

  /** Waits until {@code value} has not changed for many looks in a row. */
  private static void awaitStandstill(LongSupplier value) {
    long[] last = {-1, 0};
    eventually()
        .until(
            () -> {
              long now = value.getAsLong();
              last[1] = now == last[0] ? last[1] + 1 : 0;
              last[0] = now;
              return now > 0 && last[1] >= 60;
            });
  }

  private static long direct() {
    ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
    assertThat(allocator)
        .isInstanceOfAny(AdaptiveByteBufAllocator.class, PooledByteBufAllocator.class);
    return ((ByteBufAllocatorMetricProvider) allocator).metric().usedDirectMemory();
  }

  private static long heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** What the sockets' buffers on the loopback may hold, not the gateway. */
  private static final long KERNEL = 24 * MIB;

  @ParameterizedTest
  @ValueSource(strings = {RELAYED, CACHED})
  void answerOfTwoGibibytesToAReaderThatStops_waitsAtTheUpstreamAndThenComesWhole(String target)
      throws Exception {
    AtomicLong sent = new AtomicLong();
    loki.script(
        (request, connection) -> {
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                  + 2 * GIB
                  + "\r\n\r\n");
          byte[] piece = new byte[PIECE];
          while (sent.get() < 2 * GIB) {
            connection.send(piece);
            sent.addAndGet(PIECE);
          }
        });
    start();
    assertThat(client().get("/loki-ds/nothing%00").status()).isEqualTo(400);
    long heap = heap();
    long direct = direct();
    // What fills the cache is read at full speed until it turns out too large.
    long held = target.equals(CACHED) ? 16 * MIB : 0;
    RawClient client = client(64 * 1024).send("GET " + target + " HTTP/1.1\r\nHost: s\r\n\r\n");
    for (String line = client.readLine(); !line.isEmpty(); line = client.readLine()) {
      assertThat(line).isNotNull();
    }

    awaitStandstill(sent::get);

    assertThat(sent.get()).isLessThan(KERNEL + held);
    assertThat(direct() - direct).isLessThan(8 * MIB + 2 * held);
    assertThat(heap() - heap).isLessThan(8 * MIB + 2 * held);
    client.skip(2 * GIB);
    assertThat(sent.get()).isEqualTo(2 * GIB);
    assertThat(direct() - direct).isLessThan(8 * MIB + 2 * held);
  }

  @Test
  void manyReadersThatStop_costLittleEach() throws Exception {
    AtomicLong sent = new AtomicLong();
    loki.script(
        (request, connection) -> {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + GIB + "\r\n\r\n");
          byte[] piece = new byte[PIECE];
          for (int i = 0; i < GIB / PIECE; i++) {
            connection.send(piece);
            sent.addAndGet(PIECE);
          }
        });
    start();
    long direct = direct();
    for (int i = 0; i < 30; i++) {
      client(16 * 1024).send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");
    }

    awaitStandstill(sent::get);

    assertThat(direct() - direct).isLessThan(64 * MIB);
  }

  @Test
  void uploadToAnUpstreamThatStops_waitsAtTheClientAndThenGoesWhole() throws Exception {
    long length = 256 * MIB;
    CountDownLatch go = new CountDownLatch(1);
    AtomicLong got = new AtomicLong();
    loki.script(
        (request, connection) -> {
          go.await();
          byte[] buffer = new byte[PIECE];
          while (got.get() < length) {
            int n = connection.socket().getInputStream().read(buffer);
            if (n < 0) {
              throw new IOException("broken off");
            }
            got.addAndGet(n);
          }
          connection.answer(200, "taken");
        });
    start(", maxBody: 0", "");
    long heap = heap();
    long direct = direct();
    AtomicLong sent = new AtomicLong();
    RawClient client = client();
    Thread upload =
        new Thread(
            () -> {
              try {
                client.send(
                    "POST "
                        + PUSH
                        + " HTTP/1.1\r\nHost: s\r\nContent-Length: "
                        + length
                        + "\r\n\r\n");
                byte[] piece = new byte[PIECE];
                for (long i = 0; i < length; i += PIECE) {
                  client.send(piece);
                  sent.addAndGet(PIECE);
                }
              } catch (IOException e) {
                sent.set(-1);
              }
            });
    upload.start();

    awaitStandstill(sent::get);

    assertThat(sent.get()).isPositive().isLessThan(KERNEL);
    assertThat(direct() - direct).isLessThan(8 * MIB);
    assertThat(heap() - heap).isLessThan(8 * MIB);
    go.countDown();
    assertThat(client.answer().body()).isEqualTo("taken");
    upload.join();
    assertThat(got.get()).isEqualTo(length);
  }

  @Test
  void clientThatUploadsBitByBit_reachesTheUpstreamBitByBit() throws Exception {
    AtomicLong got = new AtomicLong();
    loki.script(
        (request, connection) -> {
          for (int i = 0; i < 20; i++) {
            connection.read(1);
            got.incrementAndGet();
          }
          connection.answer(200, "taken");
        });
    start();
    RawClient client =
        client().send("POST " + PUSH + " HTTP/1.1\r\nHost: s\r\nContent-Length: 20\r\n\r\n");

    for (int i = 1; i <= 20; i++) {
      client.send("x");
      int so = i;
      eventually().until(() -> got.get() == so);
    }

    assertThat(client.answer().body()).isEqualTo("taken");
  }

  @Test
  void pipeliningWithoutReading_isHeldBack() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          go.await();
          connection.answer(200, "fine");
        });
    start();
    long direct = direct();
    AtomicLong sent = new AtomicLong();
    RawClient client = client();
    byte[] many =
        ("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\nX: " + "x".repeat(900) + "\r\n\r\n")
            .repeat(64)
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    Thread flood =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < 4000; i++) {
                  client.send(many);
                  sent.addAndGet(many.length);
                }
              } catch (IOException e) {
                // The test is over.
              }
            });
    flood.start();

    awaitStandstill(sent::get);

    assertThat(sent.get()).isLessThan(KERNEL);
    assertThat(direct() - direct).isLessThan(8 * MIB);
    client.close();
    go.countDown();
    flood.join();
  }
}
