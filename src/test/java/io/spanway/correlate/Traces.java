// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.correlate.CorrelateConfig.IdFields;
import io.spanway.correlate.CorrelateConfig.TagMapping;
import io.spanway.model.Attributes;
import io.spanway.model.Resource;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Traces and configurations for tests. */
final class Traces {
  static final TraceId ID = TraceId.parse("6513270e269e0d37f2a74de452e6b438");
  static final SpanId SPAN = SpanId.parse("b7ad6b7169203331");
  static final String T = "6513270e269e0d37f2a74de452e6b438";
  static final String UPPER_T = "6513270E269E0D37F2A74DE452E6B438";

  /** {@code trace_id="t" or …} for the default fields. */
  static final String TRACE_FIELDS = fields(IdFields.DEFAULT.trace(), T);

  private Traces() {}

  static String fields(List<String> names, String value) {
    return String.join(" or ", names.stream().map(name -> name + "=\"" + value + "\"").toList());
  }

  static long at(String time) {
    Instant instant = Instant.parse("2026-11-22T" + time + "Z");
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }

  static Span span(SpanId id, String start, String end, Attributes resource, Attributes own) {
    return new Span(
        id, null, "op", "", at(start), at(end), new Resource(resource), own, Attributes.EMPTY);
  }

  static Span span(Attributes resource, Attributes own) {
    return span(SPAN, "09:00:00.250", "09:00:00.370", resource, own);
  }

  static Trace trace(Span... spans) {
    return new Trace(ID, List.of(spans), false, null);
  }

  static CorrelateConfig config(
      @Nullable String startShift, @Nullable String endShift, TagMapping... tags) {
    return new CorrelateConfig(
        List.of(tags),
        startShift,
        endShift,
        null,
        null,
        null,
        null,
        IdFields.DEFAULT,
        null,
        null,
        List.of());
  }

  static CorrelateConfig custom(String query, TagMapping... tags) {
    return new CorrelateConfig(
        List.of(tags),
        null,
        null,
        null,
        null,
        true,
        query,
        IdFields.DEFAULT,
        null,
        null,
        List.of());
  }

  static CorrelateConfig located(String idLocation) {
    return new CorrelateConfig(
        List.of(),
        null,
        null,
        null,
        null,
        null,
        null,
        IdFields.DEFAULT,
        idLocation,
        null,
        List.of());
  }

  static TagMapping tag(String key, @Nullable String value) {
    return new TagMapping(key, value, null);
  }

  static TagMapping metadata(String key, @Nullable String value) {
    return new TagMapping(key, value, "structuredMetadata");
  }

  static Correlator correlator(CorrelateConfig config) {
    try {
      return Correlator.compile(config);
    } catch (CorrelateConfigException e) {
      throw new AssertionError(e);
    }
  }
}
