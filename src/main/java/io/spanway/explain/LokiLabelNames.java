// SPDX-License-Identifier: Apache-2.0
package io.spanway.explain;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads the answers of Loki's {@code labels} and {@code label/…/values}. */
public final class LokiLabelNames {
  private static final JsonFactory JSON = new JsonFactory();

  private LokiLabelNames() {}

  /**
   * Returns the names, none for an answer without {@code data} (Loki leaves it out when empty);
   * null when the answer cannot be read.
   */
  public static @Nullable Set<String> read(byte[] json) {
    Set<String> names = new HashSet<>();
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean data = parser.currentName().equals("data");
        JsonToken value = parser.nextToken();
        if (!data) {
          parser.skipChildren();
        } else if (value == JsonToken.START_ARRAY) {
          while (parser.nextToken() == JsonToken.VALUE_STRING) {
            names.add(parser.getString());
          }
        } else if (value != JsonToken.VALUE_NULL) {
          return null;
        }
      }
      return names;
    } catch (JacksonException e) {
      return null;
    }
  }
}
