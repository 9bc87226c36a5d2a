// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import io.spanway.model.Attributes.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Reads attributes from a JSON trace as it goes by. */
final class JsonValues {
  private static final int MAX_SHARED = 1024;

  private final JsonParser parser;

  /** Keys and names repeat span after span; each is kept once, as far as there is room. */
  private final Map<String, String> shared = new HashMap<>();

  JsonValues(JsonParser parser) {
    this.parser = parser;
  }

  /** A value as Grafana prints it. */
  private record Value(String text, Kind kind) {
    static final Value NONE = new Value("null", Kind.COMPOSITE);
  }

  JsonToken next() throws TraceDecodeException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new TraceDecodeException("not a JSON trace: it ends too early");
    }
    return token;
  }

  /** Goes to the next property's value; null at the end of the object. */
  @Nullable String property() throws TraceDecodeException {
    if (next() != JsonToken.PROPERTY_NAME) {
      return null;
    }
    String name = parser.currentName();
    next();
    return name;
  }

  /** Whether the current value is an object; passes over any other. */
  boolean object() {
    return is(JsonToken.START_OBJECT);
  }

  /** Whether the current value is a list; passes over any other. */
  boolean array() {
    return is(JsonToken.START_ARRAY);
  }

  private boolean is(JsonToken start) {
    if (parser.currentToken() == start) {
      return true;
    }
    parser.skipChildren();
    return false;
  }

  /** The text of the current value; empty for what is null or not a scalar. */
  String text() {
    JsonToken token = parser.currentToken();
    if (token.isScalarValue() && token != JsonToken.VALUE_NULL) {
      return parser.getString();
    }
    parser.skipChildren();
    return "";
  }

  /** As {@link #text()}, for what repeats. */
  String sharedText() {
    String text = text();
    String known = shared.get(text);
    if (known == null && shared.size() < MAX_SHARED) {
      shared.put(text, text);
    }
    return known == null ? text : known;
  }

  /** The attributes in the current value. */
  Attributes attributes() throws TraceDecodeException {
    if (!array()) {
      return Attributes.EMPTY;
    }
    var all = new ArrayList<Attribute>();
    while (next() != JsonToken.END_ARRAY) {
      all.add(pair());
    }
    return all.isEmpty() ? Attributes.EMPTY : new Attributes(all);
  }

  private Attribute pair() throws TraceDecodeException {
    String key = "";
    Value value = Value.NONE;
    if (object()) {
      for (String name = property(); name != null; name = property()) {
        switch (name) {
          case "key" -> key = sharedText();
          case "value" -> value = value();
          default -> parser.skipChildren();
        }
      }
    }
    return new Attribute(key, value.text(), value.kind());
  }

  private Value value() throws TraceDecodeException {
    Value value = Value.NONE;
    if (object()) {
      for (String name = property(); name != null; name = property()) {
        switch (name) {
          case "stringValue", "boolValue", "intValue" -> value = new Value(text(), Kind.SCALAR);
          case "doubleValue" -> value = new Value(DoubleText.of(number()), Kind.SCALAR);
          default -> {
            String json = composite(name);
            value = json == null ? value : new Value(json, Kind.COMPOSITE);
          }
        }
      }
    }
    return value;
  }

  private @Nullable String composite(String name) throws TraceDecodeException {
    var json = new JsonText();
    switch (name) {
      case "bytesValue" -> json.string(text());
      case "arrayValue" -> list(json, false);
      case "kvlistValue" -> list(json, true);
      default -> {
        parser.skipChildren();
        return null;
      }
    }
    return json.toString();
  }

  // Recursion is bounded: Jackson refuses documents nested more than five hundred deep.
  private void list(JsonText json, boolean map) throws TraceDecodeException {
    json.raw(map ? "{" : "[");
    if (object()) {
      for (String name = property(); name != null; name = property()) {
        if (name.equals("values") && array()) {
          elements(json, map);
        } else {
          parser.skipChildren();
        }
      }
    }
    json.raw(map ? "}" : "]");
  }

  private void elements(JsonText json, boolean map) throws TraceDecodeException {
    String separator = "";
    while (next() != JsonToken.END_ARRAY) {
      json.raw(separator);
      if (map) {
        element(json);
      } else {
        json.raw(inner());
      }
      separator = ",";
    }
  }

  private void element(JsonText json) throws TraceDecodeException {
    String key = "";
    String value = "null";
    if (object()) {
      for (String name = property(); name != null; name = property()) {
        switch (name) {
          case "key" -> key = text();
          case "value" -> value = inner();
          default -> parser.skipChildren();
        }
      }
    }
    json.string(key);
    json.raw(":");
    json.raw(value);
  }

  /** A value inside a list or map, as JSON. */
  private String inner() throws TraceDecodeException {
    String value = "null";
    if (object()) {
      for (String name = property(); name != null; name = property()) {
        var json = new JsonText();
        switch (name) {
          case "stringValue" -> json.string(text());
          case "boolValue", "intValue" -> json.raw(text());
          case "doubleValue" -> json.number(number());
          default -> {
            String composite = composite(name);
            json.raw(composite == null ? value : composite);
          }
        }
        value = json.toString();
      }
    }
    return value;
  }

  private double number() throws TraceDecodeException {
    String text = text();
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new TraceDecodeException("not a JSON trace: \"" + text + "\" is no number");
    }
  }

  /** The time in the current value, which is text in protobuf's JSON; 0 for null. */
  long time() throws TraceDecodeException {
    return parser.currentToken() == JsonToken.VALUE_NULL ? 0 : JsonTraceDecoder.nanos(text());
  }

  /** Passes over the current value. */
  void skip() {
    parser.skipChildren();
  }

  /** Whether nothing follows. */
  boolean ended() {
    return parser.nextToken() == null;
  }
}
