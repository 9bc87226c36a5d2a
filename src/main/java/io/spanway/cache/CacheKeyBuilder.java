// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.AsciiString;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.identity.Caller;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes the key of a cached read: a hash of length-prefixed parts, never of joined text, over all
 * that decides the answer. What is left out, and why:
 *
 * <ul>
 *   <li>the method and whether parameters came by URL or form: Loki reads both alike;
 *   <li>{@code start}, {@code end}, {@code since}, {@code time} as written: Loki's are resolved to
 *       nanoseconds. Tempo's stay as text, since it accepts fewer spellings, each in some places
 *       only;
 *   <li>{@code step} of a log query, as long as Loki would accept it;
 *   <li>{@code X-Query-Tags} but for the two things that Loki looks for in them;
 *   <li>{@code X-Loki-Query-Limits-Context}, which repeats query and times;
 *   <li>{@code Accept-Encoding}: bodies are kept decoded.
 * </ul>
 *
 * <p>Unknown parameters are in the key. Several lines of a header of which Loki reads the first are
 * in the key one by one, since a proxy between may join them.
 */
public final class CacheKeyBuilder {
  private static final String FORMAT = "spanway/1";
  private static final String WINDOWS_FORMAT = "spanway/windows/1";
  private static final Set<String> OF_THE_WINDOW =
      Set.of("start", "end", "since", "step", "limit", "direction", "interval", "shards");
  private static final Set<String> RANGE = Set.of("start", "end", "since");
  private static final Set<String> RANGE_AND_STEP = Set.of("start", "end", "since", "step");
  private static final Set<String> INSTANT = Set.of("time");
  private static final Comparator<QueryParameters.Entry> BY_NAME =
      Comparator.comparing(QueryParameters.Entry::name);
  static final long MAX_POINTS = 11_000;
  private static final int TRACE_DIGITS = 32;
  private static final String V1_TRACES = "/api/traces/";
  private static final String V2_TRACES = "/api/v2/traces/";

  /** What a trace by ID is asked with on either path, meaning the same. */
  private static final Set<String> TRACE_PARAMETERS = Set.of("start", "end", "mode");

  // With their hashes, which a lookup by text would count anew.
  private static final AsciiString ENCODING_FLAGS =
      AsciiString.cached("x-loki-response-encoding-flags");
  private static final AsciiString QUERY_TAGS = AsciiString.cached("x-query-tags");
  private static final AsciiString NO_WRAPPERS =
      AsciiString.cached("x-loki-disable-pipeline-wrappers");
  private static final AsciiString QUERY_LIMITS = AsciiString.cached("x-loki-query-limits");

  private CacheKeyBuilder() {}

  /**
   * Builds the key; never fails: what it cannot resolve goes into the key as it is.
   *
   * @param parameters what the upstream is given: for a form, the body's and then the URL's
   * @param upstreamFingerprint stands for upstream addresses, upstream credentials and identity
   *     settings
   * @param nowNs when the request came, in nanoseconds since the epoch
   */
  public static CacheKey build(
      RouteMatch match,
      QueryParameters parameters,
      RequestHead head,
      Caller caller,
      String upstreamFingerprint,
      long nowNs) {
    KeyDigest digest =
        question(match.operation(), path(match), parameters, upstreamFingerprint, nowNs);
    return finish(digest, match, head, caller);
  }

  /**
   * Builds the key of a log query without window, limit and direction, or of a metric query without
   * window. It differs from all keys of requests.
   *
   * @param stepNs the step of a metric query, 0 for logs
   * @return null when the step, which a log query does not use, is one that Loki refuses
   */
  static @Nullable CacheKey withoutWindow(
      RouteMatch match,
      QueryParameters parameters,
      RequestHead head,
      Caller caller,
      String upstreamFingerprint,
      long startNs,
      long endNs,
      long stepNs) {
    ReadWindow window = new ReadWindow(ReadWindow.Kind.RANGE, startNs, endNs, endNs);
    if (stepNs == 0 && !isStepUnused(match.operation(), parameters, window)) {
      return null;
    }
    KeyDigest digest = begin(WINDOWS_FORMAT, match.operation(), path(match), upstreamFingerprint);
    digest.add(stepNs);
    addAll(digest, parameters, OF_THE_WINDOW, true);
    return finish(digest, match, head, caller);
  }

  /** Says whether the answer of Loki will be JSON. */
  static boolean isJson(RequestHead head) {
    List<String> accept = head.headerValues(HttpHeaderNames.ACCEPT);
    return lokiKind(accept.isEmpty() ? "" : accept.get(0)).equals("json");
  }

  private static KeyDigest begin(
      String format, Operation operation, String path, String upstreamFingerprint) {
    KeyDigest digest = new KeyDigest();
    digest.add(format);
    digest.add(upstreamFingerprint);
    digest.add(operation.id());
    digest.add(path);
    return digest;
  }

  private static CacheKey finish(
      KeyDigest digest, RouteMatch match, RequestHead head, Caller caller) {
    Operation operation = match.operation();
    digest.add(caller.fingerprint());
    addAccept(digest, operation.backend(), head.headerValues(HttpHeaderNames.ACCEPT));
    if (operation.backend() == BackendKind.LOKI) {
      addEncodingFlags(digest, head.headerValues(ENCODING_FLAGS));
      addQueryTags(digest, head.headerValues(QUERY_TAGS));
      digest.addAll(head.headerValues(NO_WRAPPERS));
      digest.addAll(head.headerValues(QUERY_LIMITS));
    }
    return new CacheKey(digest.finish(), operation, caller.tenant());
  }

  /**
   * Builds the keys under which an answer to the same question about a trace may be held: on either
   * path of Tempo, in either form. Only an answer that says that the trace is absent means the same
   * under all of them. None for other requests, and for those with parameters of which it is not
   * known that both paths read them alike.
   *
   * <p>The arguments are those of {@link #build}.
   */
  public static List<CacheKey> ofSameTrace(
      RouteMatch match,
      QueryParameters parameters,
      RequestHead head,
      Caller caller,
      String upstreamFingerprint) {
    boolean v1 = match.operation() == Operation.TEMPO_TRACE_BY_ID;
    if ((!v1 && match.operation() != Operation.TEMPO_TRACE_BY_ID_V2)
        || !TRACE_PARAMETERS.containsAll(parameters.names())
        || head.headerValues(HttpHeaderNames.ACCEPT).size() > 1) {
      return List.of();
    }
    String path = path(match);
    int idAt = path.length() - TRACE_DIGITS;
    String here = v1 ? V1_TRACES : V2_TRACES;
    if (idAt < 0 || !path.substring(0, idAt).endsWith(here)) {
      return List.of();
    }
    String prefix = path.substring(0, idAt - here.length());
    String id = path.substring(idAt);
    var keys = new ArrayList<CacheKey>(4);
    for (String form : List.of("application/protobuf", "application/json")) {
      for (String api : List.of(V2_TRACES, V1_TRACES)) {
        Operation operation =
            api.equals(V1_TRACES) ? Operation.TEMPO_TRACE_BY_ID : Operation.TEMPO_TRACE_BY_ID_V2;
        KeyDigest digest =
            question(operation, prefix + api + id, parameters, upstreamFingerprint, 0);
        digest.add(caller.fingerprint());
        addAccept(digest, BackendKind.TEMPO, List.of(form));
        keys.add(new CacheKey(digest.finish(), operation, caller.tenant()));
      }
    }
    return keys;
  }

  private static KeyDigest question(
      Operation operation,
      String path,
      QueryParameters parameters,
      String upstreamFingerprint,
      long nowNs) {
    KeyDigest digest = begin(FORMAT, operation, path, upstreamFingerprint);
    addParameters(digest, operation, parameters, nowNs);
    return digest;
  }

  private static String path(RouteMatch match) {
    String path = match.path();
    if (match.operation() != Operation.TEMPO_TRACE_BY_ID
        && match.operation() != Operation.TEMPO_TRACE_BY_ID_V2) {
      return path;
    }
    String id = match.variables().getOrDefault("id", "");
    String canonical = canonicalTraceId(id);
    return canonical.isEmpty() || !path.endsWith("/" + id)
        ? path
        : path.substring(0, path.length() - id.length()) + canonical;
  }

  /** Returns the ID as Tempo reads it; empty when Tempo refuses it. */
  private static String canonicalTraceId(String id) {
    if (id.isEmpty() || id.length() > TRACE_DIGITS) {
      return "";
    }
    for (int i = 0; i < id.length(); i++) {
      if (Character.digit(id.charAt(i), 16) < 0 || id.charAt(i) > 'f') {
        return "";
      }
    }
    return "0".repeat(TRACE_DIGITS - id.length()) + id.toLowerCase(Locale.ROOT);
  }

  private static void addParameters(
      KeyDigest digest, Operation operation, QueryParameters parameters, long nowNs) {
    if (operation.backend() != BackendKind.LOKI) {
      addAll(digest, parameters, Set.of(), false);
      return;
    }
    ReadWindow window = ReadWindow.of(operation, parameters, nowNs);
    digest.add(window.kind().name());
    digest.add(window.startNs());
    digest.add(window.endNs());
    Set<String> resolved = Set.of();
    if (window.kind() == ReadWindow.Kind.RANGE) {
      resolved = isStepUnused(operation, parameters, window) ? RANGE_AND_STEP : RANGE;
    } else if (window.kind() == ReadWindow.Kind.INSTANT) {
      resolved = INSTANT;
    }
    addAll(digest, parameters, resolved, true);
  }

  /** Adds all parameters but those of {@code left}, by name, each name's values in their order. */
  private static void addAll(
      KeyDigest digest, QueryParameters parameters, Set<String> left, boolean logql) {
    List<QueryParameters.Entry> entries = new ArrayList<>(parameters.entries().size());
    for (QueryParameters.Entry entry : parameters.entries()) {
      if (!left.contains(entry.name())) {
        entries.add(entry);
      }
    }
    entries.sort(BY_NAME);
    int names = 0;
    for (int i = 0; i < entries.size(); i = endOfName(entries, i)) {
      names++;
    }
    digest.add(names);
    for (int i = 0; i < entries.size(); ) {
      String name = entries.get(i).name();
      int end = endOfName(entries, i);
      digest.add(name);
      digest.add(end - i);
      for (; i < end; i++) {
        String value = entries.get(i).value();
        digest.add(logql && name.equals("query") ? trimmed(value) : value);
      }
    }
  }

  private static int endOfName(List<QueryParameters.Entry> sorted, int from) {
    int end = from + 1;
    while (end < sorted.size() && sorted.get(end).name().equals(sorted.get(from).name())) {
      end++;
    }
    return end;
  }

  /**
   * Says whether the step changes nothing: a log query has no steps, but Loki still refuses it when
   * the step is not positive or makes too many points.
   */
  private static boolean isStepUnused(
      Operation operation, QueryParameters parameters, ReadWindow window) {
    if (operation != Operation.LOKI_QUERY_RANGE && operation != Operation.LOKI_LEGACY_QUERY) {
      return false;
    }
    String query = parameters.first("query");
    if (query == null || !LogqlKind.isLog(query)) {
      return false;
    }
    long step = ReadWindow.stepNs(parameters, window.startNs(), window.endNs());
    long length = window.endNs() - window.startNs();
    return step > 0 && length >= 0 && length / step <= MAX_POINTS;
  }

  /** Drops white space around a query; inside it belongs to the query, as for Loki's own keys. */
  private static String trimmed(String query) {
    int from = 0;
    int to = query.length();
    while (from < to && isBlank(query.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(query.charAt(to - 1))) {
      to--;
    }
    return query.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  /**
   * Adds what kind of answer is asked for. Loki compares the first line as a whole; Tempo looks for
   * texts inside. A vendor type that is not known here stays as it is: a newer upstream may know
   * it.
   */
  private static void addAccept(KeyDigest digest, BackendKind backend, List<String> lines) {
    String accept = lines.isEmpty() ? "" : lines.get(0);
    String kind = backend == BackendKind.TEMPO ? tempoKind(accept) : lokiKind(accept);
    digest.add(kind);
    addFurther(digest, lines);
  }

  private static String lokiKind(String accept) {
    return isVendorType(accept) ? accept : "json";
  }

  private static String tempoKind(String accept) {
    if (accept.contains("application/protobuf")) {
      return "protobuf";
    }
    if (accept.contains("application/json")) {
      return "json";
    }
    return isVendorType(accept) ? accept : "json";
  }

  private static boolean isVendorType(String accept) {
    return accept.contains("/vnd.") || accept.contains("protobuf") || accept.contains("arrow");
  }

  /** Adds the flags as a set: Loki splits the first line at commas, without trimming. */
  private static void addEncodingFlags(KeyDigest digest, List<String> lines) {
    if (lines.isEmpty()) {
      digest.addAll(List.of());
    } else {
      digest.addAll(new TreeSet<>(Arrays.asList(lines.get(0).split(",", -1))));
    }
    addFurther(digest, lines);
  }

  private static void addQueryTags(KeyDigest digest, List<String> lines) {
    String tags = lines.isEmpty() ? "" : lines.get(0);
    digest.add(tags.contains("datasample") ? 1 : 0);
    digest.add(tags.equals("Source=grafana-lokiexplore-app") ? 1 : 0);
    addFurther(digest, lines);
  }

  private static void addFurther(KeyDigest digest, List<String> lines) {
    digest.addAll(lines.size() > 1 ? lines.subList(1, lines.size()) : List.of());
  }
}
