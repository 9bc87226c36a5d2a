// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A set of label names with their values, sorted by name: the labels of a stream, or the structured
 * metadata or parsed labels of an entry. Immutable; equal when names and values are.
 *
 * <p>Labels compare by their text ({@code {a="1", b="2"}}), byte by byte as Go compares strings,
 * which is the order of the elements in Loki's answers.
 */
public final class Labels implements Comparable<Labels> {
  /** No labels. */
  public static final Labels EMPTY = new Labels(new TreeMap<>());

  private final SortedMap<String, String> byName;
  private final int hash;
  private @Nullable String text;

  private Labels(SortedMap<String, String> byName) {
    this.byName = Collections.unmodifiableSortedMap(byName);
    this.hash = byName.hashCode();
  }

  /** Copies {@code labels}. */
  public static Labels of(Map<String, String> labels) {
    return labels.isEmpty() ? EMPTY : new Labels(new TreeMap<>(labels));
  }

  /** Returns the labels sorted by name, unmodifiable. */
  public SortedMap<String, String> asMap() {
    return byName;
  }

  /** Returns the value of {@code name}, or null when there is no such label. */
  public @Nullable String get(String name) {
    return byName.get(name);
  }

  /** Says whether there is no label. */
  public boolean isEmpty() {
    return byName.isEmpty();
  }

  /** Returns these labels and {@code others}, whose value wins where both have a name. */
  public Labels and(Labels others) {
    if (others.isEmpty()) {
      return this;
    }
    if (isEmpty()) {
      return others;
    }
    var all = new TreeMap<>(byName);
    all.putAll(others.byName);
    return new Labels(all);
  }

  /** Returns these labels but for those with one of {@code names}. */
  public Labels without(Set<String> names) {
    if (Collections.disjoint(byName.keySet(), names)) {
      return this;
    }
    var rest = new TreeMap<>(byName);
    rest.keySet().removeAll(names);
    return new Labels(rest);
  }

  /** Returns Loki's text of the labels, {@code {a="1", b="2"}}, values quoted as Go does. */
  public String text() {
    String known = text;
    if (known == null) {
      known = LabelText.of(byName);
      text = known;
    }
    return known;
  }

  @Override
  public int compareTo(Labels other) {
    return LabelText.compareAsUtf8(text(), other.text());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Labels labels && hash == labels.hash && byName.equals(labels.byName));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return text();
  }
}
