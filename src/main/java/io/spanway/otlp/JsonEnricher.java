// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Finds in the text of a JSON trace where attributes go in. */
final class JsonEnricher {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final byte[] body;
  private final JsonParser parser;
  private final JsonValues in;
  private final TraceEnricher.Rule rule;
  private final Edits edits;
  private final Set<String> added;

  private JsonEnricher(
      byte[] body, JsonParser parser, TraceEnricher.Rule rule, Edits edits, Set<String> added) {
    this.body = body;
    this.parser = parser;
    this.in = new JsonValues(parser);
    this.rule = rule;
    this.edits = edits;
    this.added = added;
  }

  static void enrich(byte[] body, TraceEnricher.Rule rule, Edits edits, Set<String> added)
      throws TraceDecodeException {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new TraceDecodeException("not a JSON trace: it does not begin with an object");
      }
      new JsonEnricher(body, parser, rule, edits, added).whole();
    } catch (JacksonException e) {
      throw new TraceDecodeException("not a JSON trace: " + e.getOriginalMessage());
    }
  }

  private void whole() throws TraceDecodeException {
    for (String name = in.property(); name != null; name = in.property()) {
      if (!name.equals("trace")) {
        batches(name);
      } else if (in.object()) {
        for (String inner = in.property(); inner != null; inner = in.property()) {
          batches(inner);
        }
      }
    }
    if (!in.ended()) {
      throw new TraceDecodeException("not a JSON trace: more follows its end");
    }
  }

  private void batches(String name) throws TraceDecodeException {
    if (!name.equals("batches") && !name.equals("resourceSpans")) {
      in.skip();
    } else if (in.array()) {
      while (in.next() != JsonToken.END_ARRAY) {
        batch();
      }
    }
  }

  private void batch() throws TraceDecodeException {
    if (!in.object()) {
      return;
    }
    Attributes resource = Attributes.EMPTY;
    int end = -1;
    boolean enough = false;
    boolean lacking = false;
    Set<String> taken = new HashSet<>();
    for (String name = in.property(); name != null; name = in.property()) {
      if (name.equals("resource") && in.object()) {
        for (String inner = in.property(); inner != null; inner = in.property()) {
          if (inner.equals("attributes") && parser.currentToken() == JsonToken.START_ARRAY) {
            resource = in.attributes();
            end = (int) parser.currentTokenLocation().getByteOffset();
            enough |= resource.all().stream().anyMatch(each -> rule.keys().contains(each.key()));
          } else {
            in.skip();
          }
        }
      } else if (name.equals("scopeSpans") && !enough && in.array()) {
        while (in.next() != JsonToken.END_ARRAY) {
          lacking |= lacks(taken);
        }
      } else {
        in.skip();
      }
    }
    if (lacking && !enough && !resource.all().isEmpty()) {
      put(rule.missing(resource, taken), end);
    }
  }

  private void put(@Nullable Attribute chosen, int end) throws TraceDecodeException {
    if (chosen == null) {
      return;
    }
    if (end < 0 || end >= body.length || body[end] != ']') {
      throw new TraceDecodeException("not a JSON trace: it is not in UTF-8");
    }
    added.add(chosen.key());
    JsonText text = new JsonText();
    text.raw(",{\"key\":");
    text.string(chosen.key());
    text.raw(",\"value\":{\"stringValue\":");
    text.string(chosen.text());
    text.raw("}}");
    edits.replace(end, 0, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Says whether a span of a scope has none of the keys, nor the scope; notes those there are. */
  private boolean lacks(Set<String> taken) throws TraceDecodeException {
    if (!in.object()) {
      return false;
    }
    Set<String> ofScope = new HashSet<>();
    boolean lacking = false;
    for (String name = in.property(); name != null; name = in.property()) {
      if (name.equals("scope")) {
        noteKeys(ofScope);
      } else if (name.equals("spans") && in.array()) {
        while (in.next() != JsonToken.END_ARRAY) {
          Set<String> ofSpan = new HashSet<>(2);
          noteKeys(ofSpan);
          taken.addAll(ofSpan);
          lacking |= ofSpan.isEmpty();
        }
      } else {
        in.skip();
      }
    }
    taken.addAll(ofScope);
    return lacking && ofScope.isEmpty();
  }

  /** Notes which of the keys the object has among its attributes. */
  private void noteKeys(Set<String> to) throws TraceDecodeException {
    if (!in.object()) {
      return;
    }
    for (String name = in.property(); name != null; name = in.property()) {
      if (name.equals("attributes") && in.array()) {
        while (in.next() != JsonToken.END_ARRAY) {
          String key = key();
          if (rule.keys().contains(key)) {
            to.add(key);
          }
        }
      } else {
        in.skip();
      }
    }
  }

  private String key() throws TraceDecodeException {
    String key = "";
    if (in.object()) {
      for (String name = in.property(); name != null; name = in.property()) {
        if (name.equals("key")) {
          key = in.sharedText();
        } else {
          in.skip();
        }
      }
    }
    return key;
  }
}
