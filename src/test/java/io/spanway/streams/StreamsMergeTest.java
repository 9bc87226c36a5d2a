// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import static io.spanway.streams.StreamsAnswerTest.answer;
import static io.spanway.streams.StreamsAnswerTest.entry;
import static io.spanway.streams.StreamsAnswerTest.recording;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class StreamsMergeTest {
  @Test
  void halves_joinByTimeAndCutAtTheLimit() {
    StreamsAnswer inLine = answer(entry(9, "b", "9"), entry(5, "a", "5"));
    StreamsAnswer inField = answer(entry(8, "a", "8"), entry(1, "b", "1"));

    StreamsMerge merged = StreamsMerge.merge(List.of(inLine, inField), Direction.BACKWARD, 3);

    assertThat(merged.answer().entries())
        .containsExactly(entry(9, "b", "9"), entry(8, "a", "8"), entry(5, "a", "5"));
    assertThat(merged.limitReached()).isTrue();
    assertThat(StreamsMerge.merge(List.of(inLine, inField), Direction.BACKWARD, 5).limitReached())
        .isFalse();
  }

  @Test
  void elements_areSortedByLabelTextAsBytes() throws Exception {
    String emoji = "\ud83d\ude00";
    String replacement = "\ufffd";
    StreamsAnswer answer =
        answer(entry(1, emoji, "x"), entry(2, replacement, "y"), entry(3, "a", "z"));

    List<String> order =
        StreamsAnswer.read(answer.write()).entries().stream().map(LogEntry::line).toList();

    assertThat(order).containsExactly("z", "y", "x");
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void equalTimes_keepStreamOrderAndIngestionOrder(Direction direction) {
    StreamsAnswer first = answer(entry(1, "b", "b1"), entry(1, "a", "a1"), entry(1, "a", "a2"));
    StreamsAnswer second = answer(entry(1, "a", "a3"));

    List<String> lines =
        StreamsMerge.merge(List.of(first, second), direction, 0).answer().entries().stream()
            .map(LogEntry::line)
            .toList();

    assertThat(lines)
        .isEqualTo(
            direction == Direction.FORWARD
                ? List.of("a1", "a2", "a3", "b1")
                : List.of("a3", "a1", "a2", "b1"));
  }

  @Test
  void sameEntryInTwoInputs_isTakenOnceButTwiceWhenOneInputHasItTwice() {
    StreamsAnswer one = answer(entry(1, "a", "x"));
    StreamsAnswer two = answer(entry(1, "a", "x"), entry(1, "a", "x"), entry(1, "b", "x"));

    assertThat(StreamsMerge.merge(List.of(one, two), Direction.FORWARD, 0).answer().entries())
        .containsExactly(entry(1, "a", "x"), entry(1, "a", "x"), entry(1, "b", "x"));
  }

  @Test
  void foldedInput_foldsTheOthers() {
    var metadata =
        new LogEntry(
            1, "x", Labels.of(Map.of("a", "1")), Labels.of(Map.of("t", "2")), Labels.EMPTY);
    StreamsAnswer folded =
        new StreamsAnswer(List.of(), false, List.of(), List.of(), QueryStats.NONE);

    StreamsAnswer merged =
        StreamsMerge.merge(List.of(answer(metadata), folded), Direction.FORWARD, 0).answer();

    assertThat(merged.categorised()).isFalse();
    assertThat(merged.entries().get(0).stream().text()).isEqualTo("{a=\"1\", t=\"2\"}");
  }

  @Test
  void stats_addUpButTimesAreTheLargerAndRatesFollow() throws Exception {
    StreamsAnswer a =
        withStats(
            """
            {"summary":{"bytesProcessedPerSecond":1,"linesProcessedPerSecond":1,
             "totalBytesProcessed":100,"totalLinesProcessed":10,"execTime":0.5,"queueTime":0.000110,
             "flag":true},"index":{"n":1,"huge":9223372036854775807},"only":{"a":1}}""");
    StreamsAnswer b =
        withStats(
            """
            {"summary":{"bytesProcessedPerSecond":1,"linesProcessedPerSecond":1,
             "totalBytesProcessed":50,"totalLinesProcessed":5,"execTime":0.25,"queueTime":0.2,
             "flag":false},"index":{"n":2,"huge":1},"new":[1]}""");

    String written =
        new String(StreamsMerge.merge(List.of(a, b), Direction.FORWARD, 0).answer().write(), UTF_8);

    assertThat(written)
        .contains(
            "\"stats\":{\"summary\":{\"bytesProcessedPerSecond\":300,\"linesProcessedPerSecond\":30,"
                + "\"totalBytesProcessed\":150,\"totalLinesProcessed\":15,\"execTime\":0.5,"
                + "\"queueTime\":0.2,\"flag\":true},\"index\":{\"n\":3,\"huge\":9.223372036854776E18},"
                + "\"only\":{\"a\":1},\"new\":[1]}");
  }

  @Test
  void warnings_areConcatenatedOnce() {
    StreamsAnswer a = StreamsAnswer.EMPTY.withWarnings(List.of("x", "y"));
    StreamsAnswer b = StreamsAnswer.EMPTY.withWarnings(List.of("y", "z"));

    assertThat(StreamsMerge.merge(List.of(a, b), Direction.FORWARD, 0).answer().warnings())
        .containsExactly("x", "y", "z");
  }

  @Test
  void recordingSplitInTwo_mergesToItself() throws Exception {
    StreamsAnswer whole = StreamsAnswer.read(recording("loki-range-checkout-categorized"));
    StreamsAnswer even = whole.filter(entry -> entry.timestampNs() % 2 == 0);
    StreamsAnswer odd = whole.filter(entry -> entry.timestampNs() % 2 != 0);

    StreamsAnswer merged = StreamsMerge.merge(List.of(even, odd), Direction.BACKWARD, 0).answer();

    assertThat(new String(merged.withStats(whole.stats()).write(), UTF_8))
        .isEqualTo(new String(whole.write(), UTF_8));
  }

  @Test
  void randomParts_mergeToTheSortedWhole() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      Direction direction = random.nextBoolean() ? Direction.FORWARD : Direction.BACKWARD;
      List<LogEntry> whole = new ArrayList<>();
      for (int i = random.nextInt(30); i > 0; i--) {
        whole.add(entry(random.nextInt(8), "s" + random.nextInt(3), "line " + whole.size()));
      }
      int limit = random.nextInt(20);
      List<List<LogEntry>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      whole.forEach(entry -> parts.get(random.nextInt(3)).add(entry));
      Comparator<LogEntry> byTime = Comparator.comparingLong(LogEntry::timestampNs);
      Comparator<LogEntry> order = direction == Direction.FORWARD ? byTime : byTime.reversed();
      List<LogEntry> expected = new ArrayList<>(whole);
      expected.sort(order.thenComparing(LogEntry::stream));
      parts.forEach(part -> part.sort(order));

      List<LogEntry> merged =
          StreamsMerge.merge(
                  parts.stream().map(StreamsAnswer.EMPTY::withEntries).toList(), direction, 0)
              .answer()
              .entries();
      StreamsAnswer cut = StreamsAnswer.EMPTY.withEntries(merged).cut(null, limit, direction);

      assertThat(keys(merged)).as("seed %d", seed).isEqualTo(keys(expected));
      assertThat(merged).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(whole);
      assertThat(cut.entries())
          .as("seed %d", seed)
          .isEqualTo(limit == 0 ? merged : merged.subList(0, Math.min(limit, merged.size())));
      Collections.shuffle(whole, random);
    }
  }

  private static List<String> keys(List<LogEntry> entries) {
    return entries.stream().map(entry -> entry.timestampNs() + entry.stream().text()).toList();
  }

  private static StreamsAnswer withStats(String stats) throws StreamsFormatException {
    return StreamsAnswer.read(
        ("{\"data\":{\"resultType\":\"streams\",\"result\":[],\"stats\":" + stats + "}}")
            .getBytes(UTF_8));
  }
}
