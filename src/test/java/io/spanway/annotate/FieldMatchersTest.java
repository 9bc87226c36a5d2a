// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What derived fields can do here beyond Grafana's. */
final class FieldMatchersTest {
  private static final String ID = "6513270e269e0d37f2a74de452e6b438";

  @Test
  void matchers_areTriedInOrderUntilOneYieldsAValue() throws Exception {
    DerivedFieldSet fields =
        compile(
            field(
                "id=(\\w+)",
                null,
                "none",
                null,
                matcher("regex", "tid:(\\S*)", null),
                matcher("label", "^trace$", null),
                matcher("regex", "parent=(\\S+)", "traceparent")));

    assertThat(apply(fields, "tid:2 id=1", "trace", "3")).isEqualTo(Map.of("f", "1"));
    assertThat(apply(fields, "tid:2", "trace", "3")).isEqualTo(Map.of("f", "2"));
    assertThat(apply(fields, "tid: ", "trace", "3")).isEqualTo(Map.of("f", "3"));
    assertThat(apply(fields, "parent=00-" + ID + "-6dfd177e410d6526-01"))
        .isEqualTo(Map.of("f", ID));
    assertThat(apply(fields, "parent=1")).isEmpty();
  }

  @Test
  void matchersAlone_needNoRegexOfTheFieldsOwn() throws Exception {
    DerivedFieldSet fields =
        compile(field(null, null, null, null, matcher(null, "id=(\\w+)", null)));

    assertThat(apply(fields, "id=1")).isEqualTo(Map.of("f", "1"));
  }

  @ParameterizedTest
  @CsvSource({
    "'{app=\"nginx\"}', true",
    "'{app=~\"ng.*\", env!=\"prod\"}', true",
    "'{app=\"nginx\", env=\"dev\"}', false",
    "'{app!~\"n.*\"}', false",
    "'{missing=\"\"}', true",
  })
  void when_bindsAFieldToStreams(String selector, boolean fits) throws Exception {
    DerivedFieldSet fields = compile(field("id=(\\w+)", selector, null, null));

    assertThat(apply(fields, "id=1", "app", "nginx")).isEqualTo(fits ? Map.of("f", "1") : Map.of());
  }

  @Test
  void whenOfAMatcher_bindsThatOneOnly() throws Exception {
    var bound = new DerivedField.Matcher("regex", "a=(\\w+)", "{app=\"a\"}", null);
    DerivedFieldSet fields =
        compile(field(null, null, null, null, bound, matcher("regex", "b=(\\w+)", null)));

    assertThat(apply(fields, "a=1 b=2", "app", "a")).isEqualTo(Map.of("f", "1"));
    assertThat(apply(fields, "a=1 b=2", "app", "b")).isEqualTo(Map.of("f", "2"));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "traceparent, 00-6513270E269e0d37f2a74de452e6b438-6dfd177e410d6526-01, "
            + "6513270e269e0d37f2a74de452e6b438",
        "traceparent, 01-6513270e269e0d37f2a74de452e6b438-6dfd177e410d6526-01-more, "
            + "6513270e269e0d37f2a74de452e6b438",
        "traceparent, ff-6513270e269e0d37f2a74de452e6b438-6dfd177e410d6526-01, -",
        "traceparent, 00-00000000000000000000000000000000-6dfd177e410d6526-01, -",
        "traceparent, 6513270e269e0d37f2a74de452e6b438, -",
        "datadog, 9532127138774266268, 8448eb211c80319c",
        "datadog, 1, 0000000000000001",
        "datadog, 0, -",
        "datadog, 18446744073709551616, -",
        "datadog, +1, -",
        "datadog, 6513270E269E0D37F2A74DE452E6B438, 6513270e269e0d37f2a74de452e6b438",
        "datadog, 8448eb21, -",
        "xray, 1-0af76519-16cd43dd8448eb211c80319c, 0af7651916cd43dd8448eb211c80319c",
        "xray, Root=1-0AF76519-16cd43dd8448eb211c80319c;Parent=53995c3f42cd8ad8;Sampled=1, "
            + "0af7651916cd43dd8448eb211c80319c",
        "xray, 0af7651916cd43dd8448eb211c80319c, -",
        "traceId, 00-6513270e269e0d37f2a74de452e6b438-6dfd177e410d6526-01, "
            + "6513270e269e0d37f2a74de452e6b438",
        "traceId, 1-0af76519-16cd43dd8448eb211c80319c, 0af7651916cd43dd8448eb211c80319c",
        "traceId, 6513270E-269e-0d37-f2a7-4de452e6b438, 6513270e269e0d37f2a74de452e6b438",
        "traceId, 0x-, -",
        "none, 0X0A-F, 0X0A-F",
      })
  void idFormat_bringsSpellingsToOne(String format, String value, String id) throws Exception {
    DerivedFieldSet fields = compile(field("v=(\\S+)", null, format, null));

    assertThat(apply(fields, "v=" + value)).isEqualTo(id == null ? Map.of() : Map.of("f", id));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "${__value.url}/${__labels.ns}?a=1, https://t/a%2Fb/my%20ns?a=1",
        "?from=${__time.from}&to=${__time.to}, https://t/?from=1699997400000&to=1700002800000",
        "${__labels.missing}, -",
      })
  void linkVariables_areFilledInFromTheEntry(String url, String link) throws Exception {
    DerivedFieldSet fields = compile(field("v=(\\S+)", null, null, "https://t/" + url));

    assertThat(apply(fields, "v=a/b", "ns", "my ns").get("f_link")).isEqualTo(link);
  }

  @Test
  void valueInAnExploreQuery_isEncodedOnlyWhereAskedTo() throws Exception {
    var field =
        new DerivedField(
            "f", null, "v=(\\S+)", "${__value.raw} ${__value.url}", null, "uid", null, null);
    DerivedFieldSet fields =
        DerivedFieldSet.compile(List.of(field), "https://g.example", AnnotateConfig.DEFAULT);

    assertThat(apply(fields, "v=a/b").get("f_link"))
        .contains("%22query%22%3A%22a%2Fb%20a%252Fb%22");
  }

  @Test
  void firstFieldOfAName_decidesAndTheFirstLinkCounts() throws Exception {
    DerivedFieldSet fields =
        DerivedFieldSet.compile(
            List.of(
                DerivedField.regex("f", "a=(\\w+)"),
                field("b=(\\w+)", null, null, "https://one/${__value.raw}"),
                field("b=(\\w+)", null, null, "https://two/${__value.raw}")),
            null,
            AnnotateConfig.DEFAULT);

    assertThat(apply(fields, "b=2")).isEmpty();
    assertThat(apply(fields, "a=1")).isEqualTo(Map.of("f", "1", "f_link", "https://one/1"));
  }

  @Test
  void impossibleParts_areErrorsAtTheirKeys() {
    var field =
        new DerivedField(
            "f",
            null,
            null,
            List.of(
                new DerivedField.Matcher("other", "(a)", null, null),
                new DerivedField.Matcher(null, null, null, null),
                new DerivedField.Matcher(null, "(a", null, null),
                new DerivedField.Matcher(null, "(a)", "{a.b=\"c\"}", "hex")),
            "{app=\"x\"} |= \"y\"",
            null,
            null,
            null,
            null,
            null,
            false);

    var failure = catchThrowableOfType(AnnotateConfigException.class, () -> compile(field));

    assertThat(failure.problems())
        .extracting(AnnotateProblem::key)
        .containsExactly(
            "derivedFields[0].when",
            "derivedFields[0].matchers[0].matcherType",
            "derivedFields[0].matchers[1].matcherRegex",
            "derivedFields[0].matchers[2].matcherRegex",
            "derivedFields[0].matchers[3].idFormat",
            "derivedFields[0].matchers[3].when");
  }

  private static DerivedField field(
      String regex, String when, String idFormat, String url, DerivedField.Matcher... matchers) {
    return new DerivedField(
        "f",
        null,
        regex,
        List.of(matchers),
        when,
        idFormat,
        url,
        null,
        null,
        null,
        /* verify= */ false);
  }

  private static DerivedField.Matcher matcher(String type, String regex, String idFormat) {
    return new DerivedField.Matcher(type, regex, null, idFormat);
  }

  private static DerivedFieldSet compile(DerivedField field) throws AnnotateConfigException {
    return DerivedFieldSet.compile(List.of(field), null, AnnotateConfig.DEFAULT);
  }

  private static Map<String, String> apply(DerivedFieldSet fields, String line, String... labels) {
    Labels stream = labels.length == 0 ? Labels.EMPTY : Labels.of(Map.of(labels[0], labels[1]));
    return fields.apply(
        new LogEntry(1_700_000_000_123_456_789L, line, stream, Labels.EMPTY, Labels.EMPTY));
  }
}
