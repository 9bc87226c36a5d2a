// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Counts the spans of a JSON trace without holding it. */
final class JsonFactsReader {
  private static final JsonFactory FACTORY = new JsonFactory();

  private int spans;
  private long newestEndNs;
  private boolean partial;

  private JsonFactsReader() {}

  static TraceFacts read(byte[] body) throws TraceDecodeException {
    var reader = new JsonFactsReader();
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new TraceDecodeException("not a JSON trace: it does not begin with an object");
      }
      reader.top(parser);
    } catch (JacksonException e) {
      throw new TraceDecodeException("not a JSON trace: " + e.getOriginalMessage());
    }
    return new TraceFacts(reader.spans, reader.newestEndNs, reader.partial);
  }

  private void top(JsonParser parser) throws TraceDecodeException {
    int depth = 1;
    while (depth > 0) {
      JsonToken token = next(parser);
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        if (name.equals("spans")) {
          spans(parser);
        } else if (depth == 1 && name.equals("status")) {
          if (parser.nextToken() == JsonToken.VALUE_STRING) {
            partial = parser.getString().equals(JsonTraceDecoder.PARTIAL);
          }
          parser.skipChildren();
        } else if (name.equals("resource") || name.equals("scope") || name.equals("metrics")) {
          parser.nextToken();
          parser.skipChildren();
        }
      }
    }
  }

  // Lenient where the decoder leaves things out: facts must exist for whatever decodes.
  private void spans(JsonParser parser) throws TraceDecodeException {
    if (parser.nextToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    for (JsonToken token = next(parser); token != JsonToken.END_ARRAY; token = next(parser)) {
      if (token == JsonToken.START_OBJECT) {
        TraceDecoder.requireSpans(++spans);
        span(parser);
      } else {
        parser.skipChildren();
      }
    }
  }

  private void span(JsonParser parser) throws TraceDecodeException {
    while (next(parser) == JsonToken.PROPERTY_NAME) {
      boolean end = parser.currentName().equals("endTimeUnixNano");
      JsonToken value = next(parser);
      if (end && (value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NUMBER_INT)) {
        newestEndNs = Math.max(newestEndNs, endOf(parser.getString()));
      }
      parser.skipChildren();
    }
  }

  private static long endOf(String text) {
    try {
      return TraceFacts.endOf(Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  private static JsonToken next(JsonParser parser) throws TraceDecodeException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new TraceDecodeException("not a JSON trace: it ends too early");
    }
    return token;
  }
}
