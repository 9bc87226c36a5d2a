// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Looks into a JSON answer for what the policy must know, token by token: whether the upstream
 * warns, left jobs undone or says that its answer is partial, and whether there is any data. An
 * answer that is not JSON or not readable to its end counts as incomplete.
 */
public final class AnswerInspector {
  private static final JsonFactory JSON = JsonFactory.builder().build();

  private boolean complete = true;
  private boolean empty = true;
  private long completedJobs;
  private long totalJobs;

  private AnswerInspector() {}

  /**
   * Inspects an answer of Loki, or of Tempo other than a trace.
   *
   * @param contentType the {@code Content-Type}, null when there is none
   * @param body the decoded body, lent. Reading 1 MiB takes some milliseconds
   */
  public static AnswerFacts inspect(
      Operation operation, int status, @Nullable String contentType, byte[] body) {
    if (status != 200) {
      return AnswerFacts.ofStatus(status);
    }
    if (contentType == null || !contentType.toLowerCase(Locale.ROOT).contains("json")) {
      return AnswerFacts.ofStatus(status);
    }
    AnswerInspector inspector = new AnswerInspector();
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
      inspector.read(parser, operation.backend());
    } catch (JacksonException e) {
      return AnswerFacts.ofStatus(status);
    }
    boolean allDone = inspector.completedJobs >= inspector.totalJobs;
    return new AnswerFacts(status, inspector.complete && allDone, inspector.empty, 0);
  }

  private void read(JsonParser parser, BackendKind backend) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      complete = false;
      return;
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "warnings" -> complete &= !hasContent(parser, value);
        case "error", "errorType" -> complete &= isEmptyText(parser, value);
        case "status" -> complete &= isWhole(parser, value, backend);
        case "metrics" -> readMetrics(parser, value);
        case "data" -> readData(parser, value);
        case "message", "limit" -> parser.skipChildren();
        default -> empty &= !hasContent(parser, value);
      }
    }
    // More than one value, or one cut short, is not an answer.
    complete &= parser.nextToken() == null;
  }

  private void readData(JsonParser parser, JsonToken value) {
    if (value != JsonToken.START_OBJECT) {
      empty &= !hasContent(parser, value);
      return;
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken inner = parser.nextToken();
      if (name.equals("result")) {
        empty &= !hasContent(parser, inner);
      } else {
        parser.skipChildren();
      }
    }
  }

  private void readMetrics(JsonParser parser, JsonToken value) {
    if (value != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken inner = parser.nextToken();
      if (name.equals("completedJobs")) {
        completedJobs = number(parser, inner);
      } else if (name.equals("totalJobs")) {
        totalJobs = number(parser, inner);
      } else {
        parser.skipChildren();
      }
    }
  }

  /** Reads a count, which protobuf's JSON writes as number or text; a zero is left out. */
  private long number(JsonParser parser, JsonToken value) {
    try {
      if (value == JsonToken.VALUE_NUMBER_INT) {
        return parser.getLongValue();
      }
      if (value == JsonToken.VALUE_STRING) {
        return Long.parseLong(parser.getString());
      }
    } catch (NumberFormatException e) {
      complete = false;
      return 0;
    }
    parser.skipChildren();
    complete = false;
    return 0;
  }

  private static boolean isWhole(JsonParser parser, JsonToken value, BackendKind backend) {
    if (value != JsonToken.VALUE_STRING) {
      parser.skipChildren();
      return false;
    }
    String status = parser.getString();
    return status.equals("success") || (backend == BackendKind.TEMPO && status.equals("COMPLETE"));
  }

  private static boolean isEmptyText(JsonParser parser, JsonToken value) {
    if (value == JsonToken.VALUE_STRING) {
      return parser.getString().isEmpty();
    }
    parser.skipChildren();
    return value == JsonToken.VALUE_NULL;
  }

  /** Says whether a value is more than null, an empty list or an empty object; passes over it. */
  private static boolean hasContent(JsonParser parser, JsonToken value) {
    if (value == JsonToken.VALUE_NULL) {
      return false;
    }
    if (value != JsonToken.START_ARRAY && value != JsonToken.START_OBJECT) {
      return true;
    }
    JsonToken first = parser.nextToken();
    if (first == JsonToken.END_ARRAY || first == JsonToken.END_OBJECT) {
      return false;
    }
    int depth = 1;
    JsonToken token = first;
    while (token != null) {
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd() && --depth == 0) {
        break;
      }
      token = parser.nextToken();
    }
    return true;
  }
}
