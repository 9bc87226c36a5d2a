// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was found in one entry: keys with values, in the fields' order. Used for every entry. */
final class Found {
  private FieldKey[] keys = {};
  private FieldValue[] values = {};
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

  FieldKey key(int index) {
    return keys[index];
  }

  FieldValue value(int index) {
    return values[index];
  }

  /** Returns what to put the next value into, which counts once it is {@linkplain #keep kept}. */
  FieldValue next() {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, size + 8);
      values = Arrays.copyOf(values, size + 8);
      for (int i = size; i < values.length; i++) {
        values[i] = new FieldValue();
      }
    }
    return values[size];
  }

  /** Adds what {@link #next} gave out, under a key. */
  void keep(FieldKey key) {
    keys[size] = key;
    size++;
  }

  void add(FieldKey key, String value) {
    next().set(value);
    keep(key);
  }

  /** Returns the value that was found for {@code key}, or null. */
  @Nullable FieldValue get(FieldKey key) {
    for (int i = 0; i < size; i++) {
      if (keys[i].name().equals(key.name())) {
        return values[i];
      }
    }
    return null;
  }

  /** Sorts what was found by key. */
  void sortByName() {
    for (int i = 1; i < size; i++) {
      for (int at = i; at > 0 && keys[at - 1].name().compareTo(keys[at].name()) > 0; at--) {
        FieldKey key = keys[at];
        keys[at] = keys[at - 1];
        keys[at - 1] = key;
        FieldValue value = values[at];
        values[at] = values[at - 1];
        values[at - 1] = value;
      }
    }
  }

  /** Returns a copy. */
  Map<String, String> toMap() {
    if (size == 0) {
      return Map.of();
    }
    var map = new LinkedHashMap<String, String>();
    for (int i = 0; i < size; i++) {
      map.put(keys[i].name(), values[i].text());
    }
    return map;
  }
}
