// SPDX-License-Identifier: Apache-2.0
package io.spanway.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.correlate.CorrelateConfig;
import io.spanway.correlate.CorrelateConfigException;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.SpanLogs;
import io.spanway.correlate.SpanLogsException;
import io.spanway.correlate.SpanLogsOptions;
import io.spanway.model.Attributes;
import io.spanway.model.Resource;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class EmptyInquiryTest {
  private static final TraceId TRACE = TraceId.parse("4a789cb3d8b9b45c1b98fbe466809a11");
  private static final SpanId SPAN = SpanId.parse("111b8aaa62f28d1a");
  private static final long START = 1_700_001_000_000_000_000L;

  private static final String LABELS = "/loki/api/v1/labels";
  private static final String SERVICES = "/loki/api/v1/label/service_name/values";
  private static final String NAMESPACES = "/loki/api/v1/label/namespace/values";
  private static final String STATS = "/loki/api/v1/index/stats";
  private static final String NEWER = LABELS + "?since=6h";

  /** What Loki says; what it is not asked for is not there. */
  private record Case(
      String name, @Nullable String tenant, Map<String, String> answers, @Nullable String reason) {}

  static Stream<Case> cases() {
    String labels = names("service_name", "namespace", "level");
    String services = names("nginx", "cart");
    String namespaces = names("production");
    return Stream.of(
        new Case(
            "label absent",
            null,
            Map.of(LABELS, names("servicename", "namespace")),
            "no lines: Loki has no label service_name around that time (nearest: servicename)"),
        new Case(
            "label absent and none like it",
            null,
            Map.of(LABELS, names("app", "namespace")),
            "no lines: Loki has no label service_name around that time"),
        new Case(
            "value absent",
            null,
            Map.of(LABELS, labels, SERVICES, names("Nginx", "cart")),
            "no lines: label service_name has no value \"nginx\" around that time (nearest:"
                + " \"Nginx\")"),
        new Case(
            "second value absent",
            null,
            Map.of(LABELS, labels, SERVICES, services, NAMESPACES, names("x")),
            "no lines: label namespace has no value \"production\" around that time"),
        new Case(
            "no stream with both",
            null,
            Map.of(
                LABELS,
                labels,
                SERVICES,
                services,
                NAMESPACES,
                namespaces,
                STATS,
                "{\"streams\":0,\"chunks\":0,\"bytes\":0,\"entries\":0}"),
            "no lines: no stream with all of {service_name=\"nginx\", namespace=\"production\"} has"
                + " lines in the window, though each of the labels exists around that time"),
        new Case(
            "no ID",
            null,
            Map.of(
                LABELS,
                labels,
                SERVICES,
                services,
                NAMESPACES,
                namespaces,
                STATS,
                "{\"streams\":2,\"chunks\":2,\"bytes\":900,\"entries\":12}"),
            "no lines: {service_name=\"nginx\", namespace=\"production\"} has lines in the window,"
                + " but none carries the trace's ID, neither in its text nor in a field of idFields"),
        new Case(
            "retention",
            "a",
            Map.of(LABELS, "{\"status\":\"success\"}", NEWER, labels),
            "no lines: Loki has nothing at all around 2023-11-14T22:00:00Z, but has logs of the"
                + " last 6 hours: the window is probably outside its retention"),
        new Case(
            "tenant",
            "a",
            Map.of(LABELS, "{\"status\":\"success\"}", NEWER, "{\"status\":\"success\"}"),
            "no lines: Loki has nothing at all around 2023-11-14T22:00:00Z or in the last 6 hours"
                + " for tenant \"a\": is it the right one?"),
        new Case(
            "no tenant",
            null,
            Map.of(LABELS, "{\"status\":\"success\"}", NEWER, "{\"status\":\"success\"}"),
            "no lines: Loki has nothing at all around 2023-11-14T22:00:00Z or in the last 6 hours"
                + " for a request without a tenant: is X-Scope-OrgID missing?"),
        new Case("Loki refuses", null, Map.of(), null),
        new Case("Loki says nonsense", null, Map.of(LABELS, "nonsense"), null),
        new Case(
            "statistics are nonsense",
            null,
            Map.of(LABELS, labels, SERVICES, services, NAMESPACES, namespaces, STATS, "nonsense"),
            null),
        new Case(
            "statistics are refused",
            null,
            Map.of(LABELS, labels, SERVICES, services, NAMESPACES, namespaces),
            null));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void emptyAnswer_isToldWhy(Case each) throws Exception {
    List<String> asked = new ArrayList<>();

    assertThat(reason(each, asked)).as(each.name()).isEqualTo(each.reason());
    assertThat(asked).hasSizeLessThanOrEqualTo(4).doesNotHaveDuplicates();
  }

  @Test
  void oneLabel_isNotBlamedOnOthers() throws Exception {
    EmptyInquiry inquiry = new EmptyInquiry(spanLogs("service.name"), null);
    for (String body :
        List.of(names("service_name"), names("nginx"), "{\"streams\":0,\"entries\":0}")) {
      assertThat(inquiry.next()).isNotNull();
      inquiry.answered(200, body.getBytes(StandardCharsets.UTF_8));
    }

    assertThat(inquiry.next()).isNull();
    assertThat(inquiry.reason())
        .isEqualTo(
            "no lines: {service_name=\"nginx\"} has no lines in the window, though the label exists"
                + " around that time");
  }

  @Test
  void spanFilter_isNamedBesideTheTraces() throws Exception {
    SpanLogsOptions both = new SpanLogsOptions(true, true, null);
    SpanLogsOptions span = new SpanLogsOptions(false, true, null);

    assertThat(reasonWithLines(spanLogs(both, "service.name")))
        .isEqualTo(
            "no lines: {service_name=\"nginx\"} has lines in the window, but none carries the"
                + " trace's ID and the span's ID, neither in its text nor in a field of idFields");
    assertThat(reasonWithLines(spanLogs(span, "service.name")))
        .isEqualTo(
            "no lines: {service_name=\"nginx\"} has lines in the window, but none carries the"
                + " span's ID, neither in its text nor in a field of idFields");
  }

  private static @Nullable String reasonWithLines(SpanLogs asked) {
    EmptyInquiry inquiry = new EmptyInquiry(asked, null);
    for (String body :
        List.of(names("service_name"), names("nginx"), "{\"streams\":1,\"entries\":3}")) {
      inquiry.answered(200, body.getBytes(StandardCharsets.UTF_8));
    }
    return inquiry.reason();
  }

  private static @Nullable String reason(Case each, List<String> asked) throws Exception {
    EmptyInquiry inquiry = new EmptyInquiry(spanLogs("service.name", "namespace"), each.tenant());
    for (EmptyInquiry.Ask ask = inquiry.next(); ask != null; ask = inquiry.next()) {
      String key = ask.parameters().has("since") ? NEWER : ask.path();
      asked.add(key);
      String body = each.answers().get(key);
      inquiry.answered(
          body == null ? 403 : 200, (body == null ? "" : body).getBytes(StandardCharsets.UTF_8));
    }
    return inquiry.reason();
  }

  private static String names(String... names) {
    return "{\"status\":\"success\",\"data\":[\"" + String.join("\",\"", names) + "\"]}";
  }

  private static SpanLogs spanLogs(String... keys)
      throws CorrelateConfigException, SpanLogsException {
    return spanLogs(SpanLogsOptions.DEFAULT, keys);
  }

  private static SpanLogs spanLogs(SpanLogsOptions options, String... keys)
      throws CorrelateConfigException, SpanLogsException {
    List<CorrelateConfig.TagMapping> tags =
        Stream.of(keys)
            .map(key -> new CorrelateConfig.TagMapping(key, key.replace('.', '_'), null))
            .toList();
    CorrelateConfig none = CorrelateConfig.DEFAULT;
    Span span =
        new Span(
            SPAN,
            null,
            "op",
            "",
            START,
            START + 1_000_000,
            new Resource(Attributes.of("service.name", "nginx", "namespace", "production")),
            Attributes.EMPTY,
            Attributes.EMPTY);
    return Correlator.compile(
            new CorrelateConfig(
                tags,
                none.spanStartTimeShift(),
                none.spanEndTimeShift(),
                none.filterByTraceID(),
                none.filterBySpanID(),
                none.customQuery(),
                none.query(),
                none.idFields(),
                none.idLocation(),
                none.spanFilter(),
                none.overrides()))
        .forSpan(new Trace(TRACE, List.of(span), false, null), new SpanRef(TRACE, SPAN), options);
  }
}
