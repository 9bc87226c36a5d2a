// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.spanway.streams.StreamsAnswer;
import io.spanway.units.DataSize;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LogStreamAnnotatorTest {
  private static final String CATEGORISED =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\","
          + "\"encodingFlags\":[\"categorize-labels\"],\"result\":[";
  private static final String FOLDED =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[";

  private final CountingListener listener = new CountingListener();

  @ParameterizedTest
  @CsvSource({
    "loki-range-nginx, 'seen 6, found {TraceID=6}, fallbacks {}'",
    "loki-range-nginx-categorized, 'seen 6, found {TraceID=6}, fallbacks {}'",
    "loki-range-checkout, 'seen 6, found {TraceID=2, json_id=4}, fallbacks {}'",
    "loki-range-checkout-categorized, 'seen 6, found {TraceID=2, json_id=4}, fallbacks {}'",
    "loki-range-legacy, 'seen 6, found {TraceID=6}, fallbacks {}'",
    "loki-range-legacy-categorized, 'seen 6, found {TraceID=6}, fallbacks {}'",
    "loki-range-payments, 'seen 6, found {TraceID=2, meta=4}, fallbacks {}'",
    "loki-range-payments-categorized, 'seen 6, found {TraceID=2, meta=4}, fallbacks {}'"
  })
  void recording_becomesWhatTheReferenceMakes(String name, String heard) throws Exception {
    byte[] recorded = Annotating.recording(name);
    DerivedFieldSet fields = fields(AnnotateConfig.DEFAULT);

    byte[] annotated = Annotating.whole(new LogStreamAnnotator(fields, listener), recorded);

    assertThat(listener.heard()).isEqualTo(heard);
    assertThat(ReferenceAnnotator.JSON.readTree(annotated))
        .isEqualTo(ReferenceAnnotator.annotated(new String(recorded, UTF_8), fields));
    assertThat(
            ReferenceAnnotator.JSON.readTree(
                fields.annotate(StreamsAnswer.read(recorded), AnnotateListener.NONE).write()))
        .isEqualTo(ReferenceAnnotator.JSON.readTree(StreamsAnswer.read(annotated).write()));
    assertThat(annotate(DerivedFieldSet.NONE, new String(recorded, UTF_8)))
        .isEqualTo(new String(recorded, UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "loki-range-matrix, 'seen 0, found {}, fallbacks {NOT_STREAMS=1}'",
    "loki-instant-vector, 'seen 0, found {}, fallbacks {NOT_STREAMS=1}'",
    "loki-range-empty, 'seen 0, found {}, fallbacks {}'"
  })
  void otherRecording_passesByteForByte(String name, String heard) throws Exception {
    String recorded = new String(Annotating.recording(name), UTF_8);

    assertThat(annotate(recorded)).isEqualTo(recorded);
    assertThat(listener.heard()).isEqualTo(heard);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{}                                 | {`structuredMetadata`:{`TraceID`:`0a`}}",
        "{ }                                | {`structuredMetadata`:{`TraceID`:`0a`} }",
        "{`structuredMetadata`:{}}          | {`structuredMetadata`:{`TraceID`:`0a`}}",
        "{`structuredMetadata`:{`a`:`b`}}   | {`structuredMetadata`:{`a`:`b`,`TraceID`:`0a`}}",
        "{`parsed`:{`a`:`b`}} | {`structuredMetadata`:{`TraceID`:`0a`},`parsed`:{`a`:`b`}}",
        "{`parsed`:{`TraceID`:`x`}}         | {`parsed`:{`TraceID`:`x`}}",
      })
  void categorisedEntry_getsTheKeyInItsMetadata(String before, String after) throws Exception {
    String entry = "{\"stream\":{\"app\":\"x\"},\"values\":[[\"1\",\"trace_id=0A\",%s]]}]}}\n";

    assertThat(annotate(CATEGORISED + entry.formatted(before.replace('`', '"'))))
        .isEqualTo(CATEGORISED + entry.formatted(after.replace('`', '"')));
  }

  @Test
  void foldedEntries_splitByWhatTheyYieldSortedByLabels() throws Exception {
    String before =
        FOLDED
            + "{\"stream\":{\"app\":\"x\"},\"values\":[[\"5\",\"trace_id=b\"],[\"4\",\"none\"],"
            + "[\"3\",\"trace_id=a\"],[\"2\",\"trace_id=B\"]]},"
            + "{\"stream\":{},\"values\":[[\"1\",\"trace_id=c\"]]}]}}\n";

    assertThat(annotate(before))
        .isEqualTo(
            FOLDED
                + "{\"stream\":{\"app\":\"x\",\"TraceID\":\"a\"},\"values\":[[\"3\",\"trace_id=a\"]]},"
                + "{\"stream\":{\"app\":\"x\",\"TraceID\":\"b\"},\"values\":[[\"5\",\"trace_id=b\"],"
                + "[\"2\",\"trace_id=B\"]]},"
                + "{\"stream\":{\"app\":\"x\"},\"values\":[[\"4\",\"none\"]]},"
                + "{\"stream\":{\"TraceID\":\"c\"},\"values\":[[\"1\",\"trace_id=c\"]]}]}}\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not JSON",
        "[]",
        "{\"status\":\"error\",\"errorType\":\"x\",\"error\":\"trace_id=1\"}",
        "{\"streams\":[{\"labels\":\"{a=\\\"b\\\"}\",\"entries\":[{\"ts\":\"t\","
            + "\"line\":\"trace_id=1\"}]}],\"stats\":{}}",
      })
  void otherJson_passesByteForByte(String body) throws Exception {
    assertThat(annotate(body)).isEqualTo(body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"stream\":{},\"values\":[[\"1\",\"trace_id=1\"]]}",
        "{\"stream\":{},\"values\":[[\"1\",\"trace_id=1\",{\"other\":{}}]]}",
        "{\"stream\":{},\"values\":[[\"1\",\"trace_id=1\",{\"parsed\":{\"a\":1}}]]}",
        "{\"stream\":{},\"values\":[[\"1\",\"trace_id=1\",{},{}]]}",
        "{\"stream\":{},\"values\":[[1,\"trace_id=1\",{}]]}",
        "{\"stream\":{},\"more\":1,\"values\":[[\"1\",\"trace_id=1\",{}]]}",
        "{\"values\":[[\"1\",\"trace_id=1\",{}]],\"stream\":{}}",
        "{\"stream\":{}}",
      })
  void unexpectedShape_passesFromThereOn(String element) throws Exception {
    String good = "{\"stream\":{},\"values\":[[\"1\",\"trace_id=7\",{}]]},";
    String rest = element + ",{\"stream\":{},\"values\":[[\"1\",\"trace_id=7\",{}]]}]}}";

    assertThat(annotate(CATEGORISED + good + rest))
        .isEqualTo(
            CATEGORISED
                + good.replace("{}]", "{\"structuredMetadata\":{\"TraceID\":\"7\"}}]")
                + rest);
    assertThat(listener.heard()).endsWith("fallbacks {UNEXPECTED=1}");
  }

  @Test
  void largeElement_passesAndTheNextIsAnnotated() throws Exception {
    String large =
        "{\"stream\":{\"a\":\"1\"},\"values\":[[\"1\",\"trace_id=1 " + "x".repeat(200) + "\"]]},";
    String small = "{\"stream\":{\"a\":\"2\"},\"values\":[[\"1\",\"trace_id=1\"]]}]}}";
    DerivedFieldSet fields = fields(new AnnotateConfig(new DataSize(100)));

    assertThat(annotate(fields, FOLDED + large + small))
        .isEqualTo(FOLDED + large + small.replace("\"2\"", "\"2\",\"TraceID\":\"1\""));
    assertThat(listener.heard()).isEqualTo("seen 1, found {TraceID=1}, fallbacks {TOO_LARGE=1}");
  }

  @Test
  void deepNestingBesideTheData_isPassedWithoutRecursion() throws Exception {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);
    String tail = "{\"stream\":{},\"values\":[[\"1\",\"trace_id=1\"]]}]}}";

    assertThat(annotate("{\"deep\":" + deep + "," + FOLDED.substring(1) + tail))
        .contains("{\"TraceID\":\"1\"}");
  }

  @Test
  void truncatedBody_givesAllThatCame() throws Exception {
    String body = FOLDED + "{\"stream\":{\"a\":\"1\"},\"values\":[[\"1\",\"trace_id=1";

    assertThat(annotate(body)).isEqualTo(body);
  }

  @Test
  void categorisedAnswer_holdsBackNoMoreThanAnEntry() throws Exception {
    var annotator = new LogStreamAnnotator(fields(AnnotateConfig.DEFAULT), listener);
    List<ByteBuf> given = new ArrayList<>();
    String head = CATEGORISED + "{\"stream\":{},\"values\":[";
    String held = "[\"1\",\"trace_id=1";

    annotator.accept(Unpooled.copiedBuffer(head + held, UTF_8), given::add);

    assertThat(given).singleElement().extracting(chunk -> chunk.toString(UTF_8)).isEqualTo(head);
    given.forEach(ByteBuf::release);
    annotator.discard();
  }

  @Test
  void longSkippedString_isNotHeldBack() throws Exception {
    var annotator = new LogStreamAnnotator(fields(AnnotateConfig.DEFAULT), listener);
    List<ByteBuf> given = new ArrayList<>();
    String part = "{\"status\":\"" + "x".repeat(1000);

    annotator.accept(Unpooled.copiedBuffer(part, UTF_8), given::add);

    assertThat(given).singleElement().extracting(chunk -> chunk.toString(UTF_8)).isEqualTo(part);
    given.forEach(ByteBuf::release);
    annotator.discard();
  }

  @Test
  void linkInALine_isDataAndNeverALinkOfItsOwn() throws Exception {
    DerivedFieldSet fields =
        DerivedFieldSet.compile(
            List.of(
                new DerivedField(
                    "v", "regex", "v=(.*)", "http://t.example/${__value.raw}", "", "", false, "")),
            null,
            AnnotateConfig.DEFAULT);
    String before =
        FOLDED
            + "{\"stream\":{},\"values\":[[\"1\",\"v=javascript:\\\"},{\\\"stream\\\":\\n\"]]}]}}";

    assertThat(annotate(fields, before))
        .contains(
            "{\"v\":\"javascript:\\\"},{\\\"stream\\\":\","
                + "\"v_link\":\"http://t.example/javascript%3A%22%7D%2C%7B%22stream%22%3A\"}");
  }

  private String annotate(String body) throws AnnotateConfigException {
    return annotate(fields(AnnotateConfig.DEFAULT), body);
  }

  private String annotate(DerivedFieldSet fields, String body) {
    return new String(
        Annotating.whole(new LogStreamAnnotator(fields, listener), body.getBytes(UTF_8)), UTF_8);
  }

  private static DerivedFieldSet fields(AnnotateConfig config) throws AnnotateConfigException {
    return DerivedFieldSet.compile(
        List.of(
            DerivedField.regex("TraceID", "trace_?[iI][dD]=(\\w+)"),
            DerivedField.regex("json_id", "\"traceId\": ?\"(\\w+)\""),
            new DerivedField("meta", "label", "^trace_id$", null, null, null, null, null)),
        null,
        config);
  }
}
