// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts the keys of {@code tracesToLogsV2} under those of each of its {@code overrides}, so that an
 * override is bound as a block of its own. Mappings are merged key by key, lists replaced. What is
 * taken over keeps its place, where complaints belong.
 */
final class OverrideMerge {
  private static final String BLOCK = "tracesToLogsV2";
  private static final String OVERRIDES = "overrides";

  private OverrideMerge() {}

  static ConfigNode apply(ConfigNode root) {
    Entry blockEntry = root instanceof Mapping top ? top.entries().get(BLOCK) : null;
    if (blockEntry == null || !(blockEntry.value() instanceof Mapping block)) {
      return root;
    }
    Entry overridesEntry = block.entries().get(OVERRIDES);
    if (overridesEntry == null || !(overridesEntry.value() instanceof Sequence overrides)) {
      return root;
    }
    Mapping inherited = block.without(OVERRIDES);
    List<ConfigNode> merged = new ArrayList<>();
    for (ConfigNode override : overrides.items()) {
      merged.add(override instanceof Mapping mapping ? merge(inherited, mapping) : override);
    }
    Sequence items = new Sequence(overrides.place(), overrides.path(), merged);
    Mapping changed = block.with(OVERRIDES, new Entry(overridesEntry.keyPlace(), items));
    return ((Mapping) root).with(BLOCK, new Entry(blockEntry.keyPlace(), changed));
  }

  private static Mapping merge(Mapping below, Mapping above) {
    Map<String, Entry> entries = new LinkedHashMap<>(below.entries());
    above
        .entries()
        .forEach(
            (key, entry) ->
                entries.merge(
                    key,
                    entry,
                    (inherited, own) ->
                        inherited.value() instanceof Mapping under
                                && own.value() instanceof Mapping over
                            ? new Entry(own.keyPlace(), merge(under, over))
                            : own));
    return new Mapping(above.place(), above.path(), entries);
  }
}
