// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The block {@code tracesToLogsV2}: Grafana's own keys, so that a data source's block can be
 * pasted, and ours. Nothing is checked here; {@link Correlator#compile} does.
 *
 * @param tags which attributes become labels; empty for Grafana's six defaults
 * @param spanStartTimeShift added to the start of the window, {@code -2s} for earlier; Grafana's
 *     syntax, 0 by default
 * @param spanEndTimeShift added to its end, {@code 2s} for later; 0 by default
 * @param filterByTraceID whether only lines that belong to the trace are asked for; by default yes
 *     for scripts and markers (Grafana's own queries say it themselves)
 * @param filterBySpanID the same for the span; no by default
 * @param customQuery whether {@code query} takes the place of tags and both filters; no by default
 * @param query LogQL with Grafana's variables
 * @param idFields fields of log entries that hold IDs
 * @param idLocation where IDs are: {@code both} (default), {@code auto}, {@code line} or {@code
 *     structuredMetadata}
 * @param spanFilter {@code soft} (default): without any sign of span IDs in the trace's lines these
 *     are the answer; or {@code strict}
 * @param overrides what differs for some resources; the first that fits counts
 */
public record CorrelateConfig(
    List<TagMapping> tags,
    @Nullable String spanStartTimeShift,
    @Nullable String spanEndTimeShift,
    @Nullable Boolean filterByTraceID,
    @Nullable Boolean filterBySpanID,
    @Nullable Boolean customQuery,
    @Nullable String query,
    IdFields idFields,
    @Nullable String idLocation,
    @Nullable String spanFilter,
    List<ResourceOverride> overrides) {

  /** What holds when the file has no such block. */
  public static final CorrelateConfig DEFAULT =
      new CorrelateConfig(
          List.of(), null, null, null, null, null, null, IdFields.DEFAULT, null, null, List.of());

  /** Copies the lists; what a file leaves out arrives as null and becomes the default. */
  public CorrelateConfig {
    tags = IdFields.copyOf(tags);
    idFields = idFields == null ? IdFields.DEFAULT : idFields;
    overrides = IdFields.copyOf(overrides);
  }

  /**
   * The block for some resources: every key of it again, with the block's own value where the file
   * says nothing else.
   *
   * @param match attributes of the resource, each with a regular expression in RE2's syntax that
   *     the whole value must match; all of them must
   * @param tags as in the block, like all that follow
   */
  public record ResourceOverride(
      Map<String, String> match,
      List<TagMapping> tags,
      @Nullable String spanStartTimeShift,
      @Nullable String spanEndTimeShift,
      @Nullable Boolean filterByTraceID,
      @Nullable Boolean filterBySpanID,
      @Nullable Boolean customQuery,
      @Nullable String query,
      IdFields idFields,
      @Nullable String idLocation,
      @Nullable String spanFilter) {
    /** Copies the collections. */
    public ResourceOverride {
      match = match == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(match));
      tags = IdFields.copyOf(tags);
      idFields = idFields == null ? IdFields.DEFAULT : idFields;
    }

    /** The block as it is for these resources. */
    CorrelateConfig config() {
      return new CorrelateConfig(
          tags,
          spanStartTimeShift,
          spanEndTimeShift,
          filterByTraceID,
          filterBySpanID,
          customQuery,
          query,
          idFields,
          idLocation,
          spanFilter,
          List.of());
    }
  }

  /**
   * One tag.
   *
   * @param key the attribute's name in the trace
   * @param value the label's name in Loki; the same as {@code key} when left out
   * @param in {@code structuredMetadata} when {@code value} is no stream label
   */
  public record TagMapping(@Nullable String key, @Nullable String value, @Nullable String in) {}

  /**
   * Names of the labels and fields that hold IDs.
   *
   * @param trace for trace IDs, likely ones first; empty for the defaults
   * @param span for span IDs
   */
  public record IdFields(List<String> trace, List<String> span) {
    /** The names that Grafana tries, and so do we. */
    public static final IdFields DEFAULT =
        new IdFields(
            List.of("trace_id", "traceID", "traceId", "TraceID", "TraceId", "otel_trace_id"),
            List.of("span_id", "spanID", "spanId", "SpanID", "SpanId", "otel_span_id"));

    /** Copies the lists. */
    public IdFields {
      trace = copyOf(trace);
      span = copyOf(span);
    }

    // Not List.copyOf: an empty item of the file is null, and a problem that names its place.
    private static <T> List<T> copyOf(List<T> list) {
      return list == null ? List.of() : Collections.unmodifiableList(new ArrayList<>(list));
    }
  }
}
