// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.correlate.SpanIndex;
import io.spanway.correlate.SpanLogs;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import io.spanway.streams.LogEntry;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** The spans of a trace in order of time with the lines of each, and those of none. */
final class TraceStory {
  private static final JsonFactory JSON = new JsonFactory();

  private final Trace trace;
  private final SpanIndex index;
  private final SpanLogs asked;
  private final CorrelatedReads.Found found;
  private final List<String> warnings;

  TraceStory(
      Trace trace,
      SpanIndex index,
      SpanLogs asked,
      CorrelatedReads.Found found,
      List<String> warnings) {
    this.trace = trace;
    this.index = index;
    this.asked = asked;
    this.found = found;
    this.warnings = List.copyOf(new LinkedHashSet<>(warnings));
  }

  /** Writes it. */
  byte[] json() {
    Map<SpanId, List<LogEntry>> bySpan = new HashMap<>();
    List<LogEntry> others = new ArrayList<>();
    for (LogEntry entry : found.answer().entries()) {
      SpanId id = index.spanOf(entry.line(), entry.allLabels().asMap());
      (id == null ? others : bySpan.computeIfAbsent(id, any -> new ArrayList<>())).add(entry);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeStringProperty("traceId", trace.id().hex());
      out.writeBooleanProperty("complete", !found.limitReached() && !trace.partial());
      out.writeBooleanProperty("limitReached", found.limitReached());
      out.writeBooleanProperty("tracePartial", trace.partial());
      out.writeNumberProperty("entries", found.answer().entries().size());
      writeWindow(out);
      out.writeBooleanProperty("filteredByTraceId", asked.filteredByTrace());
      out.writeArrayPropertyStart("spans");
      for (Span span : inOrder()) {
        write(out, span, bySpan.remove(span.id()));
      }
      out.writeEndArray();
      out.writeObjectPropertyStart("withoutSpan");
      writeEntries(out, others);
      out.writeEndObject();
      out.writeArrayPropertyStart("queries");
      asked.queries().forEach(query -> query.texts().forEach(out::writeString));
      out.writeEndArray();
      out.writeArrayPropertyStart("warnings");
      warnings.forEach(out::writeString);
      out.writeEndArray();
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private void writeWindow(JsonGenerator out) {
    out.writeObjectPropertyStart("window");
    out.writeStringProperty("start", Long.toString(found.window().startNs()));
    out.writeStringProperty("end", Long.toString(found.window().endNs()));
    out.writeEndObject();
  }

  /** By start; of spans that start together, the one that lasts longer holds the others. */
  private List<Span> inOrder() {
    List<Span> spans = new ArrayList<>(trace.spans());
    spans.sort(
        Comparator.comparingLong(Span::startNs)
            .thenComparing(Comparator.comparingLong(Span::endNs).reversed()));
    return spans;
  }

  private static void write(JsonGenerator out, Span span, @Nullable List<LogEntry> entries) {
    SpanId parent = span.parentId();
    String service = span.resource().serviceName();
    out.writeStartObject();
    out.writeStringProperty("spanId", span.id().hex());
    if (parent != null) {
      out.writeStringProperty("parentSpanId", parent.hex());
    }
    if (service != null) {
      out.writeStringProperty("service", service);
    }
    out.writeStringProperty("name", span.name());
    out.writeStringProperty("kind", span.kind());
    out.writeStringProperty("start", Long.toString(span.startNs()));
    out.writeStringProperty("end", Long.toString(span.endNs()));
    // A trace may hold a span twice: its lines stand with the first.
    writeEntries(out, entries == null ? List.of() : entries);
    out.writeEndObject();
  }

  private static void writeEntries(JsonGenerator out, List<LogEntry> entries) {
    out.writeNumberProperty("count", entries.size());
    out.writeArrayPropertyStart("lines");
    for (LogEntry entry : entries) {
      out.writeStartObject();
      out.writeStringProperty("timestamp", Long.toString(entry.timestampNs()));
      out.writeStringProperty("line", entry.line());
      out.writeObjectPropertyStart("labels");
      entry.allLabels().asMap().forEach(out::writeStringProperty);
      out.writeEndObject();
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
