// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a line as Loki's {@code json} does: members of inner objects get the names on their way
 * joined with underscores; arrays and nulls are left out.
 */
final class JsonLine {
  private static final JsonMapper MAPPER = new JsonMapper();

  private JsonLine() {}

  /** Adds the line's members to its row, or marks the row when the line is no JSON object. */
  static void extract(LogRow row) {
    JsonNode node;
    try {
      node = MAPPER.readTree(row.line());
    } catch (JacksonException e) {
      fail(row);
      return;
    }
    if (node.isObject()) {
      extract("", node, row);
    } else {
      fail(row);
    }
  }

  private static void fail(LogRow row) {
    // Loki's parser says this of every line that does not begin like an object.
    row.fail("JSONParserErr", "Value looks like object, but can't find closing '}' symbol");
  }

  private static void extract(String prefix, JsonNode object, LogRow row) {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      String name = prefix + LabelNameText.sanitize(member.getKey());
      JsonNode value = member.getValue();
      if (value.isObject()) {
        extract(name + "_", value, row);
      } else if (value.isString() || value.isNumber() || value.isBoolean()) {
        row.extract(name, value.asString());
      }
    }
  }
}
