// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** Reads one {@code streams} answer. Used once. */
final class StreamsReader {
  private static final int MAX_DEPTH = 64;

  // Strings are bounded by the bytes at hand, which the caller limits.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final JsonParser in;
  private final boolean allKnown;
  private final List<LogEntry> entries = new ArrayList<>();
  private final List<String> encodingFlags = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final Map<Labels, Labels> known = new HashMap<>();
  private QueryStats stats = QueryStats.NONE;
  private @Nullable String resultType;
  private boolean sawResult;
  private boolean categorised;

  private StreamsReader(JsonParser in, boolean allKnown) {
    this.in = in;
    this.allKnown = allKnown;
  }

  static StreamsAnswer read(byte[] json) throws StreamsFormatException {
    return read(json, false);
  }

  static StreamsAnswer readAllKnown(byte[] json) throws StreamsFormatException {
    return read(json, true);
  }

  private static StreamsAnswer read(byte[] json, boolean allKnown) throws StreamsFormatException {
    try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), json)) {
      var reader = new StreamsReader(in, allKnown);
      reader.answer();
      return reader.value();
    } catch (JacksonException e) {
      throw new StreamsFormatException("not the JSON of an answer: " + e.getOriginalMessage());
    }
  }

  static boolean isStreams(byte[] json) {
    try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), json)) {
      return in.nextToken() == JsonToken.START_OBJECT
          && skipTo(in, "data")
          && in.nextToken() == JsonToken.START_OBJECT
          && skipTo(in, "resultType")
          && in.nextToken() == JsonToken.VALUE_STRING
          && in.getString().equals("streams");
    } catch (JacksonException e) {
      return false;
    }
  }

  private static boolean skipTo(JsonParser in, String key) {
    for (String name = in.nextName(); name != null; name = in.nextName()) {
      if (name.equals(key)) {
        return true;
      }
      in.nextToken();
      in.skipChildren();
    }
    return false;
  }

  private void answer() throws StreamsFormatException {
    expect(JsonToken.START_OBJECT, in.nextToken(), "an answer");
    for (String key = in.nextName(); key != null; key = in.nextName()) {
      JsonToken value = in.nextToken();
      switch (key) {
        case "status" -> {
          if (value != JsonToken.VALUE_STRING || !in.getString().equals("success")) {
            throw new StreamsFormatException("status is not success");
          }
        }
        case "warnings" -> strings(value, "warnings", warnings);
        case "data" -> data(value);
        default -> skip(key);
      }
    }
    if (in.nextToken() != null) {
      throw new StreamsFormatException("more than one JSON value");
    }
  }

  private void data(JsonToken token) throws StreamsFormatException {
    expect(JsonToken.START_OBJECT, token, "data");
    for (String key = in.nextName(); key != null; key = in.nextName()) {
      JsonToken value = in.nextToken();
      switch (key) {
        case "resultType" -> {
          resultType = in.getString();
          requireStreams();
        }
        case "encodingFlags" -> strings(value, "encodingFlags", encodingFlags);
        case "result" -> result(value);
        case "stats" -> stats = QueryStats.read(in);
        default -> skip(key);
      }
    }
  }

  private void skip(String key) throws StreamsFormatException {
    if (allKnown) {
      throw new StreamsFormatException("a key that is not known: " + key);
    }
    in.skipChildren();
  }

  private StreamsAnswer value() throws StreamsFormatException {
    requireStreams();
    if (!sawResult) {
      throw new StreamsFormatException("data.result is missing");
    }
    // Flags alone say it for an answer without entries; entries that have the third element were
    // categorised whatever the flags say.
    boolean flagged = encodingFlags.removeIf(StreamsAnswer.CATEGORIZE_LABELS::equals);
    return new StreamsAnswer(entries, categorised || flagged, encodingFlags, warnings, stats);
  }

  private void requireStreams() throws StreamsFormatException {
    if (!"streams".equals(resultType)) {
      throw new StreamsFormatException("result type is " + resultType + " (expected: streams)");
    }
  }

  private void result(JsonToken token) throws StreamsFormatException {
    sawResult = true;
    expect(JsonToken.START_ARRAY, token, "data.result");
    for (JsonToken next = in.nextToken(); next != JsonToken.END_ARRAY; next = in.nextToken()) {
      expect(JsonToken.START_OBJECT, next, "an element of data.result");
      element();
    }
  }

  private void element() throws StreamsFormatException {
    Labels stream = null;
    for (String key = in.nextName(); key != null; key = in.nextName()) {
      JsonToken value = in.nextToken();
      switch (key) {
        case "stream" -> stream = labels(value, "stream");
        case "values" -> {
          // Loki writes it first, and Grafana reads it only so.
          if (stream == null) {
            throw new StreamsFormatException("an element of data.result has values before stream");
          }
          values(value, stream);
        }
        default -> skip(key);
      }
    }
    if (stream == null) {
      throw new StreamsFormatException("an element of data.result has no stream");
    }
  }

  private void values(JsonToken token, Labels stream) throws StreamsFormatException {
    expect(JsonToken.START_ARRAY, token, "values");
    for (JsonToken next = in.nextToken(); next != JsonToken.END_ARRAY; next = in.nextToken()) {
      expect(JsonToken.START_ARRAY, next, "an entry");
      expect(JsonToken.VALUE_STRING, in.nextToken(), "an entry's timestamp");
      long timestampNs = timestamp(in.getString());
      expect(JsonToken.VALUE_STRING, in.nextToken(), "an entry's line");
      String line = in.getString();
      Labels metadata = Labels.EMPTY;
      Labels parsed = Labels.EMPTY;
      JsonToken third = in.nextToken();
      if (third == JsonToken.START_OBJECT) {
        categorised = true;
        for (String key = in.nextName(); key != null; key = in.nextName()) {
          JsonToken value = in.nextToken();
          switch (key) {
            case "structuredMetadata" -> metadata = labels(value, key);
            case "parsed" -> parsed = labels(value, key);
            default -> skip(key);
          }
        }
        third = in.nextToken();
      }
      expect(JsonToken.END_ARRAY, third, "the end of an entry");
      entries.add(new LogEntry(timestampNs, line, stream, metadata, parsed));
    }
  }

  private Labels labels(JsonToken token, String what) throws StreamsFormatException {
    expect(JsonToken.START_OBJECT, token, what);
    var labels = new LinkedHashMap<String, String>();
    for (String name = in.nextName(); name != null; name = in.nextName()) {
      expect(JsonToken.VALUE_STRING, in.nextToken(), "a label's value");
      labels.put(name, in.getString());
    }
    // Entries of one service mostly share their metadata; one copy of each set is kept.
    var read = Labels.of(labels);
    Labels same = known.putIfAbsent(read, read);
    return same == null ? read : same;
  }

  private void strings(JsonToken token, String what, List<String> into)
      throws StreamsFormatException {
    if (token == JsonToken.VALUE_NULL) {
      return;
    }
    expect(JsonToken.START_ARRAY, token, what);
    for (JsonToken next = in.nextToken(); next != JsonToken.END_ARRAY; next = in.nextToken()) {
      expect(JsonToken.VALUE_STRING, next, "an item of " + what);
      into.add(in.getString());
    }
  }

  private static long timestamp(String text) throws StreamsFormatException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new StreamsFormatException("a timestamp is not nanoseconds in 64 bits");
    }
  }

  private static void expect(JsonToken expected, @Nullable JsonToken actual, String what)
      throws StreamsFormatException {
    if (actual != expected) {
      throw new StreamsFormatException(what + ": was " + actual + " (expected: " + expected + ")");
    }
  }
}
