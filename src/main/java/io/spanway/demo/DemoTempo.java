// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerExchange;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An in-memory Tempo with the sample data: traces by ID in both versions and encodings, searches by
 * service, tags and their values. What it does not do it says with a 400 or, for whole endpoints,
 * Tempo's 404. Immutable.
 */
public final class DemoTempo implements RequestHandler {
  private static final String JSON = "application/json";
  private static final String PROTOBUF = "application/protobuf";
  private static final String V1 = "/api/traces/";
  private static final String V2 = "/api/v2/traces/";
  private static final int ID_DIGITS = 32;
  private static final String BUILD_INFO =
      "{\"version\":\"3.0.3\",\"revision\":\"demo\",\"branch\":\"\",\"buildUser\":\"\","
          + "\"buildDate\":\"\",\"goVersion\":\"\"}\n";

  private final List<DemoTrace> traces;

  /** Creates a Tempo. */
  public DemoTempo(DemoData data) {
    this.traces = data.traces();
  }

  @Override
  public void handle(ServerExchange exchange) {
    // Tempo's handlers take any method and read the URL alone.
    exchange.requestBody().cancel();
    DemoReply reply;
    try {
      reply = reply(exchange.request());
    } catch (RefusedException | BadTargetException e) {
      reply = DemoReply.text(400, String.valueOf(e.getMessage()));
    }
    reply.send(exchange);
  }

  private DemoReply reply(RequestHead request) throws RefusedException, BadTargetException {
    String path = request.target().path();
    if (path.startsWith(V1)) {
      return v1(request, path.substring(V1.length()));
    }
    if (path.startsWith(V2)) {
      return v2(request, path.substring(V2.length()));
    }
    return switch (path) {
      case "/ready" -> DemoReply.text(200, "ready\n");
      case "/api/echo" -> DemoReply.text(200, "echo\n");
      case "/api/search" ->
          DemoReply.json(JSON, TraceSearch.answer(traces, request.target().query()));
      case "/api/search/tags" -> DemoReply.json(JSON, tagNames());
      case "/api/v2/search/tags" -> DemoReply.json(JSON, scopes());
      case "/api/status/buildinfo" -> DemoReply.json(JSON, BUILD_INFO);
      default -> values(path);
    };
  }

  private DemoReply v1(RequestHead request, String id) throws RefusedException {
    DemoTrace trace = find(id);
    if (trace == null) {
      return DemoReply.empty(404);
    }
    return wantsProtobuf(request)
        ? new DemoReply(200, PROTOBUF, TraceProtobuf.v1(trace))
        : DemoReply.json(JSON, TraceJson.v1(trace));
  }

  private DemoReply v2(RequestHead request, String id) throws RefusedException {
    DemoTrace trace = find(id);
    if (wantsProtobuf(request)) {
      return new DemoReply(200, PROTOBUF, TraceProtobuf.v2(trace));
    }
    return DemoReply.json(
        JSON, trace == null ? "{\"trace\":{},\"metrics\":{}}" : TraceJson.v2(trace));
  }

  /** Tempo looks for the media type anywhere in the header. */
  private static boolean wantsProtobuf(RequestHead request) {
    String accept = request.header("Accept");
    return accept != null && accept.contains(PROTOBUF);
  }

  private @Nullable DemoTrace find(String id) throws RefusedException {
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c >= 0x80 || Character.digit(c, 16) < 0) {
        throw new RefusedException(
            "trace IDs can only contain hex characters: invalid character '"
                + c
                + "' at position "
                + (i + 1));
      }
    }
    if (id.length() > ID_DIGITS) {
      throw new RefusedException("trace IDs can't be larger than 128 bits");
    }
    String padded = "0".repeat(ID_DIGITS - id.length()) + id.toLowerCase(Locale.ROOT);
    return traces.stream().filter(trace -> trace.id().equals(padded)).findAny().orElse(null);
  }

  private Set<String> resourceTags() {
    var tags = new TreeSet<String>();
    spans().forEach(span -> tags.addAll(span.resource().keySet()));
    return tags;
  }

  private Set<String> spanTags() {
    var tags = new TreeSet<String>();
    spans().forEach(span -> span.attributes().forEach(attribute -> tags.add(attribute.key())));
    return tags;
  }

  private List<DemoSpan> spans() {
    return traces.stream().map(DemoTrace::spans).flatMap(Collection::stream).toList();
  }

  private String tagNames() {
    var names = new TreeSet<>(resourceTags());
    names.addAll(spanTags());
    var out = new StringBuilder("{\"tagNames\":");
    JsonText.array(out, names);
    return out.append(",\"metrics\":{}}").toString();
  }

  private String scopes() {
    var out = new StringBuilder("{\"scopes\":[{\"name\":\"resource\",\"tags\":");
    JsonText.array(out, resourceTags());
    JsonText.array(out.append("},{\"name\":\"span\",\"tags\":"), spanTags());
    return out.append("}],\"metrics\":{}}").toString();
  }

  private DemoReply values(String path) {
    boolean isV2 = path.startsWith("/api/v2/search/tag/");
    String prefix = isV2 ? "/api/v2/search/tag/" : "/api/search/tag/";
    String suffix = "/values";
    if (!path.startsWith(prefix) || !path.endsWith(suffix)) {
      return DemoReply.notFound();
    }
    int end = path.length() - suffix.length();
    if (end <= prefix.length()) {
      return DemoReply.notFound();
    }
    Set<String> values = values(path.substring(prefix.length(), end), isV2);
    var out = new StringBuilder("{\"tagValues\":");
    if (isV2) {
      String comma = "[";
      for (String value : values) {
        JsonText.string(out.append(comma).append("{\"type\":\"string\",\"value\":"), value);
        out.append('}');
        comma = ",";
      }
      out.append(values.isEmpty() ? "[]" : "]");
    } else {
      JsonText.array(out, values);
    }
    return DemoReply.json(JSON, out.append(",\"metrics\":{}}").toString());
  }

  /** Returns the values of a tag, which in version 2 is written with its scope. */
  private Set<String> values(String tag, boolean isScoped) {
    String key = tag;
    boolean ofResource = true;
    boolean ofSpan = true;
    if (isScoped) {
      ofResource = tag.startsWith("resource.") || tag.startsWith(".");
      ofSpan = tag.startsWith("span.") || tag.startsWith(".");
      key = tag.substring(tag.indexOf('.') + 1);
    }
    var values = new TreeSet<String>();
    for (DemoSpan span : spans()) {
      String value = span.resource().get(key);
      if (ofResource && value != null) {
        values.add(value);
      }
      for (DemoSpan.Attribute attribute : span.attributes()) {
        if (ofSpan && attribute.key().equals(key)) {
          values.add(attribute.value());
        }
      }
      if (isScoped && tag.equals("name")) {
        values.add(span.name());
      }
    }
    return values;
  }
}
