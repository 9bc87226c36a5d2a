// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Origin;
import io.spanway.config.ConfigNode.Scalar;
import io.spanway.config.ConfigNode.Sequence;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Grafana's own keys (data sources of type {@code tempo} and {@code loki}, {@code jsonData}): a
 * block that was pasted from there is read as it is. Keys that only steer Grafana's pages mean
 * nothing here and are named once; the older {@code tracesToLogs} is converted as Grafana converts
 * it.
 */
final class GrafanaKeys {
  private static final String V1 = "tracesToLogs";
  private static final String V2 = "tracesToLogsV2";

  private static final Set<String> WITHOUT_MEANING =
      Set.of(
          "alertmanager",
          "alertmanagerUid",
          "derivedFields[].targetBlank",
          "derivedFields[].urlDisplayLabel",
          "manageAlerts",
          "maxLines",
          "nodeGraph",
          "search",
          "serviceMap",
          "spanBar",
          "streamingEnabled",
          "tagLimit",
          "timeRangeForTags",
          "traceQuery",
          "tracesToLogs.datasourceUid",
          "tracesToLogs.lokiSearch",
          "tracesToLogsV2.datasourceUid",
          "tracesToLogsV2.lokiSearch",
          "tracesToLogsV2.overrides[].datasourceUid",
          "tracesToLogsV3",
          "tracesToMetrics",
          "tracesToProfiles");

  private final Problems problems;
  private final Set<String> named = new HashSet<>();

  GrafanaKeys(Problems problems) {
    this.problems = problems;
  }

  /** Says whether the key is one that Grafana has and Spanway has no use for; notes it once. */
  boolean isWithoutMeaning(Entry entry) {
    String key = withoutIndexes(entry.value().path());
    if (!WITHOUT_MEANING.contains(key)) {
      return false;
    }
    if (!entry.value().isNull() && named.add(key)) {
      problems.info(
          entry.keyPlace(), entry.value().path(), "is a key of Grafana's that means nothing here");
    }
    return true;
  }

  /** Returns {@code root} with {@code tracesToLogsV2} in the place of {@code tracesToLogs}. */
  ConfigNode convert(ConfigNode root) {
    if (!(root instanceof Mapping top) || !top.entries().containsKey(V1)) {
      return root;
    }
    Entry old = top.entries().get(V1);
    Mapping rest = top.without(V1);
    if (top.entries().containsKey(V2)) {
      problems.warning(old.keyPlace(), V1, "is not used, because tracesToLogsV2 is there");
      return rest;
    }
    problems.info(old.keyPlace(), V1, "is deprecated in Grafana; it is read as tracesToLogsV2");
    if (!(old.value() instanceof Mapping block)) {
      return rest.with(V2, old);
    }
    return rest.with(V2, new Entry(old.keyPlace(), convertBlock(block)));
  }

  private static Mapping convertBlock(Mapping block) {
    Map<String, Entry> entries = new LinkedHashMap<>(block.entries());
    Entry mapped = entries.remove("mappedTags");
    Entry enabled = entries.remove("mapTagNamesEnabled");
    Entry plain = entries.remove("tags");
    boolean useMapped = enabled != null && isTrue(enabled);
    if (useMapped && mapped != null) {
      entries.put("tags", mapped);
    } else if (!useMapped && plain != null) {
      entries.put("tags", new Entry(plain.keyPlace(), asObjects(plain.value())));
    }
    return new Mapping(block.place(), block.path(), entries);
  }

  private static boolean isTrue(Entry entry) {
    return entry.value() instanceof Scalar scalar && "true".equals(scalar.text());
  }

  /** A tag that was a name alone is a {@code key} without a {@code value} in the newer form. */
  private static ConfigNode asObjects(ConfigNode tags) {
    if (!(tags instanceof Sequence names)) {
      return tags;
    }
    List<ConfigNode> objects = new ArrayList<>();
    for (ConfigNode name : names.items()) {
      objects.add(
          name instanceof Scalar scalar && scalar.origin() != Origin.BROKEN
              ? new Mapping(name.place(), name.path(), Map.of("key", new Entry(name.place(), name)))
              : name);
    }
    return new Sequence(names.place(), names.path(), objects);
  }

  /** {@code derivedFields[3].url} is {@code derivedFields[].url}. */
  private static String withoutIndexes(String path) {
    StringBuilder key = new StringBuilder();
    boolean inside = false;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      inside = c == '[' || (inside && c != ']');
      if (c == '[' || !inside) {
        key.append(c);
      }
    }
    return key.toString();
  }
}
