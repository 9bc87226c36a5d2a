// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReplicaSetTest {
  private static final UpstreamAddress URL = new UpstreamAddress("loki", 3100, "");
  private static final UpstreamHealth RULES =
      new UpstreamHealth(3, Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(10));

  // A clock that starts below zero, as System.nanoTime may.
  private final AtomicLong nanos = new AtomicLong(-Duration.ofSeconds(3).toNanos());
  private final AtomicInteger ejections = new AtomicInteger();
  private final ReplicaSet set = new ReplicaSet(RULES, nanos::get, ejections::incrementAndGet);

  private List<Replica> replicas(int count) {
    set.update(URL, addresses(1, count));
    return set.all();
  }

  private static List<InetSocketAddress> addresses(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(i -> new InetSocketAddress("127.0.0." + i, 3100))
        .toList();
  }

  private void pass(long millis) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
  }

  private Map<Replica, Integer> picks(int count) {
    Map<Replica, Integer> picked = new HashMap<>();
    for (int i = 0; i < count; i++) {
      picked.merge(set.pick(List.of()), 1, Integer::sum);
    }
    return picked;
  }

  @Test
  void equals_takeTurns() {
    List<Replica> all = replicas(3);

    assertThat(picks(9).values()).containsExactly(3, 3, 3);
    assertThat(picks(9).keySet()).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void fewestUnderWay_isNext() {
    List<Replica> all = replicas(3);
    all.get(0).begin();
    all.get(0).begin();
    all.get(1).begin();

    assertThat(picks(5)).isEqualTo(Map.of(all.get(2), 5));

    all.get(0).end();
    all.get(0).end();
    assertThat(picks(6)).containsOnlyKeys(all.get(0), all.get(2));
  }

  @Test
  void failuresInARow_putOut_andAnySuccessForgetsThem() {
    Replica replica = replicas(2).get(0);
    replica.failed(false);
    replica.failed(false);
    replica.succeeded();
    replica.failed(false);
    replica.failed(false);
    assertThat(replica.isHealthy()).isTrue();

    replica.failed(false);

    assertThat(replica.isHealthy()).isFalse();
    assertThat(ejections).hasValue(1);
    assertThat(picks(5)).isEqualTo(Map.of(set.all().get(1), 5));
  }

  @Test
  void refusedConnection_countsAtOnce() {
    Replica replica = replicas(2).get(0);

    replica.failed(true);

    assertThat(replica.isHealthy()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"1, 1000", "2, 2000", "3, 4000", "4, 5000", "40, 5000"})
  void timeOut_doublesUpToTheMost(int times, long millis) {
    Replica replica = replicas(2).get(0);
    for (int i = 1; i < times; i++) {
      replica.failed(i == 1);
      pass(5000);
      assertThat(replica.isHealthy()).isTrue();
    }
    // After the first time a single failure is enough.
    replica.failed(times == 1);

    pass(millis - 1);
    assertThat(replica.isHealthy()).isFalse();
    pass(1);
    assertThat(replica.isHealthy()).isTrue();
    assertThat(ejections).hasValue(times);
  }

  @Test
  void failuresWhileOut_changeNothing() {
    Replica replica = replicas(2).get(0);
    replica.failed(true);
    pass(999);
    replica.failed(true);
    pass(1);

    assertThat(replica.isHealthy()).isTrue();
    assertThat(ejections).hasValue(1);
  }

  @Test
  void allOut_areAllCandidates() {
    List<Replica> all = replicas(2);
    all.forEach(each -> each.failed(true));

    assertThat(picks(4).keySet()).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void tried_areNotPickedAgain_andThoseOutComeLast() {
    List<Replica> all = replicas(3);
    all.get(0).failed(true);

    List<Replica> order = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      order.add(set.pick(order));
    }

    assertThat(order).containsExactlyInAnyOrderElementsOf(all);
    assertThat(order.get(2)).isSameAs(all.get(0));
    assertThat(set.pick(order)).isNull();
  }

  @Test
  void probe_putsOutUntilASuccess() {
    Replica replica = replicas(2).get(0);
    replica.probed(false);
    replica.probed(false);
    pass(60_000);

    assertThat(replica.isHealthy()).isFalse();
    assertThat(ejections).hasValue(1);

    replica.probed(true);
    assertThat(replica.isHealthy()).isTrue();
  }

  @Test
  void replicaThatIsBack_takesItsShareSlowly() {
    Replica replica = replicas(2).get(0);
    Replica other = set.all().get(1);
    replica.failed(true);
    pass(1000 + 5000);
    replica.succeeded();
    IntStream.range(0, 10).forEach(i -> other.begin());
    IntStream.range(0, 4).forEach(i -> replica.begin());

    // Half of its share: (4 + 1) / 0.5 is less than 10 + 1, (5 + 1) / 0.5 is more.
    assertThat(set.pick(List.of())).isSameAs(replica);
    replica.begin();
    assertThat(set.pick(List.of())).isSameAs(other);
    pass(5000);
    assertThat(set.pick(List.of())).isSameAs(replica);
  }

  @Test
  void newAddress_joinsSlowly_andOneThatIsGoneGetsNoCalls() {
    List<Replica> gone = new ArrayList<>();
    set.onGone(gone::add);
    List<Replica> before = replicas(2);

    set.update(URL, addresses(2, 3));

    assertThat(gone).containsExactly(before.get(0));
    assertThat(set.all()).hasSize(2).contains(before.get(1)).doesNotContain(before.get(0));
    assertThat(picks(4)).isEqualTo(Map.of(before.get(1), 4));
    pass(10_000);
    assertThat(picks(4)).hasSize(2);
  }

  @Test
  void lookUpThatFailed_keepsWhatIsKnown() {
    List<Replica> before = replicas(2);

    set.update(URL, List.of());

    assertThat(set.all()).isEqualTo(before);
  }
}
