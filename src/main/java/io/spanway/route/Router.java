// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.spanway.http.GrpcRequests;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a request asks for, from its path decoded once. What is forwarded are the client's own
 * bytes; a path that an upstream could read in another way than this class is refused. Only paths
 * that are known exactly get an operation of their own; others below a path of Loki's or Tempo's
 * are relayed. Methods play no part ({@link Operation#reads}). Immutable.
 *
 * <p>Two paths are served by both upstreams: {@code /ready} without a prefix is Loki's, {@code
 * /api/status/buildinfo} is Tempo's (Loki's own is {@code /loki/api/v1/status/buildinfo}). {@code
 * /metrics} without a prefix is nobody's: Spanway's own are on the admin listener.
 */
public final class Router {
  private static final String ENCODED = "%2f";

  private final RouteConfig config;
  private final AdminPaths admin;

  private Router(RouteConfig config) {
    this.config = config;
    this.admin = new AdminPaths(config.allowAdmin());
  }

  /** Returns the router for {@code config}. */
  public static Router compile(RouteConfig config) {
    return new Router(config);
  }

  /**
   * Finds where {@code request} goes; {@link Operation#UNKNOWN} when nobody serves its path.
   *
   * @throws RefusedPathException when the path is ambiguous (400) or administrative (403)
   */
  public RouteMatch match(RequestHead request) throws RefusedPathException {
    RequestTarget target = request.target();
    String rawPath = target.rawPath();
    String path = target.path();
    String problem = PathGuard.problemOf(path);
    if (problem != null) {
      throw new RefusedPathException(400, problem);
    }
    if (path.isEmpty() || path.charAt(0) != '/') {
      return new RouteMatch(Operation.UNKNOWN, rawPath, Map.of());
    }
    String routed = path.length() == rawPath.length() ? path : keepEncodedSlashes(rawPath, path);
    if (isUnder(routed, config.lokiPrefix())) {
      return prefixed(request, routed, config.lokiPrefix(), BackendKind.LOKI);
    }
    if (isUnder(routed, config.tempoPrefix())) {
      return prefixed(request, routed, config.tempoPrefix(), BackendKind.TEMPO);
    }
    Operation administrative = admin(path);
    if (administrative != null) {
      return new RouteMatch(administrative, rawPath, Map.of());
    }
    RouteTable.Found found = RouteTable.find(routed);
    if (found != null) {
      return new RouteMatch(found.operation(), rawPath, found.variables());
    }
    return new RouteMatch(other(path, request), rawPath, Map.of());
  }

  private RouteMatch prefixed(
      RequestHead request, String routed, String prefix, BackendKind backend)
      throws RefusedPathException {
    String raw = skipSegments(request.target().rawPath(), segments(prefix));
    String rest = routed.length() == prefix.length() ? "/" : routed.substring(prefix.length());
    if (admin(rest.replace(RouteTable.ENCODED_SLASH, '/')) != null) {
      Operation operation =
          backend == BackendKind.LOKI ? Operation.LOKI_ADMIN : Operation.TEMPO_ADMIN;
      return new RouteMatch(operation, raw, Map.of());
    }
    RouteTable.Found found = RouteTable.find(rest);
    if (found != null && found.operation().backend() == backend) {
      return new RouteMatch(found.operation(), raw, found.variables());
    }
    if (backend == BackendKind.LOKI) {
      return new RouteMatch(Operation.LOKI_OTHER, raw, Map.of());
    }
    if (rest.equals("/ready")) {
      return new RouteMatch(Operation.TEMPO_READY, raw, Map.of());
    }
    Operation other = isGrpc(request) ? Operation.TEMPO_GRPC_OTHER : Operation.TEMPO_OTHER;
    return new RouteMatch(other, raw, Map.of());
  }

  /** Returns the operation of an administrative path that is allowed, null for other paths. */
  private @Nullable Operation admin(String path) throws RefusedPathException {
    Operation operation = admin.operationOf(path);
    if (operation != null && !admin.isAllowed(path)) {
      throw new RefusedPathException(
          403, "administrative paths are not forwarded (limits.allowAdminPaths allows them)");
    }
    return operation;
  }

  private static Operation other(String path, RequestHead request) {
    if (path.startsWith("/loki/")
        || path.startsWith("/api/prom/")
        || path.startsWith("/prometheus/api/v1/")) {
      return Operation.LOKI_OTHER;
    }
    if (isGrpc(request)) {
      return Operation.TEMPO_GRPC_OTHER;
    }
    return path.startsWith("/api/") || path.startsWith("/tempopb.")
        ? Operation.TEMPO_OTHER
        : Operation.UNKNOWN;
  }

  private static boolean isGrpc(RequestHead request) {
    return GrpcRequests.isGrpc(request.headers().get(HttpHeaderNames.CONTENT_TYPE));
  }

  private static boolean isUnder(String path, String prefix) {
    return !prefix.isEmpty()
        && path.startsWith(prefix)
        && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
  }

  /**
   * Returns {@code path} with a mark where {@code rawPath} has an encoded slash, which is part of a
   * name and separates nothing.
   */
  private static String keepEncodedSlashes(String rawPath, String path) {
    int encoded = indexOfEncodedSlash(rawPath, 0);
    if (encoded < 0) {
      return path;
    }
    // The nth slash of the path is the nth of the raw path, counting both kinds there.
    StringBuilder marked = new StringBuilder(path);
    int at = -1;
    for (int i = 0; i < rawPath.length(); i++) {
      boolean isEncoded = i == encoded;
      if (isEncoded) {
        encoded = indexOfEncodedSlash(rawPath, i + 1);
      }
      if (isEncoded || rawPath.charAt(i) == '/') {
        at = path.indexOf('/', at + 1);
        if (isEncoded) {
          marked.setCharAt(at, RouteTable.ENCODED_SLASH);
        }
      }
    }
    return marked.toString();
  }

  private static int indexOfEncodedSlash(String rawPath, int from) {
    for (int i = rawPath.indexOf('%', from); i >= 0; i = rawPath.indexOf('%', i + 1)) {
      if (rawPath.regionMatches(true, i, ENCODED, 0, 3)) {
        return i;
      }
    }
    return -1;
  }

  private static int segments(String prefix) {
    return (int) prefix.chars().filter(c -> c == '/').count();
  }

  /**
   * Returns {@code rawPath} without its first {@code count} segments; {@code /} if none is left.
   */
  private static String skipSegments(String rawPath, int count) {
    int at = 0;
    for (int i = 0; i < count; i++) {
      at = rawPath.indexOf('/', at + 1);
      if (at < 0) {
        return "/";
      }
    }
    return rawPath.substring(at);
  }
}
