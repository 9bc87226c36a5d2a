// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.MatchOp;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VirtualFieldsTest {
  private static final String ID = "6513270e269e0d37f2a74de452e6b438";
  private static final String UPPER = "6513270E269E0D37F2A74DE452E6B438";

  private static VirtualFields fields(DerivedField... fields) throws Exception {
    return VirtualFields.of(
        DerivedFieldSet.compile(List.of(fields), null, AnnotateConfig.DEFAULT), Set.of("trace_id"));
  }

  private static VirtualFields fields() throws Exception {
    return fields(
        DerivedField.regex("Trace_ID", "trace_id=(\\w+)"),
        DerivedField.regex("user", "\"user\":\"([^\"]*)\""),
        DerivedField.regex("trace_id", "id=(\\w+)"));
  }

  private static String rewritten(String query, Map<String, Boolean> known) throws Exception {
    VirtualQuery found = fields().read(query);
    return found == null ? query : found.rewrite(known);
  }

  @Test
  void filterByAnId_looksForItsSpellings() throws Exception {
    assertThat(rewritten("{app=\"a\"} | Trace_ID=\"" + ID + '"', Map.of()))
        .isEqualTo(
            "{app=\"a\"} |= \""
                + ID
                + "\" or \""
                + UPPER
                + "\" | regexp \"trace_id=(?P<Trace_ID>\\\\w+)\" | Trace_ID=~\"(?i)(0x)?"
                + ID
                + '"');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "{a=\"b\"} | user=\"x\"; {a=\"b\"} |= \"x\" R | user=\"x\"",
        "{a=\"b\"} |user=`x`; {a=\"b\"} |= \"x\" R |user=`x`",
        "({a=\"b\"} | user=\"x\"); ({a=\"b\"} |= \"x\" R | user=\"x\")",
        "{a=\"b\"} | user!=\"x\"; {a=\"b\"} R | user!=\"x\"",
        "{a=\"b\"} | user=~\"x|y\"; {a=\"b\"} R | user=~\"x|y\"",
        "{a=\"b\"} | user!~\"x\"; {a=\"b\"} R | user!~\"x\"",
        "{a=\"b\"} | user=\"\"; {a=\"b\"} R | user=\"\"",
        "{a=\"b\"} | user>5; {a=\"b\"} R | user>5",
        "{a=\"b\"} | user=ip(\"10.0.0.0/8\"); {a=\"b\"} R | user=ip(\"10.0.0.0/8\")",
        "{a=\"b\"} | user=\"x\" or c=\"d\"; {a=\"b\"} R | user=\"x\" or c=\"d\"",
        "{a=\"b\"} | c=\"d\" and user=\"x\"; {a=\"b\"} |= \"x\" R | c=\"d\" and user=\"x\"",
        "{a=\"b\"} | user=\"x\" | user=\"y\"; {a=\"b\"} |= \"x\" R | user=\"x\" |= \"y\" |"
            + " user=\"y\"",
        "{a=\"b\"} | user!=\"x\" | user=\"y\"; {a=\"b\"} R | user!=\"x\" |= \"y\" | user=\"y\"",
        "{a=\"b\"} | json | user=\"x\"; {a=\"b\"} | json |= \"x\" R | user=\"x\"",
        "{a=\"b\"} | line_format \"{{.m}}\" | user=\"x\"; {a=\"b\"} | line_format \"{{.m}}\" |="
            + " \"x\" R | user=\"x\"",
        "{a=\"b\"} | user=\"x\" | label_format user=c; {a=\"b\"} |= \"x\" R | user=\"x\" |"
            + " label_format user=c",
        "{a=\"b\"} # user\\n| user=\"x\"; {a=\"b\"} # user\\n|= \"x\" R | user=\"x\"",
        "{a=\"b\"} | user=\"q\\\"\\\\\"; {a=\"b\"} |= \"q\\\"\\\\\" R | user=\"q\\\"\\\\\"",
        "sum by (level) (count_over_time({a=\"b\"} | user=\"x\" | drop __error__[1s])); sum by"
            + " (level) (count_over_time({a=\"b\"} |= \"x\" R | user=\"x\" | drop __error__[1s]))",
        "rate({a=\"b\"} | user=\"x\" [1m]) / rate({a=\"b\"} | user=\"y\" [1m]); rate({a=\"b\"} |="
            + " \"x\" R | user=\"x\" [1m]) / rate({a=\"b\"} |= \"y\" R | user=\"y\" [1m])",
      })
  void filter_becomesOneOfLoki(String query, String expected) throws Exception {
    String regexp = "| regexp \"\\\"user\\\":\\\"(?P<user>[^\\\"]*)\\\"\"";

    String rewritten = rewritten(query.replace("\\n", "\n"), Map.of("other", false));

    assertThat(rewritten).isEqualTo(expected.replace("\\n", "\n").replace("R |", regexp + " |"));
    LogqlParser.parse(rewritten);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{user=\"x\"}",
        "{a=\"b\"} |= \"user\"",
        "{a=\"b\"} | c=\"user\"",
        "{a=\"b\"} | trace_id=\"x\"",
        "{a=\"b\"} | label_format user=c | user=\"x\"",
        "{a=\"b\"} | regexp \"(?P<user>x)\" | user=\"x\"",
        "{a=\"b\"} | pattern \"<user> <_>\" | user=\"x\"",
        "{a=\"b\"} | json user=\"u.name\" | user=\"x\"",
        "{a=\"b\"} | logfmt user | user=\"x\"",
        "{a=\"b\"} | unpack | user=\"x\"",
        "sum by (user) (rate({a=\"b\"}[1m]))",
        "rate({a=\"b\"} | user=\"x\" [1m]) / rate({a=\"c\"} | user=\"x\" [1m])",
        "sum_over_time(({a=\"b\"})[1m] | unwrap c | user=\"x\")",
      })
  void otherQuery_isLeftAlone(String query) throws Exception {
    assertThat(fields().read(query)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "{a=\"b\"} | user=\"x\"; false; true",
        "{a=\"b\"} | user=\"x\"; true; false",
        "{a=\"b\"} | json | user=\"x\"; true; true",
        "{a=\"b\"} | logfmt | user=\"x\"; true; true",
        "{a=\"b\"} | user=\"x\" | json; true; false",
      })
  void realField_isLeftToLoki(String query, boolean inLines, boolean real) throws Exception {
    assertThat(rewritten(query, Map.of("user", inLines)).equals(query)).isEqualTo(real);
  }

  @Test
  void fieldOfLinesAndPerhapsOfMetadata_losesNoLine() throws Exception {
    assertThat(rewritten("{a=\"b\"} | user=\"x\"", Map.of("user", true)))
        .isEqualTo("{a=\"b\"} | regexp \"\\\"user\\\":\\\"(?P<user>[^\\\"]*)\\\"\" | user=\"x\"");
  }

  @Test
  void unknownFields_loseNoLine() throws Exception {
    assertThat(rewritten("{a=\"b\"} | user=\"x\" | Trace_ID=\"1\"", null))
        .isEqualTo(
            "{a=\"b\"} | regexp \"\\\"user\\\":\\\"(?P<user>[^\\\"]*)\\\"\" | user=\"x\" | regexp"
                + " \"trace_id=(?P<Trace_ID>\\\\w+)\" | Trace_ID=~\"(?i)(0x)?1\"");
  }

  @Test
  void fieldOfSomeStreamsOrManyWays_isNoVirtualOne() throws Exception {
    var many =
        new DerivedField(
            "user",
            null,
            null,
            List.of(
                new DerivedField.Matcher(null, "a(.)", null, null),
                new DerivedField.Matcher(null, "b(.)", null, null)),
            null,
            null,
            null,
            null,
            null,
            null,
            false);
    var some =
        new DerivedField(
            "user", null, "a(.)", List.of(), "{a=\"b\"}", null, null, null, null, null, false);
    var label = new DerivedField("user", "label", "a", null, null, null, null, null);

    for (DerivedField field : List.of(many, some, label)) {
      assertThat(fields(field).read("{a=\"b\"} | user=\"x\"")).isNull();
    }
  }

  /** What the annotator makes of a value that a line has, and whether the filter keeps the line. */
  @ParameterizedTest
  @CsvSource({
    "traceId, 6513270e269e0d37f2a74de452e6b438",
    "traceId, 6513270E269E0D37F2A74DE452E6B438",
    "traceId, 0x6513270e269e0d37f2a74de452e6b438",
    "traceId, 0X6513270E269E0D37F2A74DE452E6B438",
    "traceId, 6513270e-269e-0d37-f2a7-4de452e6b438",
    "traceId, 6513270E-269E-0D37-F2A7-4DE452E6B438",
    "traceId, 00-6513270e269e0d37f2a74de452e6b438-89bcd3a1f0e24b5c-01",
    "traceId, 1-6513270e-269e0d37f2a74de452e6b438",
    "traceId, Root=1-6513270e-269e0d37f2a74de452e6b438;Sampled=1",
    "traceparent, 00-6513270e269e0d37f2a74de452e6b438-89bcd3a1f0e24b5c-01",
    "traceparent, 00-6513270E269E0D37F2A74DE452E6B438-89BCD3A1F0E24B5C-00-more",
    "xray, 1-6513270e-269e0d37f2a74de452e6b438",
    "xray, Self=1-a-b;Root=1-6513270e-269e0d37f2a74de452e6b438;Sampled=1",
    "datadog, 12026036474713257016",
    "datadog, 00012026036474713257016",
    "datadog, 6513270E269E0D37F2A74DE452E6B438",
    "none, 6513270e269e0d37f2a74de452e6b438",
    "none, a\"b",
    "traceId, no.t h-e-x",
  })
  void valueThatEntriesGet_findsTheirLines(String format, String raw) throws Exception {
    IdFormat id = Objects.requireNonNull(IdFormat.of(format));
    String shown = Objects.requireNonNull(id.read(raw));
    String pattern = id.pattern(shown, true);

    LabelMatcher matcher =
        LabelMatcher.of(
            "f", pattern == null ? MatchOp.EQ : MatchOp.RE, pattern == null ? shown : pattern);

    assertThat(matcher.matches(raw)).as(matcher.toString()).isEqualTo(!raw.startsWith("no."));
    assertThat(id.spellings(shown, true).stream().anyMatch(raw::contains))
        .as(id.spellings(shown, true).toString())
        .isEqualTo(!raw.startsWith("no."));
    assertThat(matcher.matches(raw.replace('2', '3') + (raw.contains("2") ? "" : "!"))).isFalse();
  }

  @Test
  void answerOfDetectedFields_saysWhatIsReal() {
    String json =
        "{\"fields\":[{\"label\":\"a\",\"type\":\"string\",\"cardinality\":1,\"parsers\":null},"
            + "{\"label\":\"b\",\"parsers\":[\"logfmt\",\"json\"],\"jsonPath\":[\"x\"]},"
            + "{\"label\":\"c\",\"parsers\":[]},{\"label\":\"d\"}],\"limit\":1000}";

    assertThat(VirtualQuery.readKnown(json.getBytes(UTF_8)))
        .isEqualTo(Map.of("a", false, "b", true, "c", false, "d", false));
    assertThat(VirtualQuery.readKnown("{\"limit\":1000}".getBytes(UTF_8))).isNull();
    assertThat(VirtualQuery.readKnown("not JSON".getBytes(UTF_8))).isNull();
  }
}
