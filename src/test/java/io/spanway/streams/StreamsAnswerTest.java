// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.model.TimeRange;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StreamsAnswerTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "loki-range-checkout",
        "loki-range-checkout-categorized",
        "loki-range-empty",
        "loki-range-forward",
        "loki-range-json-parsed",
        "loki-range-json-parsed-uncategorized",
        "loki-range-legacy",
        "loki-range-legacy-categorized",
        "loki-range-logfmt-parsed",
        "loki-range-nginx",
        "loki-range-nginx-categorized",
        "loki-range-payments",
        "loki-range-payments-categorized"
      })
  void recording_isWrittenByteForByteAsItWasRead(String name) throws Exception {
    byte[] recorded = recording(name);

    assertThat(new String(StreamsAnswer.read(recorded).write(), UTF_8))
        .isEqualTo(new String(recorded, UTF_8));
    assertThat(StreamsAnswer.isStreams(recorded)).isTrue();
  }

  @Test
  void keyThatIsNotKnown_isRefusedWhereNothingMayBeLost() throws Exception {
    byte[] recorded = recording("loki-range-checkout");
    byte[] newer =
        new String(recorded, UTF_8).replace("\"stats\":", "\"news\":1,\"stats\":").getBytes(UTF_8);

    assertThat(StreamsAnswer.readAllKnown(recorded).write()).isEqualTo(recorded);
    assertThat(StreamsAnswer.read(newer).entries()).isNotEmpty();
    assertThatThrownBy(() -> StreamsAnswer.readAllKnown(newer))
        .isInstanceOf(StreamsFormatException.class)
        .hasMessageContaining("news");
  }

  @Test
  void entriesReturned_areCountedAnewAndTheRestStays() throws Exception {
    QueryStats stats = StreamsAnswer.read(recording("loki-range-checkout")).stats();

    QueryStats counted = stats.withEntriesReturned(7);

    assertThat(counted.summary("totalEntriesReturned")).isEqualTo(7);
    assertThat(counted.summary("totalBytesProcessed"))
        .isEqualTo(stats.summary("totalBytesProcessed"))
        .isPositive();
    assertThat(QueryStats.NONE.withEntriesReturned(0).isNone()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "loki-range-checkout-categorized, loki-range-checkout",
    "loki-range-json-parsed, loki-range-json-parsed-uncategorized",
    "loki-range-legacy-categorized, loki-range-legacy",
    "loki-range-nginx-categorized, loki-range-nginx",
    "loki-range-payments-categorized, loki-range-payments"
  })
  void categorisedRecording_foldsToWhatLokiFolds(String categorised, String folded)
      throws Exception {
    StreamsAnswer expected = StreamsAnswer.read(recording(folded));
    StreamsAnswer actual = StreamsAnswer.read(recording(categorised)).withStats(expected.stats());

    assertThat(new String(actual.writeFolded(), UTF_8))
        .isEqualTo(new String(recording(folded), UTF_8));
  }

  @Test
  void read_keepsCategoriesFlagsAndWarnings() throws Exception {
    StreamsAnswer answer =
        read(
            """
            {"status":"success","warnings":["w","w"],"future":{"a":[1,{}]},"data":{
             "resultType":"streams","encodingFlags":["categorize-labels","x"],"later":[[]],
             "result":[{"stream":{"b":"2","a":"1"},"values":[
               ["-7","l",{"structuredMetadata":{"t":"0a"},"parsed":{"p":"q"}}],["8","m",{}]]}]}}
            """);

    Labels stream = Labels.of(Map.of("a", "1", "b", "2"));
    assertThat(answer)
        .isEqualTo(
            new StreamsAnswer(
                List.of(
                    new LogEntry(
                        -7, "l", stream, Labels.of(Map.of("t", "0a")), Labels.of(Map.of("p", "q"))),
                    new LogEntry(8, "m", stream, Labels.EMPTY, Labels.EMPTY)),
                true,
                List.of("x"),
                List.of("w"),
                QueryStats.NONE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"status\":\"error\",\"error\":\"no\"}",
        "{\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
        "{\"data\":{\"resultType\":\"streams\"}}",
        "{\"data\":{\"resultType\":\"streams\",\"result\":{}}}",
        "{\"data\":{\"resultType\":\"streams\",\"result\":[{\"values\":[]}]}}",
        "{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{\"a\":1}}]}}",
        "{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{},\"values\":[[1,\"l\"]]}]}}",
        "{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{},\"values\":[[\"9223372036854775808\",\"l\"]]}]}}",
        "{\"data\":{\"resultType\":\"streams\",\"result\":[]}} {}",
        "{\"data\":{\"resultType\":\"streams\",\"result\":["
      })
  void otherBytes_areRefused(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(StreamsFormatException.class);
  }

  @Test
  void deepNesting_isRefusedNotFollowed() {
    String deep = "{\"x\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";

    assertThatThrownBy(() -> read(deep)).isInstanceOf(StreamsFormatException.class);
    assertThat(StreamsAnswer.isStreams(deep.getBytes(UTF_8))).isFalse();
  }

  @Test
  void write_escapesLinesAsLokiDoesAndLabelsWithoutHtml() throws Exception {
    String hostile = "<a>&\"},{\"stream\":\\ \n\t\u0001\u2028 ☃ \ud83d\ude00 \ud800 é";
    StreamsAnswer answer =
        answer(
            new LogEntry(1, hostile, Labels.of(Map.of("l", "<&>\n")), Labels.EMPTY, Labels.EMPTY));

    String written = new String(answer.writeFolded(), UTF_8);

    assertThat(written)
        .contains(
            "[\"1\",\"\\u003ca\\u003e\\u0026\\\"},{\\\"stream\\\":\\\\ \\n\\t\\u0001\\u2028 ☃ \ud83d\ude00"
                + " \\ufffd é\"]")
        .contains("{\"l\":\"<&>\\n\"}");
    assertThat(read(written).entries().get(0).line())
        .isEqualTo(hostile.replace('\ud800', '\ufffd'));
  }

  @Test
  void lines_areWrittenInTimeOrderNotByStream() {
    StreamsAnswer answer =
        answer(entry(1, "a", "{first}"), entry(2, "b", "second"), entry(3, "a", "third"));

    assertThat(new String(answer.writeLines(), UTF_8)).isEqualTo("{first}\nsecond\nthird\n");
    assertThat(new String(answer.writeNdjson(), UTF_8))
        .isEqualTo(
            """
            {"timestamp":"1","line":"{first}","labels":{"app":"a"}}
            {"timestamp":"2","line":"second","labels":{"app":"b"}}
            {"timestamp":"3","line":"third","labels":{"app":"a"}}
            """);
  }

  @Test
  void cut_takesTheWindowHalfOpenThenTheLimit() {
    StreamsAnswer answer =
        answer(entry(1, "a", "1"), entry(2, "a", "2"), entry(3, "a", "3"), entry(4, "a", "4"));

    assertThat(lines(answer.cut(new TimeRange(2, 4), 0, Direction.FORWARD)))
        .containsExactly("2", "3");
    assertThat(lines(answer.cut(new TimeRange(2, 2), 0, Direction.FORWARD))).containsExactly("2");
    assertThat(lines(answer.cut(null, 2, Direction.BACKWARD))).containsExactly("4", "3");
  }

  @Test
  void foldedAnswer_cannotBeWrittenCategorised() throws Exception {
    StreamsAnswer folded = StreamsAnswer.read(recording("loki-range-nginx"));

    assertThatThrownBy(folded::writeCategorised).isInstanceOf(IllegalStateException.class);
  }

  private static List<String> lines(StreamsAnswer answer) {
    return answer.entries().stream().map(LogEntry::line).toList();
  }

  private static StreamsAnswer read(String text) throws StreamsFormatException {
    return StreamsAnswer.read(text.getBytes(UTF_8));
  }

  static LogEntry entry(long timestampNs, String app, String line) {
    return new LogEntry(
        timestampNs, line, Labels.of(Map.of("app", app)), Labels.EMPTY, Labels.EMPTY);
  }

  static StreamsAnswer answer(LogEntry... entries) {
    return StreamsAnswer.EMPTY.withEntries(List.of(entries));
  }

  static byte[] recording(String name) throws IOException {
    try (var in = StreamsAnswerTest.class.getResourceAsStream(name + ".json")) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
