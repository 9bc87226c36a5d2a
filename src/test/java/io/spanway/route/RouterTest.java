// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RouterTest {
  private static final Router ROUTER = Router.compile(RouteConfig.DEFAULT);

  private static RouteMatch match(Router router, String target, HttpHeaders headers)
      throws RefusedPathException {
    try {
      return router.match(new RequestHead("GET", RequestTarget.parse(target), headers));
    } catch (BadTargetException e) {
      throw new AssertionError(target, e);
    }
  }

  private static RouteMatch match(String target) throws RefusedPathException {
    return match(ROUTER, target, new DefaultHttpHeaders());
  }

  @ParameterizedTest
  @CsvSource({
    "/loki/api/v1/query_range, LOKI_QUERY_RANGE",
    "/loki/api/v1/query_range?query=x, LOKI_QUERY_RANGE",
    "/loki/api/v1/quer%79_range, LOKI_QUERY_RANGE",
    "/loki/api/v1/query, LOKI_QUERY",
    "/loki/api/v1/labels, LOKI_LABELS",
    "/loki/api/v1/label, LOKI_LABELS",
    "/loki/api/v1/label/app/values, LOKI_LABEL_VALUES",
    "/loki/api/v1/series, LOKI_SERIES",
    "/loki/api/v1/index/stats, LOKI_INDEX_STATS",
    "/loki/api/v1/index/shards, LOKI_INDEX_SHARDS",
    "/loki/api/v1/index/volume, LOKI_INDEX_VOLUME",
    "/loki/api/v1/index/volume_range, LOKI_INDEX_VOLUME_RANGE",
    "/loki/api/v1/patterns, LOKI_PATTERNS",
    "/loki/api/v1/detected_labels, LOKI_DETECTED_LABELS",
    "/loki/api/v1/detected_fields, LOKI_DETECTED_FIELDS",
    "/loki/api/v1/detected_field/level/values, LOKI_DETECTED_FIELD_VALUES",
    "/loki/api/v1/format_query, LOKI_FORMAT_QUERY",
    "/loki/api/v1/drilldown-limits, LOKI_DRILLDOWN_LIMITS",
    "/loki/api/v1/status/buildinfo, LOKI_BUILDINFO",
    "/loki/api/v1/tail, LOKI_TAIL",
    "/loki/api/v2alpha/tail, LOKI_TAIL",
    "/loki/api/v1/push, LOKI_PUSH",
    "/otlp/v1/logs, LOKI_PUSH",
    "/api/prom/push, LOKI_PUSH",
    "/loki/api/v1/delete, LOKI_DELETE",
    "/loki/api/v1/rules, LOKI_RULES",
    "/loki/api/v1/rules/ns, LOKI_RULES",
    "/loki/api/v1/rules/a%2Fb/g, LOKI_RULES",
    "/api/prom/rules, LOKI_RULES",
    "/api/prom/rules/test/test, LOKI_RULES",
    "/prometheus/api/v1/rules, LOKI_RULES",
    "/prometheus/api/v1/alerts, LOKI_RULES",
    "/api/prom/query, LOKI_LEGACY_QUERY",
    "/api/prom/label, LOKI_LABELS",
    "/api/prom/label/app/values, LOKI_LABEL_VALUES",
    "/api/prom/series, LOKI_SERIES",
    "/api/prom/tail, LOKI_TAIL",
    "/ready, LOKI_READY",
    "/config/tenant/v1/limits, LOKI_OTHER",
    "/loki/api/v1/cache/generation_numbers, LOKI_OTHER",
    "/api/traces/1f, TEMPO_TRACE_BY_ID",
    "/api/v2/traces/1F, TEMPO_TRACE_BY_ID_V2",
    "/api/search, TEMPO_SEARCH",
    "/api/search/tags, TEMPO_TAGS",
    "/api/v2/search/tags, TEMPO_TAGS",
    "/api/search/tag/service.name/values, TEMPO_TAG_VALUES",
    "/api/v2/search/tag/span.http.route/values, TEMPO_TAG_VALUES",
    "/api/metrics/query_range, TEMPO_METRICS_RANGE",
    "/api/metrics/query, TEMPO_METRICS_INSTANT",
    "/api/metrics/summary, TEMPO_METRICS_SUMMARY",
    "/api/overrides, TEMPO_OVERRIDES",
    "/api/mcp, TEMPO_MCP",
    "/api/echo, TEMPO_ECHO",
    "/api/status/buildinfo, TEMPO_STATUS",
    "/api/status/other, TEMPO_OTHER",
    "/tempopb.StreamingQuerier/Search, TEMPO_GRPC_SEARCH",
    "/tempopb.StreamingQuerier/SearchTags, TEMPO_GRPC_TAGS",
    "/tempopb.StreamingQuerier/SearchTagValuesV2, TEMPO_GRPC_TAGS",
    "/tempopb.StreamingQuerier/MetricsQueryRange, TEMPO_GRPC_METRICS",
    "/tempopb.StreamingQuerier/MetricsQueryInstant, TEMPO_GRPC_METRICS",
    "/tempopb.StreamingQuerier/New, TEMPO_GRPC_OTHER",
    "/tempopb.Querier/FindTraceByID, TEMPO_OTHER",
    "/spanway/v1/logs, SPANWAY_LOGS",
    "/spanway/v1/openapi.json, SPANWAY_OPENAPI",
    "/spanway/v1/nope, UNKNOWN",
    "/, UNKNOWN",
    "*, UNKNOWN",
    "/metrics, UNKNOWN",
    "/healthz, UNKNOWN",
    "/-/config, UNKNOWN",
    "/loki, UNKNOWN",
    "/lokiapi, UNKNOWN",
    "/prometheus/metrics, UNKNOWN",
    "/otlp/v1/traces, UNKNOWN",
  })
  void path_hasItsOperation(String target, Operation operation) throws RefusedPathException {
    RouteMatch match = match(target);

    assertThat(match.operation()).isEqualTo(operation);
    int mark = target.indexOf('?');
    assertThat(match.path()).isEqualTo(mark < 0 ? target : target.substring(0, mark));
  }

  @ParameterizedTest
  @CsvSource({
    "/loki/api/v1/query_range/x.css, LOKI_OTHER",
    "/loki/api/v1/query_range/, LOKI_OTHER",
    "/loki/api/v1/query_range;x=y, LOKI_OTHER",
    "/loki/api/v1/query_range%3Bx, LOKI_OTHER",
    "/loki/api/v1/query_range%3Fx, LOKI_OTHER",
    "/loki/api/v1%2Fquery_range, LOKI_OTHER",
    "/loki%2Fapi/v1/query_range, LOKI_OTHER",
    "/loki//api/v1/query_range, LOKI_OTHER",
    "/loki/api/v1/QUERY_RANGE, LOKI_OTHER",
    "/loki/api/v1/label/a/b/values, LOKI_OTHER",
    "/loki/api/v1/label//values, LOKI_OTHER",
    "/loki/api/v1/label/values, LOKI_OTHER",
    "//loki/api/v1/query_range, UNKNOWN",
    "/api/prom%2Fquery, LOKI_OTHER",
    "/api/traces/, TEMPO_OTHER",
    "/api/traces/a/b, TEMPO_OTHER",
    "/api/traces, TEMPO_OTHER",
    "/api/search/tag//values, TEMPO_OTHER",
    "/api/search/tag/values, TEMPO_OTHER",
    "/api/search/tag/x/values/, TEMPO_OTHER",
    "/API/search, UNKNOWN",
  })
  void pathThatIsAlmostKnown_getsNoOperationOfItsOwn(String path, Operation operation)
      throws RefusedPathException {
    RouteMatch match = match(path);

    assertThat(match.operation()).isEqualTo(operation);
    assertThat(match.path()).isEqualTo(path);
    assertThat(match.variables()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/loki/api/v1/label/a%2Fb/values, name, a/b",
    "/loki/api/v1/label/a%20%C3%A9/values, name, a é",
    "/loki/api/v1/label/..a/values, name, ..a",
    "/api/traces/0af7651916cd43dd8448eb211c80319c, id, 0af7651916cd43dd8448eb211c80319c",
    "/api/v2/traces/a%2fb, id, a/b",
    "/api/v2/search/tag/.http.route/values, tag, .http.route",
    "/api/v2/search/tag/span.http%2Furl/values, tag, span.http/url",
    "/api/v2/search/tag/a/b/values, tag, a/b",
    "/api/v2/search/tag/a//b%2F/c/values, tag, a//b//c",
    "/api/search/tag/x/values/values, tag, x/values",
    "/api/search/tag/a%2Fvalues/values, tag, a/values",
    "/api/search/tag/50%25/values, tag, 50%",
    "/api/search/tag/a;b=c/values, tag, a;b=c",
    "/api/traces/1f, id, 1f",
    "/tempo-ds/api/search/tag/a%2Fb/values, tag, a/b",
  })
  void variable_isDecodedOnce(String path, String name, String value) throws RefusedPathException {
    assertThat(match(path).variables()).isEqualTo(Map.of(name, value));
  }

  @ParameterizedTest
  @CsvSource({
    "/loki-ds/ready, LOKI_READY, /ready",
    "/loki-ds/metrics, LOKI_OTHER, /metrics",
    "/loki-ds/loki/api/v1/query, LOKI_QUERY, /loki/api/v1/query",
    "/loki-ds/loki/api/v1/label/a%2Fb/values, LOKI_LABEL_VALUES, /loki/api/v1/label/a%2Fb/values",
    "/loki-ds/api/status/buildinfo, LOKI_OTHER, /api/status/buildinfo",
    "/loki-ds/api/search, LOKI_OTHER, /api/search",
    "/loki-ds/spanway/v1/logs, LOKI_OTHER, /spanway/v1/logs",
    "/loki-ds, LOKI_OTHER, /",
    "/loki-ds/, LOKI_OTHER, /",
    "/loki%2Dds/ready, LOKI_READY, /ready",
    "/loki-ds%2Fready, UNKNOWN, /loki-ds%2Fready",
    "/loki-dsx/ready, UNKNOWN, /loki-dsx/ready",
    "/loki-ds/loki-ds/ready, LOKI_OTHER, /loki-ds/ready",
    "/tempo-ds/ready, TEMPO_READY, /ready",
    "/tempo-ds/metrics, TEMPO_OTHER, /metrics",
    "/tempo-ds/api/status/buildinfo, TEMPO_STATUS, /api/status/buildinfo",
    "/tempo-ds/api/search, TEMPO_SEARCH, /api/search",
    "/tempo-ds/api/prom/query, TEMPO_OTHER, /api/prom/query",
    "/tempo-ds/tempopb.StreamingQuerier/Search, TEMPO_GRPC_SEARCH, /tempopb.StreamingQuerier/Search",
  })
  void prefix_decidesTheUpstreamAndIsTakenOff(String target, Operation operation, String forwarded)
      throws RefusedPathException {
    RouteMatch match = match(target);

    assertThat(match.operation()).isEqualTo(operation);
    assertThat(match.path()).isEqualTo(forwarded);
  }

  @Test
  void prefixOfSeveralSegments_isTakenOff() throws RefusedPathException {
    Router router = Router.compile(new RouteConfig("/obs/logs", "/obs/traces", Set.of()));

    assertThat(match(router, "/obs/l%6Fgs/ready?x", new DefaultHttpHeaders()))
        .isEqualTo(new RouteMatch(Operation.LOKI_READY, "/ready", Map.of()));
    assertThat(match(router, "/obs/traces", new DefaultHttpHeaders()))
        .isEqualTo(new RouteMatch(Operation.TEMPO_OTHER, "/", Map.of()));
    assertThat(match(router, "/obs", new DefaultHttpHeaders()).operation())
        .isEqualTo(Operation.UNKNOWN);
  }

  @Test
  void noPrefix_isNone() throws RefusedPathException {
    Router router = Router.compile(new RouteConfig("", "", Set.of()));

    assertThat(match(router, "/loki-ds/ready", new DefaultHttpHeaders()).operation())
        .isEqualTo(Operation.UNKNOWN);
    assertThat(match(router, "/ready", new DefaultHttpHeaders()).operation())
        .isEqualTo(Operation.LOKI_READY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/loki/api/v1/../v1/query",
        "/loki/./api",
        "/..",
        "/.",
        "/a/.",
        "/%2e%2e/flush",
        "/%2E./flush",
        "/.%2e",
        "/a/..;x=y/b",
        "/a/.;/b",
        "/a%2f..%2Fflush",
        "/a/..%5cflush",
        "/a\\..\\flush",
        "/a/%252e%252e/b",
        "/a/%252E",
        "/a%252fb",
        "/a%252Fb",
        "/a%255cb",
        "/a%2500b",
        "/a%25252fb",
        "/a%2525252eb",
        "/loki/api/v1/rules/..%252f..%252fflush",
        "/loki/api/v1/label/%2e%2e/values",
        "/api/search/tag/a%2F..%2Fb/values",
        "/loki-ds/../flush",
        "/a%00b",
        "/loki/api/v1/query_range%00.css",
      })
  void ambiguousPath_isRefusedWith400(String path) {
    assertThatThrownBy(() -> match(path))
        .isInstanceOfSatisfying(
            RefusedPathException.class,
            e -> {
              assertThat(e.status()).isEqualTo(400);
              assertThat(e.getMessage()).isNotEmpty().doesNotContain("\n");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/flush",
        "/flush/",
        "//flush",
        "/flush;x=y",
        "/;x=y/flush",
        "/fl%75sh",
        "/FLUSH",
        "/%2Fflush",
        "/ingester/shutdown",
        "/ingester%2Fshutdown",
        "/ingester//shutdown",
        "/ingester",
        "/ingester/prepare_shutdown",
        "/log_level",
        "/config",
        "/config/",
        "/config;x",
        "/config;x/",
        "/config//",
        "/ring",
        "/distributor/ring",
        "/indexgateway/ring",
        "/scheduler/ring",
        "/ruler/ring",
        "/compactor/ring",
        "/compactor/ui/api/v1/deletes",
        "/pattern/ring",
        "/partition-ring",
        "/ingest-limits/ring",
        "/ingest-limits/usage/a",
        "/ingest-limits-frontend/ring",
        "/ui/ring",
        "/ui/",
        "/dataobj-consumer/partition-ring",
        "/memberlist",
        "/analytics",
        "/services",
        "/debug/pprof/heap",
        "/debug",
        "/querier/api/search",
        "/live-store/prepare-downscale",
        "/shutdown",
        "/status/config",
        "/status",
        "/usage_metrics",
        "/backend-worker/ring",
        "/loki-ds/flush",
        "/loki-ds//flush",
        "/loki-ds/%2Fflush",
        "/loki-ds/ingester%2Fshutdown",
        "/loki-ds/config",
        "/tempo-ds/flush",
        "/tempo-ds/status/runtime_config",
        "/tempo-ds/querier/api/traces/1",
      })
  void administrativePath_isRefusedWith403(String path) {
    assertThatThrownBy(() -> match(path))
        .isInstanceOfSatisfying(
            RefusedPathException.class, e -> assertThat(e.status()).isEqualTo(403));
  }

  @Test
  void administrativePath_isRefusedForGrpcToo() {
    HttpHeaders grpc = new DefaultHttpHeaders().add("content-type", "application/grpc");

    assertThatThrownBy(() -> match(ROUTER, "/shutdown", grpc))
        .isInstanceOf(RefusedPathException.class);
  }

  @Test
  void allowedPath_isForwarded() throws RefusedPathException {
    Router router =
        Router.compile(
            new RouteConfig("/loki-ds", "/tempo-ds", Set.of("/flush", "/ui/*", "/status/config")));
    HttpHeaders none = new DefaultHttpHeaders();

    assertThat(match(router, "/flush", none))
        .isEqualTo(new RouteMatch(Operation.LOKI_ADMIN, "/flush", Map.of()));
    assertThat(match(router, "/tempo-ds/flush", none))
        .isEqualTo(new RouteMatch(Operation.TEMPO_ADMIN, "/flush", Map.of()));
    assertThat(match(router, "/ui/a/b", none).operation()).isEqualTo(Operation.LOKI_ADMIN);
    assertThat(match(router, "/ui//a", none).operation()).isEqualTo(Operation.LOKI_ADMIN);
    assertThat(match(router, "/status/config", none).operation()).isEqualTo(Operation.TEMPO_ADMIN);
    for (String path : new String[] {"/flush/x", "/ui", "/uix", "/status", "/ingester/shutdown"}) {
      if (!path.equals("/uix")) {
        assertThatThrownBy(() -> match(router, path, none))
            .as(path)
            .isInstanceOf(RefusedPathException.class);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/grpc.health.v1.Health/Check, application/grpc, TEMPO_GRPC_OTHER",
    "/tempopb.Querier/FindTraceByID, application/grpc+proto, TEMPO_GRPC_OTHER",
    "/a.B/C, APPLICATION/GRPC, TEMPO_GRPC_OTHER",
    "/a.B/C, application/json, UNKNOWN",
    "/tempopb.StreamingQuerier/Search, application/grpc, TEMPO_GRPC_SEARCH",
    "/api/search, application/grpc, TEMPO_SEARCH",
    "/loki/x, application/grpc, LOKI_OTHER",
    "/loki-ds/a.B/C, application/grpc, LOKI_OTHER",
    "/tempo-ds/a.B/C, application/grpc, TEMPO_GRPC_OTHER",
    "/tempo-ds/a.B/C, application/json, TEMPO_OTHER",
    "/a.B/C, application/grpc-web, UNKNOWN",
    "/a.B/C, application/grpc;x=y, TEMPO_GRPC_OTHER",
  })
  void grpc_isTempos(String path, String type, Operation operation) throws RefusedPathException {
    HttpHeaders headers = new DefaultHttpHeaders().add("content-type", type);

    assertThat(match(ROUTER, path, headers).operation()).isEqualTo(operation);
  }

  @Test
  void absoluteForm_isRoutedByItsPath() throws RefusedPathException {
    assertThat(match("http://evil.example/loki/api/v1/labels?x=1"))
        .isEqualTo(new RouteMatch(Operation.LOKI_LABELS, "/loki/api/v1/labels", Map.of()));
  }
}
