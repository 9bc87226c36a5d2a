// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Much traffic leaves nothing behind: no buffer ({@code LeakCheck}), no socket, no thread. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WireLeakIT {
  private static final int TAILS = 1000;
  private static final int REQUESTS = 10_000;
  private static final int CLIENTS = 8;

  /** One in so many requests is the last of its connection. */
  private static final int CLOSES = 10;

  @Parameter int threads;

  private ManyConnections loki;
  private Gateway gateway;
  private final List<RawClient> tails = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    loki = new ManyConnections();
    gateway = Gateway.start(Gateway.yaml(threads, loki.uri(), loki.uri(), "", ""));
  }

  @AfterEach
  void stop() throws IOException {
    for (RawClient each : tails) {
      each.close();
    }
    gateway.close();
    loki.close();
  }

  @Test
  void thousandTailsAndTenThousandRequests_leaveNothingBehind() throws Exception {
    // Event loops start with their first connection.
    do {
      request(RawClient.to(gateway.data()), true).close();
    } while (liveThreads().stream()
            .filter(each -> each.getName().startsWith("spanway-loop"))
            .count()
        < threads);
    Set<Thread> before = liveThreads();

    for (int i = 0; i < TAILS; i++) {
      RawClient client = gateway.client().send(WireTailIT.HANDSHAKE);
      tails.add(client);
      assertThat(client.answer().status()).isEqualTo(101);
    }
    assertThat(gateway.app().requestsInFlight()).isEqualTo(TAILS);
    requests();
    assertThat(gateway.metric("spanway_client_connections", "")).isEqualTo(TAILS);
    assertThat(liveThreads())
        .as("threads that %s tails need", TAILS)
        .hasSizeLessThan(before.size() + CLIENTS);

    leave();

    gateway.awaitIdle();
    WireFixture.eventually()
        .untilAsserted(
            () -> {
              assertThat(gateway.metric("spanway_client_connections", "")).isZero();
              assertThat(gateway.metric("spanway_upstream_connections{", "busy")).isZero();
              assertThat(gateway.metric("spanway_upstream_connections{", "idle"))
                  .isEqualTo(loki.openConnections());
              assertThat(liveThreads()).isEqualTo(before);
            });
    request(RawClient.to(gateway.data()), true).close();
  }

  private void requests() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      Callable<Void> work =
          () -> {
            RawClient client = gateway.client();
            for (int i = 1; i <= REQUESTS / CLIENTS; i++) {
              boolean last = i % CLOSES == 0;
              request(client, last);
              if (last) {
                client.close();
                client = gateway.client();
              }
            }
            client.close();
            return null;
          };
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        all.add(clients.submit(work));
      }
      for (Future<Void> each : all) {
        each.get();
      }
    } finally {
      clients.shutdownNow();
    }
    WireFixture.eventually().until(clients::isTerminated);
    WireFixture.eventually().until(() -> gateway.metric("spanway_client_connections", "") == TAILS);
  }

  private static RawClient request(RawClient client, boolean last) throws IOException {
    RawClient.Answer answer =
        last
            ? client.get(WireFixture.RELAYED, "Connection: close")
            : client.get(WireFixture.RELAYED);
    assertThat(answer.body()).isEqualTo("fine\n");
    return client;
  }

  /** Tails end in all ways: by a close frame, by closing, by a reset. */
  private void leave() throws IOException {
    for (int i = 0; i < TAILS; i++) {
      RawClient client = tails.get(i);
      if (i % 3 == 0) {
        client.send("\u0088\u0080\u0000\u0000\u0000\u0000");
      } else if (i % 3 == 1) {
        client.socket().setSoLinger(true, 0);
      }
      client.close();
    }
  }

  /**
   * Spanway's workers come and go with the work; event loops and the clients' threads are counted.
   */
  private static Set<Thread> liveThreads() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(
        each -> !each.getName().startsWith("spanway") && !each.getName().startsWith("pool-"));
    threads.removeIf(
        each ->
            each.getName().startsWith("spanway-worker")
                || each.getName().startsWith("spanway-dns"));
    return threads;
  }
}
