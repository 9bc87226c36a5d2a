// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who asks what somebody is being answered reads along, on whichever event loop. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class SharedAnswerIT extends WireFixture {
  private static final String LABELS = "/loki/api/v1/labels?start=1700000000&end=1700000060";
  private static final String START = "{\"status\":\"success\",\"data\":[\"";
  private static final String END = "\"]}";
  private static final int MIB = 1 << 20;
  private static final int PIECE = 1 << 16;

  /** What the upstream does next. */
  private sealed interface Order {
    record Send(String text) implements Order {}

    record Finish() implements Order {}

    record BreakOff() implements Order {}
  }

  private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();

  /** The body of an answer, in chunks, as far as it has come. */
  private static final class Body {
    private final RawClient client;
    private final StringBuilder got = new StringBuilder();
    private boolean over;

    Body(RawClient client) {
      this.client = client;
    }

    /** Reads until {@code text} is all that came, and no more. */
    void expect(String text) throws IOException {
      while (got.length() < text.length()) {
        chunk();
      }
      assertThat(got.toString()).isEqualTo(text);
      got.setLength(0);
    }

    String rest() throws IOException {
      while (!over) {
        chunk();
      }
      return got.toString();
    }

    /** Reads to the end and drops it; returns how many bytes it had. */
    long drain() throws IOException {
      long bytes = 0;
      while (!over) {
        chunk();
        bytes += got.length();
        got.setLength(0);
      }
      return bytes;
    }

    private void chunk() throws IOException {
      int size = Integer.parseInt(client.readLine(), 16);
      got.append(client.read(size));
      assertThat(client.readLine()).isEmpty();
      over = size == 0;
    }
  }

  private void startWith(String more) throws IOException {
    loki.script(
        (request, connection) -> {
          Order order = orders.take();
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                  + "Transfer-Encoding: chunked\r\n\r\n");
          while (order instanceof Order.Send send) {
            String text = send.text();
            connection.send(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
            order = orders.take();
          }
          if (order instanceof Order.Finish) {
            connection.send("0\r\n\r\n");
          } else {
            connection.reset();
          }
        });
    gateway = Gateway.start(Gateway.yaml(threads, loki.uri(), tempo.uri(), "", "") + more + "\n");
  }

  private void send(String text) {
    orders.add(new Order.Send(text));
  }

  private void finish() {
    orders.add(new Order.Finish());
  }

  private RawClient ask(int receiveBuffer, String target, String... headers) throws IOException {
    StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: s\r\n");
    for (String each : headers) {
      head.append(each).append("\r\n");
    }
    return client(receiveBuffer).send(head + "\r\n");
  }

  private static Body begun(RawClient client, String cache) throws IOException {
    assertThat(client.readLine()).startsWith("HTTP/1.1 200");
    StringBuilder headers = new StringBuilder();
    for (String line = client.readLine(); !line.isEmpty(); line = client.readLine()) {
      headers.append(line.toLowerCase(Locale.ROOT)).append('\n');
    }
    assertThat(headers.toString())
        .contains("x-spanway-cache: " + cache + "\n")
        .contains("transfer-encoding: chunked\n");
    return new Body(client);
  }

  private void awaitAsking(int clients) {
    eventually().until(() -> gateway.app().requestsInFlight() == clients);
  }

  @Test
  void bodyThatCannotBeDecoded_isTheUpstreamsFaultForThoseWhoWaitToo() throws Exception {
    loki.script(
        (request, connection) -> {
          orders.take();
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                  + "Content-Length: 8\r\n\r\nno gzip!");
        });
    start();
    RawClient first = ask(0, CACHED);
    awaitAsking(1);
    RawClient second = ask(0, CACHED);
    awaitAsking(2);

    finish();

    assertThat(second.answer().status()).isEqualTo(502);
    eventually().until(() -> gateway.errors("UX") == 2);
    assertThat(gateway.errors("GE")).isZero();
    first.close();
  }

  private String cacheOf(RawClient.Answer answer) {
    return answer.header("x-spanway-cache");
  }

  @Test
  void followers_readWhileTheBodyIsStillComing() throws Exception {
    startWith("");
    send(START);
    Body leader = begun(ask(0, LABELS), "miss");
    leader.expect(START);
    Body early = begun(ask(0, LABELS), "coalesced");
    early.expect(START);
    send("abc");
    leader.expect("abc");
    early.expect("abc");
    Body late = begun(ask(0, LABELS, "Accept-Encoding: gzip"), "coalesced");
    late.expect(START + "abc");
    send(END);
    finish();

    assertThat(leader.rest()).isEqualTo(END);
    assertThat(early.rest()).isEqualTo(END);
    assertThat(late.rest()).isEqualTo(END);
    assertThat(loki.requests()).hasSize(1);
    eventually().until(() -> cacheOf(client().get(LABELS)).equals("hit"));
    assertThat(client().get(LABELS).body()).isEqualTo(START + "abc" + END);
  }

  private enum Moment {
    BEFORE_THE_HEAD,
    IN_MID_BODY,
    PAST_THE_LARGEST_ENTRY
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void leaderThatLeaves_endsNothingForWhoReadsAlong(Moment when) throws Exception {
    startWith("cache: { maxEntry: 64KiB }");
    RawClient leader = ask(0, LABELS);
    eventually().until(() -> loki.requests().size() == 1);
    String first = "x".repeat(1000);
    RawClient asking = ask(0, LABELS);
    awaitAsking(2);
    if (when == Moment.BEFORE_THE_HEAD) {
      leader.close();
      awaitAsking(1);
    }
    send(first);
    Body follower = begun(asking, "coalesced");
    follower.expect(first);
    if (when == Moment.IN_MID_BODY) {
      leader.close();
      awaitAsking(1);
    }
    String large = "y".repeat(100_000);
    send(large);
    follower.expect(large);
    if (when == Moment.PAST_THE_LARGEST_ENTRY) {
      leader.close();
      awaitAsking(1);
    }
    send(large);
    finish();

    assertThat(follower.rest()).isEqualTo(large);
    assertThat(loki.requests()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 100_000})
  void whenAllHaveLeft_theUpstreamIsLetGo(int bytes) throws Exception {
    startWith("cache: { maxEntry: 64KiB }");
    send("x");
    RawClient leader = ask(0, LABELS);
    begun(leader, "miss").expect("x");
    RawClient follower = ask(0, LABELS);
    Body read = begun(follower, "coalesced");
    read.expect("x");
    send("y".repeat(bytes));
    read.expect("y".repeat(bytes));
    leader.close();
    awaitAsking(1);
    assertThat(gateway.metric("spanway_upstream_connections{", "state=\"busy\"")).isEqualTo(1);
    follower.close();

    eventually()
        .untilAsserted(
            () ->
                assertThat(gateway.metric("spanway_upstream_connections{", "state=\"busy\""))
                    .isZero());
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 100_000})
  void breakInMidBody_isSeenByAllAndRememberedByNone(int bytes) throws Exception {
    startWith("cache: { maxEntry: 64KiB }");
    send("x");
    Body leader = begun(ask(0, LABELS), "miss");
    leader.expect("x");
    Body one = begun(ask(0, LABELS), "coalesced");
    one.expect("x");
    Body two = begun(ask(0, LABELS), "coalesced");
    two.expect("x");
    String more = "y".repeat(bytes);
    send(more);
    for (Body each : new Body[] {leader, one, two}) {
      each.expect(more);
    }
    orders.add(new Order.BreakOff());

    for (Body each : new Body[] {leader, one, two}) {
      assertThatThrownBy(each::rest).isInstanceOf(IOException.class);
    }
    assertThat(loki.requests()).hasSize(1);
    send(START + END);
    finish();
    assertThat(cacheOf(client().get(LABELS))).isEqualTo("miss");
    assertThat(loki.requests()).hasSize(2);
  }

  @Test
  void answerThatOutgrowsTheLargestEntry_reachesAllWhoHadBegun() throws Exception {
    startWith("cache: { maxEntry: 64KiB }");
    send("x");
    Body leader = begun(ask(0, LABELS), "miss");
    leader.expect("x");
    Body follower = begun(ask(0, LABELS), "coalesced");
    follower.expect("x");
    String piece = "0123456789abcdef".repeat(PIECE / 16);
    for (int i = 0; i < 3; i++) {
      send(piece + i);
      leader.expect(piece + i);
      follower.expect(piece + i);
    }
    finish();
    leader.rest();
    assertThat(follower.rest()).isEmpty();
    send(START + END);
    finish();

    assertThat(cacheOf(client().get(LABELS))).isEqualTo("miss");
    assertThat(gateway.metric("spanway_cache_entries", "")).isLessThanOrEqualTo(1);
  }

  @Test
  void readerWhoStops_holdsUpNobodyWhoseAnswerCanBeHeld() throws Exception {
    startWith("");
    send("x");
    Body leader = begun(ask(0, LABELS), "miss");
    leader.expect("x");
    Body follower = begun(ask(16 * 1024, LABELS), "coalesced");
    follower.expect("x");
    for (int i = 0; i < 10 * MIB / PIECE; i++) {
      send("z".repeat(PIECE));
    }
    finish();

    assertThat(leader.drain()).isEqualTo(10 * MIB);
    assertThat(follower.drain()).isEqualTo(10 * MIB);
    assertThat(loki.requests()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readerWhoStops_isCutWhenOthersHaveWaited(boolean leaderStops) throws Exception {
    AtomicLong sent = new AtomicLong();
    long all = 64L * MIB;
    startWith("cache: { maxEntry: 64KiB }");
    loki.script(
        (request, connection) -> {
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                  + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
          orders.take();
          String piece = "10000\r\n" + "z".repeat(PIECE) + "\r\n";
          while (sent.addAndGet(PIECE) <= all) {
            connection.send(piece);
          }
          connection.send("0\r\n\r\n");
        });
    Body leader = begun(ask(leaderStops ? 16 * 1024 : 0, LABELS), "miss");
    leader.expect("x");
    Body follower = begun(ask(leaderStops ? 0 : 16 * 1024, LABELS), "coalesced");
    follower.expect("x");
    long direct = direct();
    send("");

    Body reads = leaderStops ? follower : leader;
    Body stops = leaderStops ? leader : follower;
    assertThat(reads.drain()).isEqualTo(all);
    assertThat(direct() - direct).isLessThan(8L * MIB);
    assertThatThrownBy(stops::drain).isInstanceOf(IOException.class);
    assertThat(loki.requests()).hasSize(1);
    assertThat(gateway.errors("UB")).isEqualTo(1);
  }

  private static long direct() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  @Test
  void readersOfAnAnnotatedAnswer_eachGetItAsTheyAcceptIt() throws Exception {
    startWith(
        "derivedFields:\n  - { name: TraceID, matcherRegex: 'trace_id=(\\w+)', idFormat: none }");
    String start =
        "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":"
            + "{\"a\":\"b\"},\"values\":[[\"1700000000000000002\",\"trace_id=abc\"],";
    String end = "[\"1700000000000000001\",\"trace_id=def\"]]}],\"stats\":{}}}";
    send(start);
    RawClient leader = ask(0, CACHED);
    eventually().until(() -> loki.requests().size() == 1);
    Body first = begun(leader, "miss");
    RawClient plain = ask(0, CACHED);
    RawClient packed = ask(0, CACHED, "Accept-Encoding: gzip");
    awaitAsking(3);
    send(end);
    finish();

    String whole = first.rest();
    assertThat(whole).contains("\"TraceID\":\"abc\"").contains("\"TraceID\":\"def\"");
    assertThat(begun(plain, "coalesced").rest()).isEqualTo(whole);
    byte[] bytes = begun(packed, "coalesced").rest().getBytes(StandardCharsets.ISO_8859_1);
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      assertThat(new String(gzip.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(whole);
    }
    assertThat(loki.requests()).hasSize(1);
  }
}
