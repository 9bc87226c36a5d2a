// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One item of the configuration's {@code derivedFields}: the keys of a Grafana Loki data source's
 * {@code jsonData.derivedFields}, so that provisioning files can be pasted, and Spanway's {@code
 * matchers}, {@code when}, {@code idFormat} and {@code verify}.
 *
 * @param name the field's name and the key that is added; required
 * @param matcherType {@code regex} (default): first match in the line, capture group 1; {@code
 *     label}: value of the first label whose name matches
 * @param matcherRegex the pattern, in RE2's syntax; required where there are no {@code matchers}
 * @param matchers more ways to find the value, tried in order after the field's own until one
 *     yields a value
 * @param when a stream selector: entries of streams that it does not fit are left alone. Default
 *     all streams
 * @param idFormat {@code traceId}: {@code 0x} and dashes go, letters become lower case; {@code
 *     traceparent}, {@code datadog}, {@code xray}: the trace ID in it; {@code none}: the value as
 *     it is. Default {@code traceId} where the name looks like a trace ID's
 * @param url the link's template with <code>${__value.raw}</code>; with {@code datasourceUid} the
 *     query's text instead
 * @param urlDisplayLabel the text of Grafana's button; means nothing here
 * @param datasourceUid the data source of an internal link
 * @param targetBlank whether Grafana opens a new tab; means nothing here
 * @param verify whether answers of the script API have the link only where Tempo has the trace
 */
public record DerivedField(
    @Nullable String name,
    @Nullable String matcherType,
    @Nullable String matcherRegex,
    List<Matcher> matchers,
    @Nullable String when,
    @Nullable String idFormat,
    @Nullable String url,
    @Nullable String urlDisplayLabel,
    @Nullable String datasourceUid,
    @Nullable Boolean targetBlank,
    boolean verify) {
  /** Copies the list. */
  public DerivedField {
    matchers = List.copyOf(matchers);
  }

  /** Returns a field with Grafana's keys and a format. */
  DerivedField(
      @Nullable String name,
      @Nullable String matcherType,
      @Nullable String matcherRegex,
      @Nullable String url,
      @Nullable String urlDisplayLabel,
      @Nullable String datasourceUid,
      @Nullable Boolean targetBlank,
      @Nullable String idFormat) {
    this(
        name,
        matcherType,
        matcherRegex,
        List.of(),
        null,
        idFormat,
        url,
        urlDisplayLabel,
        datasourceUid,
        targetBlank,
        false);
  }

  /** Returns a field of type {@code regex} with defaults for the rest. */
  public static DerivedField regex(String name, String matcherRegex) {
    return new DerivedField(name, "regex", matcherRegex, null, null, null, null, null);
  }

  /**
   * One item of a derived field's {@code matchers}: another way to find its value. The keys mean
   * what they mean in {@link DerivedField}.
   *
   * @param matcherType {@code regex} (default) or {@code label}
   * @param matcherRegex the pattern; required
   * @param when a stream selector that must fit beside the field's own
   * @param idFormat the format of this matcher's values; default the field's
   */
  public record Matcher(
      @Nullable String matcherType,
      @Nullable String matcherRegex,
      @Nullable String when,
      @Nullable String idFormat) {}
}
