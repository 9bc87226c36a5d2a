// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.BadTargetException;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.util.Map;

/** Requests as the tests of this package need them. */
final class Requests {
  static final long SECOND = 1_000_000_000L;
  static final long NOW = 1_800_000_000L * SECOND;
  static final String QUERY_RANGE = "/loki/api/v1/query_range";

  private Requests() {}

  static RouteMatch match(Operation operation, String path) {
    return new RouteMatch(operation, path, Map.of());
  }

  static RouteMatch queryRange() {
    return match(Operation.LOKI_QUERY_RANGE, QUERY_RANGE);
  }

  static RouteMatch trace(Operation operation, String id) {
    String path = operation == Operation.TEMPO_TRACE_BY_ID ? "/api/traces/" : "/api/v2/traces/";
    return new RouteMatch(operation, path + id, Map.of("id", id));
  }

  static HttpHeaders headers(String... namesAndValues) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  static RequestHead head(String... namesAndValues) {
    try {
      return new RequestHead("GET", RequestTarget.parse("/"), headers(namesAndValues));
    } catch (BadTargetException e) {
      throw new AssertionError(e);
    }
  }

  static Caller caller(String... namesAndValues) {
    return Caller.of(head(namesAndValues), IdentityConfig.DEFAULT);
  }

  static CacheKey key(RouteMatch match, QueryParameters parameters, String... namesAndValues) {
    RequestHead head = head(namesAndValues);
    Caller caller = Caller.of(head, IdentityConfig.DEFAULT);
    return CacheKeyBuilder.build(match, parameters, head, caller, "upstream", NOW);
  }

  /** The key of a query that differs by its text, for a tenant. */
  static CacheKey key(String tenant, String query) {
    return key(queryRange(), QueryParameters.of("query", query), "X-Scope-OrgID", tenant);
  }
}
