// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import java.util.Locale;

/**
 * What a request asks for: a closed set, so that it can be a metric label. Names follow the
 * upstream's own paths.
 */
public enum Operation {
  LOKI_QUERY_RANGE(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_QUERY(BackendKind.LOKI, Kind.FORM_READ),
  /** {@code /api/prom/query}: a range query in the legacy shape. */
  LOKI_LEGACY_QUERY(BackendKind.LOKI, Kind.READ),
  LOKI_LABELS(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_LABEL_VALUES(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_SERIES(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_INDEX_STATS(BackendKind.LOKI, Kind.FORM_READ),
  LOKI_INDEX_SHARDS(BackendKind.LOKI, Kind.READ),
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
  LOKI_PUSH(BackendKind.LOKI, Kind.WRITE),
  LOKI_DELETE(BackendKind.LOKI, Kind.WRITE),
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
  TEMPO_STATUS(BackendKind.TEMPO, Kind.READ),
  TEMPO_OVERRIDES(BackendKind.TEMPO, Kind.WRITE),
  TEMPO_MCP(BackendKind.TEMPO, Kind.WRITE),
  TEMPO_GRPC_SEARCH(BackendKind.TEMPO, Kind.GRPC),
  TEMPO_GRPC_TAGS(BackendKind.TEMPO, Kind.GRPC),
  TEMPO_GRPC_METRICS(BackendKind.TEMPO, Kind.GRPC),
  /** Any other gRPC method. */
  TEMPO_GRPC_OTHER(BackendKind.TEMPO, Kind.GRPC),
  TEMPO_ADMIN(BackendKind.TEMPO, Kind.ADMIN),
  TEMPO_OTHER(BackendKind.TEMPO, Kind.READ),

  SPANWAY_LOGS(BackendKind.SPANWAY, Kind.FORM_READ),
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

  /** Returns the name used as metric label and in the access log, such as {@code loki_labels}. */
  public String id() {
    return id;
  }
}
