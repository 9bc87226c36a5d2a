// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Sequence;
import org.jspecify.annotations.Nullable;

/**
 * Finds the place that a complaint means. Records and features know no lines; they begin a message
 * with the key inside themselves: {@code tags[2].value: was …}.
 */
final class ConfigPaths {
  private ConfigPaths() {}

  /** Returns the key that {@code message} begins with, empty if it begins with none. */
  static String keyOf(String message) {
    int colon = message.indexOf(": ");
    if (colon <= 0) {
      return "";
    }
    for (int i = 0; i < colon; i++) {
      char c = message.charAt(i);
      if (!(Character.isLetterOrDigit(c) || c == '.' || c == '[' || c == ']' || c == '_')) {
        return "";
      }
    }
    return message.substring(0, colon);
  }

  /** Returns {@code message} without the key that it begins with. */
  static String withoutKey(String message) {
    String key = keyOf(message);
    return key.isEmpty() ? message : message.substring(key.length() + 2);
  }

  /**
   * Returns where {@code key} stands below {@code node}: the key's own place, a list item's, or of
   * the nearest around it that the file has; {@code otherwise} if it has none of them.
   */
  static Place find(ConfigNode node, String key, Place otherwise) {
    ConfigNode at = node;
    Place place = otherwise;
    for (String step : key.replace("[", ".[").split("\\.", -1)) {
      if (step.isEmpty()) {
        continue;
      }
      if (at instanceof Mapping mapping) {
        Entry entry = mapping.entries().get(step);
        if (entry == null) {
          return place;
        }
        place = entry.keyPlace();
        at = entry.value();
      } else {
        ConfigNode item = at instanceof Sequence sequence ? item(sequence, step) : null;
        if (item == null) {
          return place;
        }
        place = item.place();
        at = item;
      }
    }
    return place;
  }

  private static @Nullable ConfigNode item(Sequence sequence, String step) {
    for (int i = 0; i < sequence.items().size(); i++) {
      if (step.equals("[" + i + "]")) {
        return sequence.items().get(i);
      }
    }
    return null;
  }
}
