// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import java.util.Locale;

/**
 * What a request asks for: a closed set, so that it can be a metric label. Names follow the
 * upstream's own paths. Several paths may share an operation (Tempo's tags v1 and v2, Loki's {@code
 * label} and {@code labels}) and answer in different shapes: what is remembered of an answer is
 * remembered by path too.
 */
public enum Operation {
  LOKI_QUERY_RANGE(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_QUERY(BackendKind.LOKI, Kind.FORM_READ),
  /** {@code /api/prom/query}: a range query in the legacy shape. */
  LOKI_LEGACY_QUERY(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_LABELS(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_LABEL_VALUES(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_SERIES(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_INDEX_STATS(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_INDEX_SHARDS(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_INDEX_VOLUME(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_INDEX_VOLUME_RANGE(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_PATTERNS(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_DETECTED_LABELS(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_DETECTED_FIELDS(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_DETECTED_FIELD_VALUES(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_FORMAT_QUERY(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_DRILLDOWN_LIMITS(BackendKind.LOKI, Kind.READ),
  LOKI_BUILDINFO(BackendKind.LOKI, Kind.READ),
  LOKI_TAIL(BackendKind.LOKI, Kind.TAIL),
  /** Logs coming in: Loki's own push, the legacy one and OTLP's. */
  LOKI_PUSH(BackendKind.LOKI, Kind.WRITE),
  LOKI_DELETE(BackendKind.LOKI, Kind.WRITE),
  /** The ruler's rules, groups and alerts. */
  LOKI_RULES(BackendKind.LOKI, Kind.WRITE),
  LOKI_READY(BackendKind.LOKI, Kind.READ),
  /** A Loki path known to be administrative; refused unless it is allowed. */
  LOKI_ADMIN(BackendKind.LOKI, Kind.ADMIN),
  /** Any other path under a Loki prefix: relayed as it is. */
  LOKI_OTHER(BackendKind.LOKI, Kind.READ),

  TEMPO_TRACE_BY_ID(BackendKind.TEMPO, Kind.READ),
  TEMPO_TRACE_BY_ID_V2(BackendKind.TEMPO, Kind.READ),
  TEMPO_SEARCH(BackendKind.TEMPO, Kind.READ),
  TEMPO_TAGS(BackendKind.TEMPO, Kind.READ),
  TEMPO_TAG_VALUES(BackendKind.TEMPO, Kind.READ),
  TEMPO_METRICS_RANGE(BackendKind.TEMPO, Kind.READ),
  TEMPO_METRICS_INSTANT(BackendKind.TEMPO, Kind.READ),
  TEMPO_METRICS_SUMMARY(BackendKind.TEMPO, Kind.READ),
  TEMPO_ECHO(BackendKind.TEMPO, Kind.READ),
  /** {@code /api/status/buildinfo}. */
  TEMPO_STATUS(BackendKind.TEMPO, Kind.READ),
  /** Only under Tempo's own prefix; {@code /ready} alone is Loki's. */
  TEMPO_READY(BackendKind.TEMPO, Kind.READ),
  TEMPO_OVERRIDES(BackendKind.TEMPO, Kind.WRITE),
  TEMPO_MCP(BackendKind.TEMPO, Kind.WRITE),
  TEMPO_GRPC_SEARCH(BackendKind.TEMPO, Kind.GRPC),
  TEMPO_GRPC_TAGS(BackendKind.TEMPO, Kind.GRPC),
  TEMPO_GRPC_METRICS(BackendKind.TEMPO, Kind.GRPC),
  /** Any other gRPC method. */
  TEMPO_GRPC_OTHER(BackendKind.TEMPO, Kind.GRPC),
  /** A Tempo path known to be administrative; refused unless it is allowed. */
  TEMPO_ADMIN(BackendKind.TEMPO, Kind.ADMIN),
  /** Any other path under a Tempo prefix: relayed as it is. */
  TEMPO_OTHER(BackendKind.TEMPO, Kind.READ),

  /** {@code /spanway/v1/logs}. */
  SPANWAY_LOGS(BackendKind.SPANWAY, Kind.FORM_READ),
  /** {@code /spanway/v1/explain}. */
  SPANWAY_EXPLAIN(BackendKind.SPANWAY, Kind.FORM_READ),
  /** {@code /spanway/v1/traces/…/logs}. */
  SPANWAY_TRACE_LOGS(BackendKind.SPANWAY, Kind.FORM_READ),
  /** {@code /spanway/v1/openapi.json}. */
  SPANWAY_OPENAPI(BackendKind.SPANWAY, Kind.READ),
  /** A path that nobody serves: 404. */
  UNKNOWN(BackendKind.SPANWAY, Kind.READ);

  /** How requests of an operation are treated. */
  public enum Kind {
    /** Reads; parameters come from the URL only. */
    READ,
    /** Reads; parameters come from the URL and, with POST, from a form body, which goes first. */
    FORM_READ,
    /** Changes something, or may: bodies stream through untouched. */
    WRITE,
    /** WebSocket. */
    TAIL,
    /** gRPC. */
    GRPC,
    /** Refused unless the configuration allows it. */
    ADMIN
  }

  private final BackendKind backend;
  private final Kind kind;
  private final String id;

  Operation(BackendKind backend, Kind kind) {
    this.backend = backend;
    this.kind = kind;
    this.id = name().toLowerCase(Locale.ROOT);
  }

  /** Returns the upstream that serves it. */
  public BackendKind backend() {
    return backend;
  }

  /** Returns how its requests are treated. */
  public Kind kind() {
    return kind;
  }

  /**
   * Says whether a request of this operation by {@code method} only reads: GET and HEAD, and POST
   * where that is but a form with the parameters of a GET. Any other (a DELETE to a path that is
   * read from, a GET of what may be changed) is relayed as it is: never remembered, never repeated.
   *
   * @param method the method, upper case
   */
  public boolean reads(String method) {
    return switch (kind) {
      case READ -> isGet(method);
      case FORM_READ -> isGet(method) || method.equals("POST");
      case WRITE, TAIL, GRPC, ADMIN -> false;
    };
  }

  private static boolean isGet(String method) {
    return method.equals("GET") || method.equals("HEAD");
  }

  /** Returns the name used as metric label and in the access log, such as {@code loki_labels}. */
  public String id() {
    return id;
  }
}
