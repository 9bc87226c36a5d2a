// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a resource, span or scope, in the order of the trace. A key may occur twice
 * (nothing stops a tracer); the first that serves the purpose wins.
 *
 * @param all the attributes
 */
public record Attributes(List<Attribute> all) {
  /** No attributes. */
  public static final Attributes EMPTY = new Attributes(List.of());

  /** Copies the list. */
  public Attributes {
    all = List.copyOf(all);
  }

  /** Whether a value can become a label. */
  public enum Kind {
    /** A string, boolean, integer or double. */
    SCALAR,
    /** An array, map or bytes: never a label. */
    COMPOSITE
  }

  /**
   * One attribute.
   *
   * @param key its name, as in the trace
   * @param text its value as Grafana prints it; JSON for composites
   * @param kind whether it may become a label
   */
  public record Attribute(String key, String text, Kind kind) {}

  /** Makes attributes of strings: key, text, key, text … */
  public static Attributes of(String... keysAndTexts) {
    if (keysAndTexts.length % 2 != 0) {
      throw new IllegalArgumentException("a key without a text");
    }
    var all = new ArrayList<Attribute>();
    for (int i = 0; i < keysAndTexts.length; i += 2) {
      all.add(new Attribute(keysAndTexts[i], keysAndTexts[i + 1], Kind.SCALAR));
    }
    return new Attributes(all);
  }

  /** The text of the first attribute {@code key}, whatever its kind; null if there is none. */
  public @Nullable String text(String key) {
    for (Attribute attribute : all) {
      if (attribute.key().equals(key)) {
        return attribute.text();
      }
    }
    return null;
  }

  /** The first scalar, non-empty value of {@code key}: what may become a label; else null. */
  public @Nullable String labelValue(String key) {
    for (Attribute attribute : all) {
      if (attribute.kind() == Kind.SCALAR
          && !attribute.text().isEmpty()
          && attribute.key().equals(key)) {
        return attribute.text();
      }
    }
    return null;
  }
}
