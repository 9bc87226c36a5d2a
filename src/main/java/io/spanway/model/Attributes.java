// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a resource, span or scope, in the order of the trace. A key may occur twice
 * (nothing stops a tracer); the first that serves the purpose wins. Equal when all attributes are.
 */
public final class Attributes {
  /** No attributes. */
  public static final Attributes EMPTY = new Attributes(List.of());

  private final @Nullable Supplier<List<Attribute>> source;
  private @Nullable List<Attribute> all;

  /** Copies the list. */
  public Attributes(List<Attribute> all) {
    this.source = null;
    this.all = List.copyOf(all);
  }

  private Attributes(Supplier<List<Attribute>> source) {
    this.source = source;
  }

  /**
   * Attributes that are read when somebody first looks at them: of a large trace most never are.
   *
   * @param source gives the list, always the same; must not fail
   */
  public static Attributes lazily(Supplier<List<Attribute>> source) {
    return new Attributes(source);
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

  /** The attributes. */
  public List<Attribute> all() {
    List<Attribute> read = all;
    if (read == null) {
      Supplier<List<Attribute>> from = source;
      // Two threads may both read; each then has the same immutable list.
      read = from == null ? List.of() : List.copyOf(from.get());
      all = read;
    }
    return read;
  }

  /** The text of the first attribute {@code key}, whatever its kind; null if there is none. */
  public @Nullable String text(String key) {
    for (Attribute attribute : all()) {
      if (attribute.key().equals(key)) {
        return attribute.text();
      }
    }
    return null;
  }

  /** The first scalar, non-empty value of {@code key}: what may become a label; else null. */
  public @Nullable String labelValue(String key) {
    for (Attribute attribute : all()) {
      if (attribute.kind() == Kind.SCALAR
          && !attribute.text().isEmpty()
          && attribute.key().equals(key)) {
        return attribute.text();
      }
    }
    return null;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Attributes that && all().equals(that.all());
  }

  @Override
  public int hashCode() {
    return all().hashCode();
  }

  @Override
  public String toString() {
    return all().toString();
  }
}
