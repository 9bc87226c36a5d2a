// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.spanway.http.QueryParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Searches of the demo's Tempo: all traces, or those with a span of one service, in TraceQL ({@code
 * {resource.service.name="x"}}) or as {@code tags=service.name=x}.
 */
final class TraceSearch {
  private static final Pattern ALL = Pattern.compile("\\{\\s*(?:true)?\\s*\\}");
  private static final Pattern SERVICE =
      Pattern.compile(
          "\\{\\s*(?:resource)?\\.service\\.name\\s*=\\s*[\"`]([^\"`\\\\]*)[\"`]\\s*\\}");
  private static final Pattern TAG =
      Pattern.compile("(?:resource\\.)?service\\.name=\"?([^\"\\s\\\\]*)\"?");
  private static final int DEFAULT_LIMIT = 20;

  private TraceSearch() {}

  /**
   * Answers a search.
   *
   * @throws RefusedException when it asks for more than the demo does
   */
  static String answer(List<DemoTrace> traces, QueryParameters parameters) throws RefusedException {
    String service = service(parameters);
    Predicate<DemoSpan> wanted = span -> service == null || span.service().equals(service);
    long start = seconds(parameters, "start", Long.MIN_VALUE);
    long end = seconds(parameters, "end", Long.MAX_VALUE);
    int limit = (int) Math.min(number(parameters, "limit", DEFAULT_LIMIT), Integer.MAX_VALUE);
    var found = new ArrayList<String>();
    for (DemoTrace trace : traces) {
      List<DemoSpan> spans = trace.spans().stream().filter(wanted).toList();
      boolean inWindow = trace.endNs() >= start && trace.startNs() <= end;
      if (!spans.isEmpty() && inWindow && found.size() < limit) {
        found.add(trace(trace, spans));
      }
    }
    return "{\"traces\":["
        + String.join(",", found)
        + "],\"metrics\":{\"totalBlocks\":1,\"completedJobs\":1,\"totalJobs\":1}}";
  }

  private static @Nullable String service(QueryParameters parameters) throws RefusedException {
    String query = parameters.first("q");
    String given = parameters.first("tags");
    String tags = given == null ? "" : given.strip();
    boolean hasTags = !tags.isEmpty();
    if (query != null && !query.isBlank()) {
      Matcher matcher = SERVICE.matcher(query.strip());
      if (!hasTags && matcher.matches()) {
        return matcher.group(1);
      }
      if (!hasTags && ALL.matches(query.strip())) {
        return null;
      }
      throw RefusedException.notInTheDemo(
          "TraceQL other than `{}` and `{resource.service.name=\"…\"}`");
    }
    if (hasTags) {
      Matcher matcher = TAG.matcher(tags);
      if (matcher.matches()) {
        return matcher.group(1);
      }
      throw RefusedException.notInTheDemo("searches for tags other than `service.name`");
    }
    return null;
  }

  private static long seconds(QueryParameters parameters, String name, long absent)
      throws RefusedException {
    long seconds = number(parameters, name, -1);
    return seconds < 0 ? absent : TimeUnit.SECONDS.toNanos(seconds);
  }

  private static long number(QueryParameters parameters, String name, long absent)
      throws RefusedException {
    String text = parameters.first(name);
    if (text == null || text.isEmpty()) {
      return absent;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a negative number is.
    }
    throw new RefusedException("invalid " + name + ": " + text);
  }

  private static String trace(DemoTrace trace, List<DemoSpan> spans) {
    DemoSpan root = trace.root();
    var out = new StringBuilder();
    out.append("{\"traceID\":\"").append(trace.id()).append("\",\"rootServiceName\":");
    JsonText.string(out, root.service());
    out.append(",\"rootTraceName\":");
    JsonText.string(out, root.name());
    out.append(",\"startTimeUnixNano\":\"").append(trace.startNs()).append("\",\"durationMs\":");
    out.append(TimeUnit.NANOSECONDS.toMillis(trace.endNs() - trace.startNs()));
    out.append(",\"spanSet\":");
    spanSet(out, spans);
    out.append(",\"spanSets\":[");
    spanSet(out, spans);
    out.append("],\"serviceStats\":{");
    String comma = "";
    for (DemoSpan span : trace.spans()) {
      out.append(comma);
      JsonText.string(out, span.service());
      out.append(":{\"spanCount\":1}");
      comma = ",";
    }
    return out.append("}}").toString();
  }

  private static void spanSet(StringBuilder out, List<DemoSpan> spans) {
    out.append("{\"spans\":[");
    String comma = "";
    for (DemoSpan span : spans) {
      out.append(comma).append("{\"spanID\":\"").append(span.spanId()).append("\",\"name\":");
      JsonText.string(out, span.name());
      out.append(",\"startTimeUnixNano\":\"").append(span.startNs());
      out.append("\",\"durationNanos\":\"").append(span.endNs() - span.startNs());
      out.append("\",\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":");
      JsonText.string(out, span.service());
      out.append("}}]}");
      comma = ",";
    }
    out.append("],\"matched\":").append(spans.size()).append('}');
  }
}
