// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parameters of a URL's query or of an {@code application/x-www-form-urlencoded} body, in order.
 * Read as Go's {@code url.ParseQuery} does, since that is what Loki and Tempo run: {@code +} is a
 * space, a bare {@code ;} and a broken escape are errors. Immutable.
 */
public final class QueryParameters {
  /** One parameter. */
  public record Entry(String name, String value) {}

  private static final QueryParameters EMPTY = new QueryParameters(List.of());

  private final List<Entry> entries;

  private QueryParameters(List<Entry> entries) {
    this.entries = entries;
  }

  /** Returns no parameters. */
  public static QueryParameters empty() {
    return EMPTY;
  }

  /** Returns parameters of the given names and values, in turn. */
  public static QueryParameters of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException(
          "namesAndValues: " + namesAndValues.length + " strings (expected: an even number)");
    }
    List<Entry> list = new ArrayList<>(namesAndValues.length / 2);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      list.add(new Entry(namesAndValues[i], namesAndValues[i + 1]));
    }
    return new QueryParameters(List.copyOf(list));
  }

  /**
   * Reads an encoded query or form.
   *
   * @throws BadTargetException when an escape is broken, a bare semicolon is met or the decoded
   *     text is not UTF-8
   */
  public static QueryParameters parse(String encoded) throws BadTargetException {
    if (encoded.isEmpty()) {
      return EMPTY;
    }
    List<Entry> list = new ArrayList<>();
    int from = 0;
    while (from <= encoded.length()) {
      int to = encoded.indexOf('&', from);
      if (to < 0) {
        to = encoded.length();
      }
      if (to > from) {
        list.add(entry(encoded.substring(from, to)));
      }
      from = to + 1;
    }
    return new QueryParameters(List.copyOf(list));
  }

  private static Entry entry(String pair) throws BadTargetException {
    if (pair.indexOf(';') >= 0) {
      throw new BadTargetException("invalid semicolon separator in query");
    }
    int equals = pair.indexOf('=');
    String name = equals < 0 ? pair : pair.substring(0, equals);
    String value = equals < 0 ? "" : pair.substring(equals + 1);
    return new Entry(PercentCoding.decode(name, true), PercentCoding.decode(value, true));
  }

  /** Returns the first value of {@code name}, or null; Go's {@code Form.Get}. */
  public @Nullable String first(String name) {
    for (Entry entry : entries) {
      if (entry.name().equals(name)) {
        return entry.value();
      }
    }
    return null;
  }

  /** Returns all values of {@code name} in order. */
  public List<String> all(String name) {
    List<String> values = new ArrayList<>(1);
    for (Entry entry : entries) {
      if (entry.name().equals(name)) {
        values.add(entry.value());
      }
    }
    return values;
  }

  /** Says whether {@code name} is there, be it with an empty value. */
  public boolean has(String name) {
    return first(name) != null;
  }

  /** Returns the names, each once, in order of first appearance. */
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    for (Entry entry : entries) {
      names.add(entry.name());
    }
    return names;
  }

  /** Returns all parameters in order. */
  public List<Entry> entries() {
    return entries;
  }

  /** Says whether there are none. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Returns these with {@code name} having {@code value} alone, at its first place or the end. */
  public QueryParameters with(String name, String value) {
    List<Entry> list = new ArrayList<>(entries.size() + 1);
    boolean placed = false;
    for (Entry entry : entries) {
      if (!entry.name().equals(name)) {
        list.add(entry);
      } else if (!placed) {
        list.add(new Entry(name, value));
        placed = true;
      }
    }
    if (!placed) {
      list.add(new Entry(name, value));
    }
    return new QueryParameters(List.copyOf(list));
  }

  /** Returns these without {@code name}. */
  public QueryParameters without(String name) {
    if (!has(name)) {
      return this;
    }
    List<Entry> list = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      if (!entry.name().equals(name)) {
        list.add(entry);
      }
    }
    return new QueryParameters(List.copyOf(list));
  }

  /** Returns these followed by {@code more}: a form's, then its URL's, as Go merges them. */
  public QueryParameters then(QueryParameters more) {
    if (more.isEmpty()) {
      return this;
    }
    List<Entry> list = new ArrayList<>(entries);
    list.addAll(more.entries);
    return new QueryParameters(List.copyOf(list));
  }

  /** Returns the encoded form, in order, for a URL's query or a form body. */
  public String encode() {
    StringBuilder text = new StringBuilder();
    for (Entry entry : entries) {
      if (text.length() > 0) {
        text.append('&');
      }
      PercentCoding.encodeQuery(entry.name(), text);
      text.append('=');
      PercentCoding.encodeQuery(entry.value(), text);
    }
    return text.toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof QueryParameters that && entries.equals(that.entries);
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }

  @Override
  public String toString() {
    return encode();
  }
}
