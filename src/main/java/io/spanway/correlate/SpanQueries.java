// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LabelMatcher;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.TimeRange;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds the query for a span or a whole trace. */
final class SpanQueries {
  static final String RULE = "script";

  /** Each is up to two upstream requests. */
  private static final int MAX_SERVICES = 32;

  /** Loki refuses queries from 128 KiB on; the rest is for the ID condition. */
  private static final int MAX_HEAD_BYTES = 120 * 1024;

  private final Settings settings;
  private final Trace trace;
  private final SpanRef ref;
  private final SpanLogsOptions options;
  private final @Nullable Set<String> lokiLabels;
  private boolean dependsOnLabels;

  SpanQueries(
      Settings settings,
      Trace trace,
      SpanRef ref,
      SpanLogsOptions options,
      @Nullable Set<String> lokiLabels) {
    this.settings = settings;
    this.trace = trace;
    this.ref = ref;
    this.options = options;
    this.lokiLabels = lokiLabels;
  }

  SpanLogs build() throws SpanLogsException {
    if (trace.spans().isEmpty()) {
      throw new SpanLogsException(404, "Tempo does not have trace " + ref.traceId());
    }
    SpanId spanId = ref.spanId();
    List<Span> spans = spanId == null ? trace.spans() : List.of(find(spanId));
    var warnings = new ArrayList<String>();
    List<String> heads = heads(spans, warnings);
    SpanLogs.Builder logs = windowed(spans, warnings);
    boolean filters = settings.query() == null;
    if (!filters && (asked(options.filterByTraceId()) || asked(options.filterBySpanId()))) {
      warnings.add("filterByTraceID and filterBySpanID are not used: the query is a custom one");
    }
    boolean byTrace = filters && first(options.filterByTraceId(), settings.filterByTraceId(), true);
    boolean bySpan =
        filters
            && spanId != null
            && first(options.filterBySpanId(), settings.filterBySpanId(), false);
    IdCondition id = null;
    if (byTrace) {
      id = IdCondition.of(ref.traceId(), settings.traceFields());
      if (bySpan && spanId != null) {
        logs.spanFilter = new SpanFilter(spanId, settings.spanFields(), settings.softSpanFilter());
      }
    } else if (bySpan && spanId != null) {
      id = IdCondition.of(spanId, settings.spanFields());
    }
    for (String head : heads) {
      logs.parts.add(new QueryParts(head, id, "", ""));
    }
    logs.filteredByTrace = byTrace;
    logs.dependsOnLabels = dependsOnLabels;
    logs.service = spans.get(0).resource().serviceName();
    logs.filteredBySpan = bySpan;
    if (trace.partial()) {
      String message = trace.message();
      logs.warnings.add(
          "Tempo answered only a part of trace "
              + ref.traceId()
              + (message == null ? "" : ": " + message));
    }
    logs.warnings.addAll(warnings);
    return logs.build();
  }

  private Span find(SpanId spanId) throws SpanLogsException {
    Span span = trace.span(spanId);
    if (span == null) {
      throw new SpanLogsException(
          404,
          "span "
              + spanId
              + " is not among the "
              + trace.spans().size()
              + " spans of trace "
              + ref.traceId());
    }
    return span;
  }

  private SpanLogs.Builder windowed(List<Span> spans, List<String> warnings) {
    long start = Long.MAX_VALUE;
    long end = Long.MIN_VALUE;
    for (Span span : spans) {
      start = Math.min(start, span.startNs());
      end = Math.max(end, span.endNs());
    }
    TimeRange window = options.window();
    if (window == null) {
      Window.Computed computed =
          Window.ofSpan(start, end, settings.startShiftNs(), settings.endShiftNs());
      if (computed.widened()) {
        warnings.add("the computed window was empty; it was widened to 1 ms");
      }
      window = computed.range();
    }
    var logs = new SpanLogs.Builder(RULE, settings.location(), window);
    logs.spanTime = new TimeRange(start, Math.max(start, end));
    return logs;
  }

  private List<String> heads(List<Span> spans, List<String> warnings) throws SpanLogsException {
    QueryTemplate query = settings.query();
    if (query != null && !query.hasTags()) {
      return List.of(requireSize(custom(query, spans, LabelChoice.NONE, warnings)));
    }
    LabelChoice choice = choose(spans, warnings);
    String head = choice.head();
    if (head != null || (query != null && !query.needsTags())) {
      warnMissing(choice, warnings);
      warnings.addAll(choice.warnings());
      return List.of(requireSize(written(head, spans, choice, warnings)));
    }
    if (ref.spanId() != null) {
      throw new SpanLogsException(422, MissingTags.explain(spans, settings.tags()));
    }
    return headsByService(spans, warnings);
  }

  /** Chooses labels; of the defaults, which nobody asked for, only those that Loki has. */
  private LabelChoice choose(List<Span> spans, List<String> warnings) {
    LabelChoice all = LabelChoice.of(spans, settings.tags());
    if (!settings.defaultTags() || all.matchers().size() < 2) {
      return all;
    }
    dependsOnLabels = true;
    Set<String> known = lokiLabels;
    if (known == null) {
      return all;
    }
    LabelChoice there =
        LabelChoice.of(
            spans, settings.tags().stream().filter(tag -> known.contains(tag.label())).toList());
    if (there.head() == null) {
      return all;
    }
    for (LabelMatcher matcher : all.matchers()) {
      if (!known.contains(matcher.name())) {
        warnings.add(
            "label " + matcher.name() + " was left out of the query: Loki does not have it");
      }
    }
    return there;
  }

  private List<String> headsByService(List<Span> spans, List<String> warnings)
      throws SpanLogsException {
    Map<String, List<Span>> services = new LinkedHashMap<>();
    for (Span span : spans) {
      String service = Objects.requireNonNullElse(span.resource().serviceName(), "");
      services.computeIfAbsent(service, name -> new ArrayList<>()).add(span);
    }
    var heads = new ArrayList<String>();
    for (Map.Entry<String, List<Span>> service : services.entrySet()) {
      LabelChoice choice = choose(service.getValue(), warnings);
      String head = choice.head();
      String name = service.getKey().isEmpty() ? "without service.name" : service.getKey();
      if (head == null) {
        warnings.add("service " + name + " is left out: its spans share none of the tags");
        continue;
      }
      head = written(head, service.getValue(), choice, warnings);
      if (!heads.contains(head)) {
        if (heads.size() == MAX_SERVICES) {
          warnings.add(
              "only the first " + MAX_SERVICES + " of " + services.size() + " services are asked");
          break;
        }
        heads.add(requireSize(head));
        warnings.addAll(choice.warnings());
      }
    }
    if (heads.isEmpty()) {
      throw new SpanLogsException(422, MissingTags.explain(spans, settings.tags()));
    }
    return heads;
  }

  /** The query that begins with a head; without a custom one that is the head. */
  private String written(
      @Nullable String head, List<Span> spans, LabelChoice choice, List<String> warnings)
      throws SpanLogsException {
    QueryTemplate query = settings.query();
    if (query != null) {
      return custom(query, spans, choice, warnings);
    }
    return Objects.requireNonNull(head);
  }

  private String custom(
      QueryTemplate query, List<Span> spans, LabelChoice choice, List<String> warnings)
      throws SpanLogsException {
    try {
      return query.render(new TemplateValues(trace, ref, spans), choice, warnings);
    } catch (MissingValueException e) {
      throw new SpanLogsException(422, String.valueOf(e.getMessage()));
    }
  }

  private static boolean asked(@Nullable Boolean filter) {
    return Boolean.TRUE.equals(filter);
  }

  // The defaults are a net for all set-ups: nobody has all six, and nobody asked for them.
  private void warnMissing(LabelChoice choice, List<String> warnings) {
    if (settings.defaultTags()) {
      return;
    }
    for (Tag tag : choice.missing()) {
      warnings.add(
          ref.spanId() == null
              ? "tag " + tag.key() + " is not used: not every span of the trace has it"
              : "tag " + tag.key() + " is not used: the span does not have it");
    }
  }

  private String requireSize(String head) throws SpanLogsException {
    if (head.getBytes(StandardCharsets.UTF_8).length > MAX_HEAD_BYTES) {
      TraceId id = ref.traceId();
      throw new SpanLogsException(
          422, "the tags of trace " + id + " make a query that is too long; ask for one span");
    }
    return head;
  }

  private static boolean first(
      @Nullable Boolean request, @Nullable Boolean configured, boolean otherwise) {
    if (request != null) {
      return request;
    }
    return configured == null ? otherwise : configured;
  }
}
