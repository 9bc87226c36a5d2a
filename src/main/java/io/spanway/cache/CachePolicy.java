// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.CacheControl;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.identity.Caller;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which requests the cache serves and how long their answers last. Pure: the same arguments have
 * the same result.
 */
public final class CachePolicy {
  /** Where build information is among Tempo's status pages. */
  private static final String TEMPO_BUILDINFO = "/api/status/buildinfo";

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration SETTLED = Duration.ofMinutes(30);

  private final CacheConfig config;

  /** Creates the policy of a configuration. */
  public CachePolicy(CacheConfig config) {
    this.config = config;
  }

  /**
   * What the cache does for a request.
   *
   * @param bypass why it leaves the request alone; null when it serves it
   * @param refresh whether the client wants the answer fetched anew (and then stored)
   */
  public record Use(@Nullable BypassReason bypass, boolean refresh) {
    private static final Use READ = new Use(null, false);
    private static final Use REFRESH = new Use(null, true);

    /** Says whether the cache serves the request. */
    public boolean isCacheable() {
      return bypass == null;
    }
  }

  /**
   * Decides about a request.
   *
   * @param method the method, such as {@code GET}
   * @param head the request as it came; its {@code Cache-Control} counts
   */
  public Use use(RouteMatch match, String method, RequestHead head, Caller caller) {
    BypassReason reason = bypassReason(match, method, head.headers(), caller);
    if (reason != null) {
      return new Use(reason, false);
    }
    CacheControl control = CacheControl.of(head.headers());
    if (control.noStore()) {
      return new Use(BypassReason.NO_STORE, false);
    }
    return control.noCache() ? Use.REFRESH : Use.READ;
  }

  /**
   * Says how long an answer may be used; zero when it is not stored.
   *
   * @param parameters all parameters that the upstream was given
   * @param nowNs when the request came, in nanoseconds since the epoch
   */
  public Duration ttl(
      Operation operation, QueryParameters parameters, AnswerFacts facts, long nowNs) {
    if (isTrace(operation)) {
      return traceTtl(operation, facts, nowNs);
    }
    if (facts.status() != 200 || !facts.complete()) {
      return Duration.ZERO;
    }
    CacheConfig.Ttl ttl = config.ttl();
    return switch (operation) {
      case LOKI_BUILDINFO, LOKI_DRILLDOWN_LIMITS, LOKI_FORMAT_QUERY, TEMPO_STATUS -> ttl.info();
      default -> {
        ReadWindow window = ReadWindow.of(operation, parameters, nowNs);
        // Without an end of its own a request means another time whenever it is made.
        yield window.kind() == ReadWindow.Kind.UNREADABLE
                || window.kind() == ReadWindow.Kind.NONE
                || !ReadWindow.hasExplicitEnd(operation, parameters)
            ? Duration.ZERO
            : windowTtl(operation, facts, age(nowNs, window.newestNs()));
      }
    };
  }

  private Duration windowTtl(Operation operation, AnswerFacts facts, Duration age) {
    CacheConfig.Ttl ttl = config.ttl();
    boolean fresh = age.compareTo(config.freshWindow()) < 0;
    return switch (operation) {
      case LOKI_QUERY_RANGE, LOKI_LEGACY_QUERY, LOKI_QUERY -> logsTtl(facts.empty(), age);
      case LOKI_LABELS, LOKI_LABEL_VALUES, LOKI_SERIES ->
          age.compareTo(DAY) >= 0 ? ttl.metadata().day() : ttl.metadata().recent();
      case LOKI_PATTERNS, LOKI_DETECTED_LABELS, LOKI_DETECTED_FIELDS, LOKI_DETECTED_FIELD_VALUES ->
          ttl.metadata().recent();
      case LOKI_INDEX_STATS, LOKI_INDEX_VOLUME, LOKI_INDEX_VOLUME_RANGE ->
          fresh ? config.freshFor() : ttl.index();
      case TEMPO_SEARCH,
          TEMPO_TAGS,
          TEMPO_TAG_VALUES,
          TEMPO_METRICS_RANGE,
          TEMPO_METRICS_INSTANT,
          TEMPO_METRICS_SUMMARY ->
          age.compareTo(SETTLED) >= 0 ? ttl.search() : Duration.ZERO;
      default -> Duration.ZERO;
    };
  }

  /** Says how long logs or metric points are used whose newest is of an age. */
  Duration logsTtl(boolean empty, Duration age) {
    if (age.compareTo(config.freshWindow()) < 0) {
      return config.freshFor();
    }
    CacheConfig.Queries ttl = config.ttl().queries();
    Duration whole = ttl.recent();
    if (age.compareTo(WEEK) >= 0) {
      whole = ttl.week();
    } else if (age.compareTo(DAY) >= 0) {
      whole = ttl.day();
    } else if (age.compareTo(HOUR) >= 0) {
      whole = ttl.hour();
    }
    if (!empty) {
      return whole;
    }
    Duration tenth = whole.dividedBy(10);
    return tenth.compareTo(ttl.emptyMax()) < 0 ? tenth : ttl.emptyMax();
  }

  /** Returns the ages at which logs begin to be used longer. */
  List<Duration> ages() {
    return List.of(config.freshWindow(), HOUR, DAY, WEEK);
  }

  private Duration traceTtl(Operation operation, AnswerFacts facts, long nowNs) {
    CacheConfig.Traces ttl = config.ttl().traces();
    if (facts.status() == 404 && operation == Operation.TEMPO_TRACE_BY_ID) {
      return ttl.absent();
    }
    if (facts.status() != 200) {
      return Duration.ZERO;
    }
    if (facts.empty() || !facts.complete()) {
      return ttl.absent();
    }
    if (facts.newestDataNs() <= 0) {
      return ttl.recent();
    }
    Duration age = age(nowNs, facts.newestDataNs());
    if (age.compareTo(DAY) >= 0) {
      return ttl.day();
    }
    return age.compareTo(SETTLED) >= 0 ? ttl.settled() : ttl.recent();
  }

  private @Nullable BypassReason bypassReason(
      RouteMatch match, String method, HttpHeaders headers, Caller caller) {
    if (!config.isOn()) {
      return BypassReason.OFF;
    }
    if (!isCached(match)) {
      return BypassReason.OPERATION;
    }
    if (!isRead(match.operation(), method, headers)) {
      return BypassReason.METHOD;
    }
    if (!caller.isClear()) {
      return BypassReason.IDENTITY;
    }
    // Grafana's alerting, whatever the value.
    if (headers.contains("FromAlert")) {
      return BypassReason.ALERT;
    }
    if (headers.contains(HttpHeaderNames.RANGE)
        || headers.contains(HttpHeaderNames.IF_RANGE)
        || headers.contains(HttpHeaderNames.IF_MATCH)
        || headers.contains(HttpHeaderNames.IF_NONE_MATCH)
        || headers.contains(HttpHeaderNames.IF_MODIFIED_SINCE)
        || headers.contains(HttpHeaderNames.IF_UNMODIFIED_SINCE)) {
      return BypassReason.PARTIAL_REQUEST;
    }
    return null;
  }

  private static boolean isCached(RouteMatch match) {
    return switch (match.operation()) {
      case LOKI_QUERY_RANGE,
          LOKI_QUERY,
          LOKI_LEGACY_QUERY,
          LOKI_LABELS,
          LOKI_LABEL_VALUES,
          LOKI_SERIES,
          LOKI_INDEX_STATS,
          LOKI_INDEX_VOLUME,
          LOKI_INDEX_VOLUME_RANGE,
          LOKI_PATTERNS,
          LOKI_DETECTED_LABELS,
          LOKI_DETECTED_FIELDS,
          LOKI_DETECTED_FIELD_VALUES,
          LOKI_FORMAT_QUERY,
          LOKI_DRILLDOWN_LIMITS,
          LOKI_BUILDINFO,
          TEMPO_TRACE_BY_ID,
          TEMPO_TRACE_BY_ID_V2,
          TEMPO_SEARCH,
          TEMPO_TAGS,
          TEMPO_TAG_VALUES,
          TEMPO_METRICS_RANGE,
          TEMPO_METRICS_INSTANT,
          TEMPO_METRICS_SUMMARY ->
          true;
      case TEMPO_STATUS -> match.path().endsWith(TEMPO_BUILDINFO);
      default -> false;
    };
  }

  private static boolean isRead(Operation operation, String method, HttpHeaders headers) {
    if (method.equals("GET")) {
      String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
      return !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
          && (length == null || length.equals("0"));
    }
    if (!method.equals("POST") || operation.kind() != Operation.Kind.FORM_READ) {
      return false;
    }
    // Loki reads no other body: what the request means is then not in its parameters.
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    if (type == null) {
      return false;
    }
    int semicolon = type.indexOf(';');
    String media = semicolon < 0 ? type : type.substring(0, semicolon);
    return media.strip().toLowerCase(Locale.ROOT).equals("application/x-www-form-urlencoded");
  }

  private static boolean isTrace(Operation operation) {
    return operation == Operation.TEMPO_TRACE_BY_ID || operation == Operation.TEMPO_TRACE_BY_ID_V2;
  }

  /** Returns how old data is; negative for the future, whatever the clocks say. */
  private static Duration age(long nowNs, long dataNs) {
    return Duration.ofSeconds(0, nowNs).minus(Duration.ofSeconds(0, dataNs));
  }
}
