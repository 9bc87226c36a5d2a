// SPDX-License-Identifier: Apache-2.0

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Brings answers into a form in which equal text is equal meaning: keys and unordered lists sorted,
 * log entries in their order except within one timestamp, without what tells how an answer was
 * found (statistics).
 */
final class EqualMeaning {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final List<String> HEADERS =
      List.of("content-type", "x-content-type-options", "location", "retry-after", "etag", "allow");

  private static final List<String> STATISTICS = List.of("stats", "statistics", "metrics");

  private EqualMeaning() {}

  /** What differs, in a line or some; null for nothing. */
  static String difference(
      Equal.Question question, HttpResponse<byte[]> direct, HttpResponse<byte[]> through)
      throws IOException {
    if (direct.statusCode() != through.statusCode()) {
      return "status "
          + direct.statusCode()
          + " is "
          + through.statusCode()
          + ": "
          + excerpt(text(body(direct)), 0)
          + " is "
          + excerpt(text(body(through)), 0);
    }
    for (String header : HEADERS) {
      String one = header(direct, header);
      String other = header(through, header);
      if (!one.equals(other)) {
        return header + " " + one + " is " + other;
      }
    }
    return textDifference(
        meaning(question, body(direct), header(direct, "content-type")),
        meaning(question, body(through), header(through, "content-type")));
  }

  static String textDifference(String one, String other) {
    if (one.equals(other)) {
      return null;
    }
    int at = 0;
    while (at < Math.min(one.length(), other.length()) && one.charAt(at) == other.charAt(at)) {
      at++;
    }
    return "direct  …" + excerpt(one, at) + "\nthrough …" + excerpt(other, at);
  }

  private static String excerpt(String text, int at) {
    String part = text.substring(Math.max(0, at - 40), Math.min(text.length(), at + 160));
    return part.replace("\n", "\\n");
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("").toLowerCase(Locale.ROOT).replace(" ", "");
  }

  private static byte[] body(HttpResponse<byte[]> answer) throws IOException {
    if (header(answer, "content-encoding").equals("gzip")) {
      try (var in = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
        return in.readAllBytes();
      }
    }
    return answer.body();
  }

  private static String meaning(Equal.Question question, byte[] body, String type) {
    if (type.startsWith("application/protobuf") && question.endpoint().contains("trace by ID")) {
      return trace(body, question.target().startsWith("/api/v2/"));
    }
    if (type.startsWith("application/json")) {
      try {
        return canonical(MAPPER.readTree(body), "", "").toString();
      } catch (JacksonException e) {
        return text(body);
      }
    }
    return type.startsWith("application/protobuf")
        ? body.length + " bytes " + java.util.Arrays.hashCode(sorted(body))
        : text(body);
  }

  /** Messages of other kinds: lists in them come in any order, so that only their bytes agree. */
  private static byte[] sorted(byte[] body) {
    byte[] copy = body.clone();
    java.util.Arrays.sort(copy);
    return copy;
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** JSON with everything in an order of its own. */
  static String canonical(String json) {
    return canonical(MAPPER.readTree(json), "", "");
  }

  private static String canonical(JsonNode node, String name, String parent) {
    if (node.isObject()) {
      Map<String, String> sorted = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        boolean aside =
            (name.isEmpty() || name.equals("data")) && STATISTICS.contains(entry.getKey());
        if (!aside) {
          sorted.put(entry.getKey(), canonical(entry.getValue(), entry.getKey(), name));
        }
      }
      return sorted.toString();
    }
    if (!node.isArray()) {
      return node.toString();
    }
    var elements = new ArrayList<String>();
    if (name.equals("values") && node.size() > 0 && node.get(0).isArray()) {
      return entries(node);
    }
    boolean ordered = parent.equals("values") || name.equals("value") || name.equals("entry");
    for (JsonNode element : node) {
      // "element" is no name of a key whose content is left out.
      elements.add(
          element.isObject()
              ? canonical(element, "element", name)
              : canonical(element, "entry", name));
    }
    if (!ordered) {
      Collections.sort(elements);
    }
    return elements.toString();
  }

  /** Entries or points: in their order, those of one timestamp sorted. */
  private static String entries(JsonNode values) {
    var all = new ArrayList<String>();
    var same = new ArrayList<String>();
    String time = "";
    for (JsonNode value : values) {
      String at = value.get(0).toString();
      if (!at.equals(time)) {
        Collections.sort(same);
        all.addAll(same);
        same.clear();
        time = at;
      }
      same.add(canonical(value, "entry", "values"));
    }
    Collections.sort(same);
    all.addAll(same);
    return all.toString();
  }

  private static String trace(byte[] body, boolean enveloped) {
    try {
      return enveloped ? envelope(body) : spans(TracesData.parseFrom(body));
    } catch (IOException e) {
      return "not a trace: " + e.getMessage();
    }
  }

  private static String envelope(byte[] body) throws IOException {
    String trace = "no trace";
    String rest = "";
    CodedInputStream in = CodedInputStream.newInstance(body);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> trace = spans(TracesData.parseFrom(in.readByteArray()));
        case 3 -> rest += " status " + in.readEnum();
        case 4 -> rest += " message " + in.readString();
        default -> in.skipField(tag);
      }
    }
    return trace + rest;
  }

  private static String spans(TracesData trace) throws InvalidProtocolBufferException {
    var all = new ArrayList<String>();
    for (ResourceSpans resource : trace.getResourceSpansList()) {
      for (ScopeSpans scope : resource.getScopeSpansList()) {
        for (Span span : scope.getSpansList()) {
          all.add(resource.getResource() + "" + scope.getScope() + span);
        }
      }
    }
    Collections.sort(all);
    return all.toString();
  }
}
