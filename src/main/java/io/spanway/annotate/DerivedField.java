// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import org.jspecify.annotations.Nullable;

/**
 * One item of the configuration's {@code derivedFields}: the keys of a Grafana Loki data source's
 * {@code jsonData.derivedFields}, so that provisioning files can be pasted, and {@code idFormat}.
 *
 * @param name the field's name and the key that is added; required
 * @param matcherType {@code regex} (default): first match in the line, capture group 1; {@code
 *     label}: value of the first label whose name matches
 * @param matcherRegex the pattern, in RE2's syntax; required
 * @param url the link's template with <code>${__value.raw}</code>; with {@code datasourceUid} the
 *     query's text instead
 * @param urlDisplayLabel the text of Grafana's button; means nothing here
 * @param datasourceUid the data source of an internal link
 * @param targetBlank whether Grafana opens a new tab; means nothing here
 * @param idFormat {@code traceId}: {@code 0x} and dashes go, letters become lower case; {@code
 *     none}: the value as it is. Default {@code traceId} where the name looks like a trace ID's
 */
public record DerivedField(
    @Nullable String name,
    @Nullable String matcherType,
    @Nullable String matcherRegex,
    @Nullable String url,
    @Nullable String urlDisplayLabel,
    @Nullable String datasourceUid,
    @Nullable Boolean targetBlank,
    @Nullable String idFormat) {
  /** Returns a field of type {@code regex} with defaults for the rest. */
  public static DerivedField regex(String name, String matcherRegex) {
    return new DerivedField(name, "regex", matcherRegex, null, null, null, null, null);
  }
}
