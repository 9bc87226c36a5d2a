// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.ID;
import static io.spanway.correlate.Traces.SPAN;
import static io.spanway.correlate.Traces.T;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.custom;
import static io.spanway.correlate.Traces.metadata;
import static io.spanway.correlate.Traces.span;
import static io.spanway.correlate.Traces.tag;
import static io.spanway.correlate.Traces.trace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.spanway.correlate.CorrelateConfig.TagMapping;
import io.spanway.correlate.CorrelateConfigException.Finding;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.PipelineStage;
import io.spanway.model.Attributes;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.Trace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QueryTemplateTest {
  private static final TagMapping[] TAGS = {
    tag("service.name", "service_name"), metadata("k8s.pod.name", "pod")
  };

  private static final Attributes RESOURCE =
      Attributes.of("service.name", "nginx", "k8s.pod.name", "nginx-1", "env", "prod", "both", "r");
  private static final Attributes OWN = Attributes.of("http.status_code", "500", "both", "s");

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '¬',
      value = {
        "{${__tags}} | logfmt ¦ {service_name=\"nginx\"} | pod=\"nginx-1\" | logfmt",
        "{$__tags} ¦ {service_name=\"nginx\"} | pod=\"nginx-1\"",
        "{[[__tags]]} ¦ {service_name=\"nginx\"} | pod=\"nginx-1\"",
        "{a=\"b\", ${__tags:raw}, c=~`d`} ¦ {a=\"b\", service_name=\"nginx\", c=~\"d\"} |"
            + " pod=\"nginx-1\"",
        "{a=\"b\"} |= \"${__trace.traceId}\" ¦ {a=\"b\"} |= \"" + T + "\"",
        "{a=\"b\"} |= `${__span.traceId} ${__span.spanId}` ¦ {a=\"b\"} |= \""
            + T
            + " b7ad6b7169203331\"",
        "{a=\"b\"} | name=\"${__span.name}\" | t=\"${__trace.name}\" ¦ {a=\"b\"} | name=\"op\" |"
            + " t=\"nginx: op\"",
        "{a=\"b\"} | d > ${__span.duration} | e<=${__trace.duration}us ¦ {a=\"b\"} | d > 120000 |"
            + " e<=120000us",
        "{a=\"b\"} |= \"code=${__span.tags[\"http.status_code\"]};\" ¦ {a=\"b\"} |= \"code=500;\"",
        "{a=\"b\"} |= \"${__span.tags['env']}\" ¦ {a=\"b\"} |= \"prod\"",
        "{env=\"${__span.tags.env}\"} ¦ {env=\"prod\"}",
        "{a=\"b\"} | x=\"${__span.tags.both}\" ¦ {a=\"b\"} | x=\"s\"",
        "{a=~\"${__span.tags.env}.*\"} |~ `^${__span.tags.env}+$` ¦ {a=~\"(?:prod).*\"} |~"
            + " \"^(?:prod)+$\"",
        "({a=\"b\"} | line_format \"{{.x}} $word ${__span.name}\") # end ¦ {a=\"b\"} | line_format"
            + " \"{{.x}} $word {{\\\"op\\\"}}\"",
        "{a=\"b\"} | label_format z=`{{ contains \"${__trace.traceId}\" __line__ }}` ¦ {a=\"b\"} |"
            + " label_format z=\"{{ contains \\\""
            + T
            + "\\\" __line__ }}\"",
        "{a=\"b\"} | (x=\"${__span.name}\" or y=`1`), z=\"2\" ¦ {a=\"b\"} | (x=\"op\" or y=`1`) and"
            + " z=\"2\"",
      })
  void render_variables_haveTheirValues(String query, String expected) throws Exception {
    assertThat(ask(query).queries()).containsExactly(new CorrelatedQuery(expected, null));
  }

  @Test
  void render_customQuery_hasNoFilters() throws Exception {
    SpanLogs logs =
        correlator(custom("{${__tags}}", TAGS))
            .forSpan(
                trace(span(RESOURCE, OWN)),
                new SpanRef(ID, SPAN),
                new SpanLogsOptions(true, true, null));

    assertThat(logs.filteredByTrace()).isFalse();
    assertThat(logs.filteredBySpan()).isFalse();
    assertThat(logs.spanFilter()).isNull();
    assertThat(logs.warnings())
        .containsExactly(
            "filterByTraceID and filterBySpanID are not used: the query is a custom one");
    assertThat(logs.withStages("| json").queries().get(0).lineHalf())
        .isEqualTo("{service_name=\"nginx\"} | pod=\"nginx-1\" | json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      value = {
        "{${__tags}, x=\"${__span.tags.no}\"} ¦ {service_name=\"nginx\"} | pod=\"nginx-1\"",
        "{a=\"b\"} | x=\"${__span.tags.no}\" | json ¦ {a=\"b\"}  | json",
        "{a=\"b\"} | x=\"1\" and y=\"${__span.tags.no}\", z=2 ¦ {a=\"b\"} | x=\"1\" and z=2",
        "{a=\"b\"} | (x=~\".*${__span.tags.no}.*\") ¦ {a=\"b\"} ",
      })
  void render_missingAttributeInAFilterOfItsOwn_dropsTheFilter(String query, String expected)
      throws Exception {
    SpanLogs logs = ask(query);

    assertThat(logs.queries().get(0).lineHalf().strip()).isEqualTo(expected);
    assertThat(logs.warnings())
        .singleElement()
        .asString()
        .contains("${__span.tags.no} has no value: the span does not have it", "left out");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{a=\"b\"} |= \"${__span.tags.no}\"",
        "{a=\"b\"} | x=\"${__span.tags.no}\" or y=\"1\"",
        "{a=\"b\"} | drop x=\"${__span.tags.no}\"",
        "{a=\"b\"} | line_format \"${__span.tags.no}\"",
        "{a=\"${__span.tags.no}\"}",
        "{a=\"${__span.tags.no}\", b=~\".*\"}",
      })
  void render_missingAttributeElsewhere_isUnprocessable(String query) {
    assertThatExceptionOfType(SpanLogsException.class)
        .isThrownBy(() -> ask(query))
        .satisfies(e -> assertThat(e.status()).isEqualTo(422))
        .withMessageContaining("${__span.tags.no} has no value: the span does not have it");
  }

  @Test
  void render_spanWithoutAnyTag_isUnprocessableWithWhatIsThere() {
    var correlator = correlator(custom("{${__tags}}", tag("service", null)));

    assertThatExceptionOfType(SpanLogsException.class)
        .isThrownBy(
            () ->
                correlator.forSpan(
                    trace(span(RESOURCE, OWN)), new SpanRef(ID, SPAN), SpanLogsOptions.DEFAULT))
        .satisfies(e -> assertThat(e.status()).isEqualTo(422))
        .withMessageContaining("tags looked for: service; attributes found: service.name");
  }

  @Test
  void render_wholeTrace_usesWhatAllSpansShare() throws Exception {
    Trace trace =
        trace(
            span(SPAN, "09:00:00", "09:00:02", RESOURCE, OWN),
            span(
                SpanId.parse("1"),
                "09:00:01",
                "09:00:03",
                Attributes.of("service.name", "db", "env", "prod"),
                Attributes.EMPTY));

    SpanLogs logs =
        correlator(
                custom(
                    "{${__tags}, env=\"${__span.tags.env}\"} | x=\"${__span.tags.both}\" | d>"
                        + "${__trace.duration} | s=\"${__span.spanId}\"",
                    TAGS))
            .forSpan(trace, SpanRef.wholeTrace(ID), SpanLogsOptions.DEFAULT);

    assertThat(logs.queries().get(0).lineHalf().strip())
        .isEqualTo("{service_name=~\"nginx|db\", env=\"prod\"}  | d>3000000");
    assertThat(logs.warnings())
        .contains(
            "${__span.tags.both} has no value: the spans of the trace do not all have the same"
                + " one; its filter is left out of the query",
            "${__span.spanId} has no value for a whole trace (name a span); its filter is left out"
                + " of the query");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      value = {
        "{a=\"b\"} |= \"${x}\" ¦ line 1, column 13: ${x} is no variable of a span",
        "{a=\"b\"} |= \"$__rate_interval\" ¦ line 1, column 13: $__rate_interval is no variable",
        "{a=\"b\"} |= \"${__span.tags.a.b}\" ¦ (expected: ${__span.tags[\"a.b\"]})",
        "{a=\"b\"} |= \"${__span\" ¦ line 1, column 13: ${ without }",
        "{a=\"b\"} |= ${__span.name} ¦ column 12: ${__span.name} must stand in quotes",
        "{a=\"b\"} |= \"${__tags}\" ¦ column 12: ${__tags} must stand in a selector",
        "{a=\"b\"} | ${__tags} ¦ column 11: ${__tags} must stand in a selector",
        "{${__tags}} | | json ¦ line 1, column 15: syntax error: unexpected |",
        "{${__tags} ¦ line 1, column 11: syntax error",
        "{service.name=\"x\"} ¦ column 2: label service.name cannot be written in LogQL",
        "{a=~\".*\"} ¦ queries require at least one regexp or equality matcher",
        "rate({${__tags}}[1m]) ¦ a query for samples (expected: one for log lines)",
        "{a=\"b\"} |~ \"[${__span.name}]\" ¦ column 12: ${__span.name} stands in a class",
        "{a=\"b\"} |~ `\\${__span.name}` ¦ column 12: ${__span.name} stands in a class, an escape",
        "{a=\"b\"} |~ `(?P<${__span.name}>x)` ¦ column 12: ${__span.name} stands in a class",
        "{a=\"b\"} |~ `\\Q${__span.name}` ¦ column 12: ${__span.name} stands in a class",
        "{a=\"b\"} |~ `x{${__span.duration}}` ¦ column 12: ${__span.duration} stands in a class",
        "{a=\"b\"} |~ `(${__span.name}` ¦ column 12: is no regular expression",
        "{a=\"b\"} |> `${__span.name} <_>` ¦ column 12: ${__span.name} stands where LogQL has no",
        "{a=\"b\"} | line_format `{{ \"${__span.name}\" }}` ¦ ${__span.name} stands between {{",
        "{a=\"b\"} |= \"\\${__span.name}\" ¦ line 1, column 12: invalid char escape",
        "{a=~\"[b-\"} ¦ missing closing ]",
        "{${__span.name}=\"b\"} ¦ column 2: ${__span.name} must stand in quotes",
        "{a=\"b\"} | json ${__span.name} ¦ column 16: ${__span.name} must stand in quotes",
        "{a=\"b\"} |= \"${__span.name:csv}\" ¦ column 13: the format csv is not offered",
      })
  void compile_badQuery_saysWhereAndWhy(String query, String message) {
    CorrelateConfigException e =
        catchThrowableOfType(
            CorrelateConfigException.class, () -> Correlator.compile(custom(query, TAGS)));

    assertThat(e.problems()).extracting(Finding::path).containsExactly("tracesToLogsV2.query");
    assertThat(e.problems().get(0).message()).contains(message);
  }

  @Test
  void compile_formatsAndOtherDollars_areWarnedOf() throws Exception {
    assertThat(
            Correlator.compile(custom("{${__tags:raw}} | line_format \"{{ $x }}\"", TAGS))
                .warnings())
        .containsExactly(
            new Finding(
                "tracesToLogsV2.query",
                "the format of ${__tags:raw} is not used: values are escaped for where they"
                    + " stand"),
            new Finding(
                "tracesToLogsV2.query",
                "$x stays as it is: it is no variable of a span (such as ${__tags})"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "`",
        "\"",
        "\\",
        "a\nb",
        "\"} or {x=\"y",
        "` | drop x",
        "ü€😀",
        "\u0000\u2028",
        "(?i)",
        ".*",
        "[",
        "\\E",
        "{{.x}}",
        "}}",
        "${__tags}",
        "|",
        "a|b"
      })
  void render_anyValue_staysInItsLiteral(String value) throws Exception {
    TemplateShape.assertHolds(value);
  }

  @Test
  void render_longValue_staysInItsLiteral() throws Exception {
    String value = "x`\"\\".repeat(16 * 1024);
    SpanLogs logs =
        correlator(custom("{a=\"b\"} |= `${__span.tags.v}`"))
            .forSpan(
                trace(span(Attributes.EMPTY, Attributes.of("v", value.substring(0, 30_000)))),
                new SpanRef(ID, SPAN),
                SpanLogsOptions.DEFAULT);
    LogPipeline pipeline = LogqlParser.parse(logs.queries().get(0).lineHalf()).pipelines().get(0);

    assertThat(((PipelineStage.LineFilter) pipeline.stages().get(0)).alternatives())
        .containsExactly(value.substring(0, 30_000));
    assertThatExceptionOfType(SpanLogsException.class)
        .isThrownBy(
            () ->
                correlator(custom("{a=\"b\"} |= `${__span.tags.v}` |= `${__span.tags.v}`"))
                    .forSpan(
                        trace(span(Attributes.EMPTY, Attributes.of("v", value))),
                        new SpanRef(ID, SPAN),
                        SpanLogsOptions.DEFAULT))
        .satisfies(e -> assertThat(e.status()).isEqualTo(422));
  }

  @Test
  void render_metadataTag_isAFilterBehindTheSelector() throws Exception {
    LogPipeline pipeline =
        LogqlParser.parse(ask("{${__tags}} |= \"x\"").queries().get(0).lineHalf())
            .pipelines()
            .get(0);

    assertThat(pipeline.stages().get(0))
        .isInstanceOfSatisfying(
            PipelineStage.LabelFilter.class,
            filter -> assertThat(filter.expr()).isInstanceOf(LabelFilterExpr.StringCompare.class));
    assertThat(pipeline.stages()).hasSize(2);
  }

  private static SpanLogs ask(String query) throws SpanLogsException {
    return correlator(custom(query, TAGS))
        .forSpan(trace(span(RESOURCE, OWN)), new SpanRef(ID, SPAN), SpanLogsOptions.DEFAULT);
  }
}
