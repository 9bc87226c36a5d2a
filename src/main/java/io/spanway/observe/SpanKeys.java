// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.opentelemetry.api.common.AttributeKey;
import java.util.Set;

/**
 * Names of attributes: OpenTelemetry's for HTTP
 * (open-telemetry/semantic-conventions:docs/http/http-spans.md), and Spanway's own.
 */
final class SpanKeys {
  private static final String OWN = "spanway.";

  static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  static final AttributeKey<String> METHOD_AS_CAME =
      AttributeKey.stringKey("http.request.method_original");
  static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
  static final AttributeKey<Long> RESEND_COUNT = AttributeKey.longKey("http.request.resend_count");
  static final AttributeKey<Long> BODY_SIZE = AttributeKey.longKey("http.response.body.size");
  static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
  static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
  static final AttributeKey<String> FULL_URL = AttributeKey.stringKey("url.full");
  static final AttributeKey<String> VERSION = AttributeKey.stringKey("network.protocol.version");
  static final AttributeKey<String> PEER_ADDRESS = AttributeKey.stringKey("network.peer.address");
  static final AttributeKey<String> SERVER_ADDRESS = AttributeKey.stringKey("server.address");
  static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
  static final AttributeKey<String> CLIENT_ADDRESS = AttributeKey.stringKey("client.address");
  static final AttributeKey<String> USER_AGENT = AttributeKey.stringKey("user_agent.original");

  static final AttributeKey<String> OPERATION = AttributeKey.stringKey(OWN + "operation");
  static final AttributeKey<String> UPSTREAM = AttributeKey.stringKey(OWN + "upstream");
  static final AttributeKey<String> CACHE = AttributeKey.stringKey(OWN + "cache");
  static final AttributeKey<String> RULE = AttributeKey.stringKey(OWN + "rewrite.rule");
  static final AttributeKey<String> OUTCOME = AttributeKey.stringKey(OWN + "rewrite.outcome");
  static final AttributeKey<String> TENANT = AttributeKey.stringKey(OWN + "tenant");
  static final AttributeKey<String> FLAG = AttributeKey.stringKey(OWN + "error_flag");
  static final AttributeKey<Long> UPSTREAM_REQUESTS =
      AttributeKey.longKey(OWN + "upstream_requests");
  static final AttributeKey<Boolean> CANCELLED = AttributeKey.booleanKey(OWN + "cancelled");

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

  private SpanKeys() {}

  /** Returns {@code method} if it is a known one: clients could make up any number of others. */
  static String method(String method) {
    return METHODS.contains(method) ? method : "_OTHER";
  }
}
