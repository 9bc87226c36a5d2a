// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of the file with its place. Jackson's own tree has none, and its binding reports an
 * unknown key without a line; hence this one.
 */
sealed interface ConfigNode {
  Place place();

  /** Returns the key with those around it, {@code derivedFields[1].url}. */
  String path();

  /** Returns what it is, for a message. */
  String kind();

  /** Returns whether there is nothing behind the key. */
  default boolean isNull() {
    return false;
  }

  /** Keys with values, in the order of the file. */
  record Mapping(Place place, String path, Map<String, Entry> entries) implements ConfigNode {
    @Override
    public String kind() {
      return "a mapping";
    }

    @Nullable ConfigNode get(String key) {
      Entry entry = entries.get(key);
      return entry == null ? null : entry.value();
    }

    /** Returns a copy with {@code entry} in the place of what {@code key} had. */
    Mapping with(String key, Entry entry) {
      Map<String, Entry> copy = new LinkedHashMap<>(entries);
      copy.put(key, entry);
      return new Mapping(place, path, copy);
    }

    Mapping without(String key) {
      Map<String, Entry> copy = new LinkedHashMap<>(entries);
      copy.remove(key);
      return new Mapping(place, path, copy);
    }

    static String pathOf(String parent, String key) {
      return parent.isEmpty() ? key : parent + "." + key;
    }
  }

  /** The value of a key, and where the key stands. */
  record Entry(Place keyPlace, ConfigNode value) {}

  /** A list. */
  record Sequence(Place place, String path, List<ConfigNode> items) implements ConfigNode {
    @Override
    public String kind() {
      return "a list";
    }
  }

  /**
   * A single value, kept as it was written: {@code 012} and {@code no} are whatever the key wants
   * them to be.
   *
   * @param text null where nothing stands behind the key
   * @param origin where the text is from
   */
  record Scalar(Place place, String path, @Nullable String text, Origin origin)
      implements ConfigNode {
    @Override
    public String kind() {
      return text == null ? "empty" : "a single value";
    }

    @Override
    public boolean isNull() {
      return text == null;
    }
  }

  /** Where the text of a value is from. */
  enum Origin {
    FILE,
    /** All of it or a part came from an environment variable. */
    ENVIRONMENT,
    /** There is none, and the reason is among the problems already. */
    BROKEN
  }
}
