// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DerivedFieldSetTest {
  private static final String GRAFANA = "https://grafana.example/";

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "trace_id=(\\w+), a trace_id=0aF b trace_id=1, 0af",
        "trace_id=(\\w+), none, -",
        "trace_id=(\\w*), trace_id= x, -",
        "trace=(\\w+)?;, trace=;, -",
        "(a)|b(c), bc, -",
        "trace[_]?[Ii][Dd]=(\\S+), traceID=0X6513270e-269e-0d37-F2A7-4DE452E6B438, "
            + "6513270e269e0d37f2a74de452e6b438",
        "id=(?<id>\\w+), id=7, 7",
        "\\u0069d=(\\w+), id=7, 7",
      })
  void regexField_takesGroupOneOfTheFirstMatch(String regex, String line, String value)
      throws Exception {
    DerivedFieldSet fields = compile(DerivedField.regex("TraceID", regex));

    assertThat(fields.apply(entry(line, Labels.EMPTY)))
        .isEqualTo(value == null ? Map.of() : Map.of("TraceID", value));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "TraceID, -, 0af",
        "my_trace_id, -, 0af",
        "trace.id, none, 0X0A-F",
        "order, -, 0X0A-F",
        "order, traceId, 0af"
      })
  void idFormat_isTraceIdWhereTheNameSaysSo(String name, String idFormat, String value)
      throws Exception {
    DerivedFieldSet fields =
        compile(new DerivedField(name, null, "id=(\\S+)", null, null, null, null, idFormat));

    assertThat(fields.apply(entry("id=0X0A-F", Labels.EMPTY)).values()).containsExactly(value);
  }

  @Test
  void labelField_takesTheFirstMatchingNameInOrderUnanchored() throws Exception {
    DerivedFieldSet fields =
        compile(new DerivedField("t", "label", "trace", null, null, null, null, "none"));

    assertThat(fields.apply(entry("x", labels("zz_trace", "2", "backtrace", "1", "a", "0"))))
        .isEqualTo(Map.of("t", "1"));
    assertThat(fields.apply(entry("trace", labels("a", "0")))).isEmpty();
    assertThat(fields.apply(entry("x", labels("trace", "")))).isEmpty();
  }

  @Test
  void existingKey_isNeverOverwritten() throws Exception {
    DerivedFieldSet fields =
        compile(field("TraceID", "id=(\\w+)", "https://t.example/${__value.raw}", null));

    assertThat(fields.apply(entry("id=1", labels("TraceID", "2")))).isEmpty();
    assertThat(fields.apply(entry("id=1", labels("TraceID", "1"))))
        .isEqualTo(Map.of("TraceID_link", "https://t.example/1"));
    assertThat(fields.apply(entry("id=1", labels("TraceID_link", "x"))))
        .isEqualTo(Map.of("TraceID", "1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"${__value.raw}", "$${__value.raw}", "${__value.raw:percentencode}"})
  void link_carriesTheValuePercentEncoded(String variable) throws Exception {
    DerivedFieldSet fields =
        compile(field("v", "v=(.*)", "https://t.example/a?q=" + variable + "#x", null));

    assertThat(
            fields.apply(entry("v=javascript:\"a b/é☃&\ud83d\ude00", Labels.EMPTY)).get("v_link"))
        .isEqualTo(
            "https://t.example/a?q=javascript%3A%22a%20b%2F%C3%A9%E2%98%83%26%F0%9F%98%80#x");
  }

  @Test
  void linkWithDatasource_leadsToExplore() throws Exception {
    DerivedField field = field("TraceID", "id=(\\S+)", "$${__value.raw}", "te\"mpo");

    String link =
        DerivedFieldSet.compile(List.of(field), GRAFANA, AnnotateConfig.DEFAULT)
            .apply(entry("id=a\"b", Labels.EMPTY))
            .get("TraceID_link");

    assertThat(link).startsWith("https://grafana.example/explore?schemaVersion=1&panes=%7B");
    assertThat(URLDecoder.decode(link, StandardCharsets.UTF_8))
        .endsWith(
            "panes={\"spanway\":{\"datasource\":\"te\\\"mpo\",\"queries\":[{\"refId\":\"A\","
                + "\"datasource\":{\"type\":\"tempo\",\"uid\":\"te\\\"mpo\"},"
                + "\"queryType\":\"traceql\",\"query\":\"a\\\"b\"}],"
                + "\"range\":{\"from\":\"1699997400000\",\"to\":\"1700002800000\"}}}");
    assertThat(compile(field).apply(entry("id=1", Labels.EMPTY))).isEqualTo(Map.of("TraceID", "1"));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, regex, (a), -, -, derivedFields[0].name",
        "n, regex, -, -, -, derivedFields[0].matcherRegex",
        "n, other, (a), -, -, derivedFields[0].matcherType",
        "n, regex, (a, -, -, derivedFields[0].matcherRegex",
        "n, regex, (a)(?=b), -, -, derivedFields[0].matcherRegex",
        "n, regex, (?<!b)(a), -, -, derivedFields[0].matcherRegex",
        "n, regex, (a)\\1, -, -, derivedFields[0].matcherRegex",
        "n, regex, (a), javascript:${__value.raw}, -, derivedFields[0].url",
        "n, regex, (a), ${__value.raw}, -, derivedFields[0].url",
        "n, regex, (a), -, hex, derivedFields[0].idFormat",
      })
  void impossibleField_isAnErrorAtItsKey(
      String name, String type, String regex, String url, String idFormat, String key) {
    var field = new DerivedField(name, type, regex, url, null, null, null, idFormat);

    var failure = catchThrowableOfType(AnnotateConfigException.class, () -> compile(field));

    assertThat(failure.problems()).extracting(AnnotateProblem::key).containsExactly(key);
  }

  @Test
  void lookAround_isNamedInTheError() {
    assertThatThrownBy(() -> compile(DerivedField.regex("n", "[(?=](a)(?!b)")))
        .isInstanceOf(AnnotateConfigException.class)
        .hasMessageContaining("look-ahead (?!…)")
        .hasMessageContaining("linear");
  }

  @Test
  void grafanaUrl_mustBeHttp() {
    assertThatThrownBy(
            () -> DerivedFieldSet.compile(List.of(), "grafana:3000", AnnotateConfig.DEFAULT))
        .hasMessageStartingWith("grafana.url: was grafana:3000");
  }

  @Test
  void doubtfulFields_areWarnedAboutAndWork() throws Exception {
    DerivedFieldSet fields =
        compile(
            DerivedField.regex("trace id", "(a)"),
            DerivedField.regex("1", "(a)"),
            DerivedField.regex("no_group", "a"),
            field("1", "(b)", "https://${__value.raw}.example/", null),
            field("x", "(a)", "https://t.example/${__from}", null),
            field("1", "(b)", "https://t.example/${__value.raw}", null));

    assertThat(fields.warnings())
        .extracting(AnnotateProblem::key)
        .containsExactly(
            "derivedFields[0].name",
            "derivedFields[1].name",
            "derivedFields[2].matcherRegex",
            "derivedFields[3].url",
            "derivedFields[3].name",
            "derivedFields[3].name",
            "derivedFields[4].url",
            "derivedFields[5].name",
            "derivedFields[5].name");
    assertThat(fields.apply(entry("ab", Labels.EMPTY)))
        .isEqualTo(Map.of("trace_id", "a", "_1", "a", "_1_link", "https://t.example/a", "x", "a"));
  }

  @ParameterizedTest
  @CsvSource({
    "trace_id=(\\w+), trace_id=(?P<TraceID>\\w+)",
    "[(]\\((?:a)(?<id>b)(c), [(]\\((?:a)(?P<TraceID>b)(c)"
  })
  void lineFields_nameTheirGroupForLogql(String regex, String named) throws Exception {
    assertThat(compile(DerivedField.regex("TraceID", regex)).lineFields())
        .extracting(DerivedFieldSet.LineField::namedPattern)
        .containsExactly(named);
  }

  @Test
  void answer_isAnnotatedPerEntryInItsShape() throws Exception {
    DerivedFieldSet fields = compile(DerivedField.regex("TraceID", "id=(\\w+)"));
    Labels stream = labels("app", "x");
    StreamsAnswer categorised =
        StreamsAnswer.EMPTY.withEntries(
            List.of(
                new LogEntry(1, "id=1", stream, labels("k", "v"), Labels.EMPTY),
                new LogEntry(2, "none", stream, Labels.EMPTY, Labels.EMPTY)));
    var listener = new CountingListener();

    StreamsAnswer annotated = fields.annotate(categorised, listener);

    assertThat(annotated.entries())
        .containsExactly(
            new LogEntry(1, "id=1", stream, labels("k", "v", "TraceID", "1"), Labels.EMPTY),
            new LogEntry(2, "none", stream, Labels.EMPTY, Labels.EMPTY));
    assertThat(listener.heard()).isEqualTo("seen 2, found {TraceID=1}, fallbacks {}");
    StreamsAnswer folded = StreamsAnswer.read(categorised.writeFolded());
    assertThat(new String(fields.annotate(folded, listener).write(), StandardCharsets.UTF_8))
        .contains("{\"stream\":{\"TraceID\":\"1\",\"app\":\"x\",\"k\":\"v\"},\"values\":[[\"1\",");
  }

  @Test
  void linksToAbsentTraces_areTakenAwayAgain() throws Exception {
    DerivedFieldSet fields =
        compile(
            verified(field("TraceID", "id=(\\w+)", "https://t.example/${__value.raw}", null)),
            field("other", "id=(\\w+)", "https://o.example/${__value.raw}", null));
    Labels stream = labels("app", "x");
    StreamsAnswer annotated =
        fields.annotate(
            StreamsAnswer.EMPTY.withEntries(
                List.of(
                    new LogEntry(1, "id=1", stream, labels("k", "v"), Labels.EMPTY),
                    new LogEntry(2, "id=2", stream, Labels.EMPTY, Labels.EMPTY),
                    new LogEntry(3, "x", stream, labels("TraceID_link", "own"), Labels.EMPTY))),
            AnnotateListener.NONE);

    assertThat(fields.linkedTraceIds(annotated)).containsExactly("1", "2");
    assertThat(fields.withoutLinks(annotated, Set.of("1")).entries())
        .extracting(LogEntry::structuredMetadata)
        .containsExactly(
            others("1").and(labels("k", "v", "TraceID", "1")),
            others("2").and(labels("TraceID", "2", "TraceID_link", "https://t.example/2")),
            labels("TraceID_link", "own"));
  }

  @Test
  void hugeLineForAHugePattern_isNotSearched() throws Exception {
    DerivedFieldSet fields = compile(DerivedField.regex("x", "((?:[a-z][0-9]){400})"));
    var listener = new CountingListener();
    var entry = new LogEntry(1, "a1".repeat(1 << 20), Labels.EMPTY, Labels.EMPTY, Labels.EMPTY);

    fields.annotate(StreamsAnswer.EMPTY.withEntries(List.of(entry)), listener);

    assertThat(listener.heard()).isEqualTo("seen 1, found {}, fallbacks {LINE_TOO_LONG=1}");
  }

  private static DerivedField field(String name, String regex, String url, String uid) {
    return new DerivedField(name, null, regex, url, "Open", uid, true, null);
  }

  private static Labels others(String value) {
    return labels("other", value, "other_link", "https://o.example/" + value);
  }

  private static DerivedField verified(DerivedField field) {
    return new DerivedField(
        field.name(),
        field.matcherType(),
        field.matcherRegex(),
        field.matchers(),
        field.when(),
        field.idFormat(),
        field.url(),
        field.urlDisplayLabel(),
        field.datasourceUid(),
        field.targetBlank(),
        /* verify= */ true);
  }

  private static DerivedFieldSet compile(DerivedField... fields) throws AnnotateConfigException {
    return DerivedFieldSet.compile(List.of(fields), null, AnnotateConfig.DEFAULT);
  }

  private static LogEntry entry(String line, Labels labels) {
    return new LogEntry(1_700_000_000_123_456_789L, line, labels, Labels.EMPTY, Labels.EMPTY);
  }

  private static Labels labels(String... namesAndValues) {
    Labels labels = Labels.EMPTY;
    for (int i = 0; i < namesAndValues.length; i += 2) {
      labels = labels.and(Labels.of(Map.of(namesAndValues[i], namesAndValues[i + 1])));
    }
    return labels;
  }
}
