// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was found in one entry: keys with values, in the fields' order. Used for every entry. */
final class Found {
  private String[] keys = new String[8];
  private String[] values = new String[8];
  private int size;

  void clear() {
    size = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  String key(int index) {
    return keys[index];
  }

  String value(int index) {
    return values[index];
  }

  void add(String key, String value) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    keys[size] = key;
    values[size] = value;
    size++;
  }

  /** Returns the value that was found for {@code key}, or null. */
  @Nullable String get(String key) {
    for (int i = 0; i < size; i++) {
      if (keys[i].equals(key)) {
        return values[i];
      }
    }
    return null;
  }

  /** Returns a copy. */
  Map<String, String> toMap() {
    if (size == 0) {
      return Map.of();
    }
    var map = new LinkedHashMap<String, String>();
    for (int i = 0; i < size; i++) {
      map.put(keys[i], values[i]);
    }
    return map;
  }
}
