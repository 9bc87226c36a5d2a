// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A successful {@code matrix} answer of Loki's {@code query_range} as points. Immutable.
 *
 * @param points each as an entry whose line is the value as Loki wrote it and whose stream is the
 *     series; series by series, oldest first
 * @param stats Loki's {@code stats}
 */
public record MatrixAnswer(List<LogEntry> points, QueryStats stats) {
  private static final JsonFactory JSON = JsonFactory.builder().build();
  private static final long SECOND = 1_000_000_000L;

  /** Copies the list. */
  public MatrixAnswer {
    points = List.copyOf(points);
  }

  /**
   * Reads an answer that {@link #write} can give again without loss.
   *
   * @throws StreamsFormatException if it is no successful matrix, has warnings or a key that is not
   *     known
   */
  public static MatrixAnswer readAllKnown(byte[] json) throws StreamsFormatException {
    try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), json)) {
      List<LogEntry> points = new ArrayList<>();
      QueryStats stats = QueryStats.NONE;
      boolean isMatrix = false;
      boolean isSuccess = false;
      expect(in.nextToken() == JsonToken.START_OBJECT);
      for (String key = in.nextName(); key != null; key = in.nextName()) {
        JsonToken value = in.nextToken();
        if (key.equals("status")) {
          isSuccess = value == JsonToken.VALUE_STRING && in.getString().equals("success");
          continue;
        }
        expect(key.equals("data") && value == JsonToken.START_OBJECT);
        for (String name = in.nextName(); name != null; name = in.nextName()) {
          JsonToken inner = in.nextToken();
          switch (name) {
            case "resultType" -> isMatrix = in.getString().equals("matrix");
            case "stats" -> stats = QueryStats.read(in);
            case "result" -> {
              expect(inner == JsonToken.START_ARRAY);
              while (in.nextToken() != JsonToken.END_ARRAY) {
                series(in, points);
              }
            }
            default -> expect(false);
          }
        }
      }
      expect(isMatrix && isSuccess && in.nextToken() == null);
      return new MatrixAnswer(points, stats);
    } catch (JacksonException | ArithmeticException e) {
      throw new StreamsFormatException("not the JSON of a matrix: " + e.getMessage());
    }
  }

  private static void series(JsonParser in, List<LogEntry> to) throws StreamsFormatException {
    expect(in.currentToken() == JsonToken.START_OBJECT);
    Labels metric = null;
    for (String key = in.nextName(); key != null; key = in.nextName()) {
      JsonToken value = in.nextToken();
      if (key.equals("metric")) {
        expect(value == JsonToken.START_OBJECT);
        Map<String, String> labels = new LinkedHashMap<>();
        for (String name = in.nextName(); name != null; name = in.nextName()) {
          expect(in.nextToken() == JsonToken.VALUE_STRING);
          labels.put(name, in.getString());
        }
        metric = Labels.of(labels);
        continue;
      }
      expect(key.equals("values") && value == JsonToken.START_ARRAY && metric != null);
      while (in.nextToken() != JsonToken.END_ARRAY) {
        expect(in.currentToken() == JsonToken.START_ARRAY);
        expect(in.nextToken().isNumeric());
        long at =
            new BigDecimal(in.getString()).multiply(BigDecimal.valueOf(SECOND)).longValueExact();
        expect(in.nextToken() == JsonToken.VALUE_STRING);
        if (metric != null) {
          to.add(new LogEntry(at, in.getString(), metric, Labels.EMPTY, Labels.EMPTY));
        }
        expect(in.nextToken() == JsonToken.END_ARRAY);
      }
    }
    expect(metric != null);
  }

  private static void expect(boolean holds) throws StreamsFormatException {
    if (!holds) {
      throw new StreamsFormatException("not a whole matrix");
    }
  }

  /** Writes the answer with Loki's key order; series are in the order of their labels' text. */
  public byte[] write() {
    Map<Labels, List<LogEntry>> series = new LinkedHashMap<>();
    points.stream()
        .map(LogEntry::stream)
        .distinct()
        .sorted()
        .forEach(labels -> series.put(labels, new ArrayList<>()));
    for (LogEntry point : points) {
      series.getOrDefault(point.stream(), new ArrayList<>()).add(point);
    }
    var out = new JsonText(256 + points.size() * 32);
    out.raw("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[");
    boolean first = true;
    for (var one : series.entrySet()) {
      out.raw(first ? "{\"metric\":" : ",{\"metric\":").labels(one.getKey());
      first = false;
      out.raw(",\"values\":[");
      String separator = "[";
      for (LogEntry point : one.getValue()) {
        out.raw(separator).raw(seconds(point.timestampNs())).raw(',');
        out.htmlSafeString(point.line()).raw(']');
        separator = ",[";
      }
      out.raw("]}");
    }
    out.raw(']');
    if (!stats.isNone()) {
      stats.write(out.raw(",\"stats\":"));
    }
    return out.raw("}}").toByteArray();
  }

  private static String seconds(long ns) {
    return BigDecimal.valueOf(ns, 9).stripTrailingZeros().toPlainString();
  }
}
