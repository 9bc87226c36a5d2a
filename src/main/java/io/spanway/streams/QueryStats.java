// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Loki's {@code stats} of an answer, kept as they came: fields are added in minor releases, so none
 * is required and none is dropped. Immutable.
 */
public final class QueryStats {
  /** No statistics; nothing is written for them. */
  public static final QueryStats NONE = new QueryStats(Map.of());

  private static final String SUMMARY = "summary";
  private static final List<String> NOTHING_READ =
      List.of(
          "bytesProcessedPerSecond",
          "linesProcessedPerSecond",
          "totalBytesProcessed",
          "totalLinesProcessed",
          "execTime",
          "queueTime",
          "subqueries",
          "splits",
          "shards");

  // Values: Map, List, String, Boolean, Number, and null. Numbers keep their text.
  private final Map<String, @Nullable Object> tree;

  private QueryStats(Map<String, @Nullable Object> tree) {
    this.tree = tree;
  }

  /** Reads the value at which {@code in} stands; anything but an object counts as none. */
  static QueryStats read(JsonParser in) {
    return value(in) instanceof Map<?, ?> map ? new QueryStats(fields(map)) : NONE;
  }

  boolean isNone() {
    return tree.isEmpty();
  }

  /**
   * Returns a number of the {@code summary}, 0 when it is absent: {@code totalBytesProcessed},
   * {@code execTime} (seconds) and so on.
   */
  public double summary(String field) {
    return tree.get(SUMMARY) instanceof Map<?, ?> summary && summary.get(field) instanceof Num n
        ? n.asDouble()
        : 0;
  }

  /**
   * Returns the statistics of two queries that ran at the same time: numbers add up, {@code
   * execTime} and {@code queueTime} are the larger, rates are worked out again, and what is no
   * number is kept from this side.
   */
  QueryStats plus(QueryStats other) {
    if (other.isNone()) {
      return this;
    }
    if (isNone()) {
      return other;
    }
    Map<String, @Nullable Object> sum = sum(tree, other.tree);
    if (sum.get(SUMMARY) instanceof Map<?, ?> summary) {
      var rated = new LinkedHashMap<>(fields(summary));
      rate(rated, "totalBytesProcessed", "bytesProcessedPerSecond");
      rate(rated, "totalLinesProcessed", "linesProcessedPerSecond");
      sum.put(SUMMARY, rated);
    }
    return new QueryStats(Collections.unmodifiableMap(sum));
  }

  /**
   * Returns these statistics with the number of entries that the answer has in the end. Without any
   * they say that nothing was read for it.
   */
  public QueryStats withEntriesReturned(int entries) {
    var all = new LinkedHashMap<>(tree);
    var summary = new LinkedHashMap<String, @Nullable Object>();
    if (isNone()) {
      NOTHING_READ.forEach(field -> summary.put(field, Num.of(0)));
    } else if (tree.get(SUMMARY) instanceof Map<?, ?> known) {
      summary.putAll(fields(known));
    }
    summary.put("totalEntriesReturned", Num.of(entries));
    all.put(SUMMARY, Collections.unmodifiableMap(summary));
    return new QueryStats(Collections.unmodifiableMap(all));
  }

  void write(JsonText out) {
    write(out, tree);
  }

  private static Map<String, @Nullable Object> sum(Map<?, ?> left, Map<?, ?> right) {
    var sum = new LinkedHashMap<>(fields(left));
    fields(right)
        .forEach(
            (name, value) ->
                sum.put(name, sum.containsKey(name) ? sum(name, sum.get(name), value) : value));
    return sum;
  }

  private static @Nullable Object sum(String name, @Nullable Object left, @Nullable Object right) {
    if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
      return sum(a, b);
    }
    if (left instanceof Num a && right instanceof Num b) {
      boolean isTime = name.equals("execTime") || name.equals("queueTime");
      return isTime ? (a.asDouble() >= b.asDouble() ? a : b) : a.plus(b);
    }
    return left;
  }

  private static void rate(Map<String, @Nullable Object> summary, String total, String rate) {
    if (summary.containsKey(rate)
        && summary.get(total) instanceof Num amount
        && summary.get("execTime") instanceof Num seconds
        && seconds.asDouble() > 0) {
      summary.put(rate, Num.of((long) (amount.asDouble() / seconds.asDouble())));
    }
  }

  private static @Nullable Object value(JsonParser in) {
    JsonToken token = in.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        for (String name = in.nextName(); name != null; name = in.nextName()) {
          in.nextToken();
          fields.put(name, value(in));
        }
        yield Collections.unmodifiableMap(fields);
      }
      case START_ARRAY -> {
        var items = new ArrayList<@Nullable Object>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(in));
        }
        yield Collections.unmodifiableList(items);
      }
      case VALUE_STRING -> in.getString();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(in.getString());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private static void write(JsonText out, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      char separator = '{';
      for (var field : fields(map).entrySet()) {
        out.raw(separator).string(field.getKey()).raw(':');
        write(out, field.getValue());
        separator = ',';
      }
      out.raw(separator == '{' ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      out.raw('[');
      for (int i = 0; i < list.size(); i++) {
        out.raw(i == 0 ? "" : ",");
        write(out, list.get(i));
      }
      out.raw(']');
    } else if (value instanceof String text) {
      out.string(text);
    } else {
      out.raw(String.valueOf(value));
    }
  }

  @SuppressWarnings("unchecked") // every map in the tree was made by value() or sum()
  private static Map<String, @Nullable Object> fields(Map<?, ?> map) {
    return (Map<String, @Nullable Object>) map;
  }

  /** A number as it was written, so that what is not added goes out as it came. */
  private record Num(String text) {
    static Num of(long value) {
      return new Num(Long.toString(value));
    }

    double asDouble() {
      return Double.parseDouble(text);
    }

    Num plus(Num other) {
      try {
        return of(Math.addExact(Long.parseLong(text), Long.parseLong(other.text)));
      } catch (NumberFormatException | ArithmeticException e) {
        // A fraction, or beyond 64 bits: doubles will do.
        double sum = asDouble() + other.asDouble();
        return Double.isFinite(sum) ? new Num(Double.toString(sum)) : this;
      }
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
