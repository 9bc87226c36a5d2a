// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import io.spanway.model.Attributes;
import io.spanway.model.Resource;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Tempo's JSON traces: version 1 has {@code batches}, version 2 {@code trace.resourceSpans}. IDs
 * are base64 there and hex in OTLP's own JSON; both are read, as they go by and without a tree.
 */
final class JsonTraceDecoder {
  static final String PARTIAL = "PARTIAL";

  private static final JsonFactory FACTORY = new JsonFactory();
  private static final String KIND_PREFIX = "SPAN_KIND_";
  private static final String NO_ID = "0".repeat(16);

  private final JsonValues in;
  private int count;

  private JsonTraceDecoder(JsonParser parser) {
    this.in = new JsonValues(parser);
  }

  static Trace decode(TraceId id, byte[] body) throws TraceDecodeException {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new TraceDecodeException("not a JSON trace: it does not begin with an object");
      }
      return new JsonTraceDecoder(parser).whole(id);
    } catch (JacksonException e) {
      throw new TraceDecodeException("not a JSON trace: " + e.getOriginalMessage());
    }
  }

  /** A time, which is text in protobuf's JSON; beyond a long it is the far future. */
  static long nanos(String text) throws TraceDecodeException {
    try {
      return TraceFacts.endOf(Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      throw new TraceDecodeException("not a JSON trace: \"" + text + "\" is no time");
    }
  }

  /** The two lists that may hold spans, in the order in which they count. */
  private record Batches(List<Span> batches, List<Span> resourceSpans) {
    Batches() {
      this(new ArrayList<>(), new ArrayList<>());
    }

    List<Span> all() {
      if (batches.isEmpty()) {
        return resourceSpans;
      }
      batches.addAll(resourceSpans);
      return batches;
    }
  }

  private Trace whole(TraceId id) throws TraceDecodeException {
    var outer = new Batches();
    Batches inner = null;
    String status = "";
    String message = "";
    for (String name = in.property(); name != null; name = in.property()) {
      switch (name) {
        case "trace" -> inner = trace();
        case "status" -> status = in.text();
        case "message" -> message = in.text();
        default -> batches(name, outer);
      }
    }
    if (!in.ended()) {
      throw new TraceDecodeException("not a JSON trace: more follows its end");
    }
    return new Trace(
        id,
        (inner == null ? outer : inner).all(),
        status.equals(PARTIAL),
        message.isEmpty() ? null : message);
  }

  private Batches trace() throws TraceDecodeException {
    var batches = new Batches();
    if (in.object()) {
      for (String name = in.property(); name != null; name = in.property()) {
        batches(name, batches);
      }
    }
    return batches;
  }

  private void batches(String name, Batches to) throws TraceDecodeException {
    boolean v1 = name.equals("batches");
    if (!v1 && !name.equals("resourceSpans")) {
      in.skip();
    } else if (in.array()) {
      while (in.next() != JsonToken.END_ARRAY) {
        batch(v1 ? to.batches() : to.resourceSpans());
      }
    }
  }

  /** A span whose resource and scope may still come. */
  private record Pending(
      SpanId id,
      @Nullable SpanId parentId,
      String name,
      String kind,
      long startNs,
      long endNs,
      Attributes attributes) {
    Span span(Resource resource, Attributes scope) {
      return new Span(id, parentId, name, kind, startNs, endNs, resource, attributes, scope);
    }
  }

  private record Scope(Attributes attributes, List<Pending> spans) {}

  private void batch(List<Span> to) throws TraceDecodeException {
    if (!in.object()) {
      return;
    }
    Attributes attributes = Attributes.EMPTY;
    var scopes = new ArrayList<Scope>();
    for (String name = in.property(); name != null; name = in.property()) {
      if (name.equals("resource")) {
        attributes = attributesOf();
      } else if (name.equals("scopeSpans") && in.array()) {
        while (in.next() != JsonToken.END_ARRAY) {
          scope(scopes);
        }
      } else {
        in.skip();
      }
    }
    var resource = new Resource(attributes);
    for (Scope scope : scopes) {
      for (Pending span : scope.spans()) {
        to.add(span.span(resource, scope.attributes()));
      }
    }
  }

  private void scope(List<Scope> to) throws TraceDecodeException {
    if (!in.object()) {
      return;
    }
    Attributes attributes = Attributes.EMPTY;
    var spans = new ArrayList<Pending>();
    for (String name = in.property(); name != null; name = in.property()) {
      if (name.equals("scope")) {
        attributes = attributesOf();
      } else if (name.equals("spans") && in.array()) {
        while (in.next() != JsonToken.END_ARRAY) {
          TraceDecoder.requireSpans(count + 1);
          Pending span = span();
          if (span != null) {
            spans.add(span);
            count++;
          }
        }
      } else {
        in.skip();
      }
    }
    to.add(new Scope(attributes, spans));
  }

  /** The attributes of a resource or scope. */
  private Attributes attributesOf() throws TraceDecodeException {
    Attributes attributes = Attributes.EMPTY;
    if (in.object()) {
      for (String name = in.property(); name != null; name = in.property()) {
        if (name.equals("attributes")) {
          attributes = in.attributes();
        } else {
          in.skip();
        }
      }
    }
    return attributes;
  }

  private @Nullable Pending span() throws TraceDecodeException {
    if (!in.object()) {
      return null;
    }
    SpanId id = null;
    SpanId parent = null;
    String operation = "";
    String kind = "";
    long start = 0;
    long end = 0;
    Attributes attributes = Attributes.EMPTY;
    for (String name = in.property(); name != null; name = in.property()) {
      switch (name) {
        case "spanId" -> id = spanId(in.text());
        case "parentSpanId" -> parent = spanId(in.text());
        case "name" -> operation = in.sharedText();
        case "kind" -> kind = in.sharedText();
        case "startTimeUnixNano" -> start = in.time();
        case "endTimeUnixNano" -> end = in.time();
        case "attributes" -> attributes = in.attributes();
        default -> in.skip();
      }
    }
    return id == null
        ? null
        : new Pending(id, parent, operation, kind(kind), start, end, attributes);
  }

  private static String kind(String name) {
    return name.startsWith(KIND_PREFIX) && !name.endsWith("UNSPECIFIED")
        ? name.substring(KIND_PREFIX.length())
        : "";
  }

  private static @Nullable SpanId spanId(String text) throws TraceDecodeException {
    try {
      if (text.length() == 16) {
        return text.equals(NO_ID) ? null : SpanId.parse(text);
      }
      byte[] bytes = Base64.getDecoder().decode(text);
      String hex = HexFormat.of().formatHex(bytes);
      return bytes.length != 8 || hex.equals(NO_ID) ? null : new SpanId(hex);
    } catch (IllegalArgumentException e) {
      throw new TraceDecodeException("not a JSON trace: \"" + text + "\" is no span ID");
    }
  }
}
