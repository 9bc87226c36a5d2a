// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.model.Attributes;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.Trace;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values of a custom query's variables, as Grafana gives them: durations in microseconds, the
 * trace's name with its first service in front, a span's attribute before its resource's. For a
 * whole trace an attribute counts where all spans have the same value; a single span's name, ID and
 * duration have none then.
 */
final class TemplateValues {
  private final Trace trace;
  private final SpanRef ref;
  private final List<Span> spans;

  /** For {@code spans} of a trace, at least one. */
  TemplateValues(Trace trace, SpanRef ref, List<Span> spans) {
    this.trace = trace;
    this.ref = ref;
    this.spans = spans;
  }

  /** The value; null where there is none, an empty one, or one that no query can hold. */
  @Nullable String value(Variable variable) {
    String value =
        switch (variable.kind()) {
          case TAGS -> null;
          case SPAN_ID -> spanId();
          case SPAN_NAME -> ref.spanId() == null ? null : spans.get(0).name();
          case SPAN_DURATION ->
              ref.spanId() == null ? null : micros(spans.get(0).startNs(), spans.get(0).endNs());
          case SPAN_TAG -> tag(variable.key());
          case TRACE_ID -> ref.traceId().hex();
          case TRACE_NAME -> traceName();
          case TRACE_DURATION -> micros(trace.startNs(), trace.endNs());
        };
    boolean usable =
        value != null && !value.isEmpty() && StandardCharsets.UTF_8.newEncoder().canEncode(value);
    return usable ? value : null;
  }

  /** Why there is no value. */
  String reason(Variable variable) {
    String text = variable.text();
    if (ref.spanId() != null) {
      return text + " has no value: the span does not have it";
    }
    return variable.kind() == Variable.Kind.SPAN_TAG
        ? text + " has no value: the spans of the trace do not all have the same one"
        : text + " has no value for a whole trace (name a span)";
  }

  private @Nullable String spanId() {
    SpanId id = ref.spanId();
    return id == null ? null : id.hex();
  }

  private @Nullable String traceName() {
    Span root = trace.root();
    if (root == null) {
      return null;
    }
    String service = root.resource().serviceName();
    return service == null ? root.name() : service + ": " + root.name();
  }

  private @Nullable String tag(String key) {
    String common = null;
    for (Span span : spans) {
      String value = tag(span, key);
      if (value == null || (common != null && !common.equals(value))) {
        return null;
      }
      common = value;
    }
    return common;
  }

  private static @Nullable String tag(Span span, String key) {
    for (Attributes attributes :
        List.of(span.attributes(), span.resource().attributes(), span.scopeAttributes())) {
      String value = attributes.text(key);
      if (value != null && !value.isEmpty()) {
        return value;
      }
    }
    return null;
  }

  private static String micros(long startNs, long endNs) {
    return Long.toString(Math.max(0, endNs - startNs) / 1000);
  }
}
