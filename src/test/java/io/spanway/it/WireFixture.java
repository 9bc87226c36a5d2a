// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;

/** A gateway between scripted upstreams and bare clients, new for each test. */
abstract class WireFixture {
  /** A path that is passed on to Loki, never cached and never looked into. */
  static final String RELAYED = "/loki-ds/plain";

  /** A path whose answers are cached. */
  static final String CACHED =
      "/loki/api/v1/query_range?query=%7Bapp%3D%22x%22%7D&start=1700000000000000000"
          + "&end=1700003600000000000&limit=100&direction=backward";

  static final String PUSH = "/loki/api/v1/push";

  @Parameter int threads;

  FakeUpstream loki;
  FakeUpstream tempo;
  Gateway gateway;
  private final Deque<Closeable> clients = new ArrayDeque<>();

  @BeforeEach
  void startUpstreams() throws IOException {
    loki = new FakeUpstream();
    tempo = new FakeUpstream();
  }

  @AfterEach
  void stopAll() throws IOException {
    for (Closeable each : clients) {
      each.close();
    }
    if (gateway != null) {
      gateway.awaitIdle();
      gateway.close();
    }
    loki.close();
    tempo.close();
    assertThat(loki.mistakes()).isEmpty();
    eventually().untilAsserted(() -> assertThat(spanwayThreads()).isEmpty());
  }

  private static Set<String> spanwayThreads() {
    // The workers are daemons that end by themselves when they have had nothing to do for a while.
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("spanway-loop") || name.startsWith("spanway-accept"))
        .collect(Collectors.toSet());
  }

  /** Starts the gateway with the defaults. */
  void start() throws IOException {
    start("", "");
  }

  /** Starts the gateway with more keys of {@code server} and {@code loki}. */
  void start(String server, String upstream) throws IOException {
    gateway = Gateway.start(Gateway.yaml(threads, loki.uri(), tempo.uri(), server, upstream));
  }

  RawClient client() throws IOException {
    return keep(gateway.client());
  }

  RawClient client(int receiveBuffer) throws IOException {
    return keep(RawClient.to(gateway.data(), receiveBuffer));
  }

  private RawClient keep(RawClient client) {
    clients.add(client);
    return client;
  }

  static ConditionFactory eventually() {
    return await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(10));
  }
}
