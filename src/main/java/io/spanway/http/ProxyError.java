// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import java.util.Locale;

/**
 * What can go wrong with a request, each with the status that the client gets, a two- or
 * three-letter flag that makes logs searchable, and whether another attempt may help. Names follow
 * RFC 9209 section 2.3 where it has one.
 */
public enum ProxyError {
  /** The request could not be read as HTTP. */
  HTTP_REQUEST_ERROR(400, "CR", Retry.NEVER),
  /** The query asks for more than the configuration allows. */
  QUERY_LIMIT_EXCEEDED(400, "CL", Retry.NEVER),
  /** It is not certain who asks, or nobody whom Spanway lets in. */
  HTTP_REQUEST_UNAUTHENTICATED(401, "CA", Retry.NEVER),
  /** The path is one that nobody may ask for through Spanway, or not this caller. */
  HTTP_REQUEST_DENIED(403, "CD", Retry.NEVER),
  /** Nothing is served at the path. */
  DESTINATION_NOT_FOUND(404, "CN", Retry.NEVER),
  /** The client stopped sending its request. */
  HTTP_REQUEST_TIMEOUT(408, "CT", Retry.NEVER),
  /** The request's body is larger than allowed. */
  HTTP_REQUEST_TOO_LARGE(413, "CB", Retry.NEVER),
  /** The body is not of the kind that is taken there. */
  UNSUPPORTED_MEDIA_TYPE(415, "CM", Retry.NEVER),
  /** The request line is longer than allowed. */
  HTTP_TARGET_TOO_LONG(414, "CU", Retry.NEVER),
  /** The request asks for an expectation that Spanway does not know. */
  EXPECTATION_FAILED(417, "CE", Retry.NEVER),
  /** The request is understood and cannot be answered with what the data holds. */
  UNPROCESSABLE(422, "CP", Retry.NEVER),
  /** The caller has asked for more, or more often, than one caller may. */
  CALLER_LIMIT_REACHED(429, "CO", Retry.SAFE),
  /** The request's head is larger than allowed. */
  HTTP_REQUEST_HEAD_TOO_LARGE(431, "CH", Retry.NEVER),
  /** The client went away before its answer was complete; nobody sees the status. */
  CLIENT_GONE(499, "DC", Retry.NEVER),
  /** A fault in Spanway itself. */
  PROXY_INTERNAL_ERROR(500, "GE", Retry.NEVER),
  /** What was asked for needs a protocol that the upstream does not speak. */
  NOT_IMPLEMENTED(501, "GN", Retry.NEVER),
  /** The upstream's host name did not resolve. */
  DNS_ERROR(502, "UD", Retry.SAFE),
  /** The upstream refused the connection. */
  CONNECTION_REFUSED(502, "UF", Retry.SAFE),
  /** There is no way to the upstream's address. */
  DESTINATION_IP_UNROUTABLE(502, "UH", Retry.SAFE),
  /** The upstream's certificate is not one that Spanway may trust. */
  TLS_CERTIFICATE_ERROR(502, "UK", Retry.SAFE),
  /** The connection's TLS cannot be agreed on, or is none. */
  TLS_PROTOCOL_ERROR(502, "US", Retry.SAFE),
  /** The upstream refused Spanway in the words of TLS. */
  TLS_ALERT_RECEIVED(502, "UA", Retry.SAFE),
  /** The upstream closed the connection before its answer began. */
  CONNECTION_TERMINATED(502, "UR", Retry.READS),
  /** The upstream's answer is not HTTP. */
  HTTP_PROTOCOL_ERROR(502, "UP", Retry.NEVER),
  /** The upstream broke off in the middle of its answer. */
  HTTP_RESPONSE_INCOMPLETE(502, "UI", Retry.NEVER),
  /** The upstream's answer cannot be understood where Spanway has to. */
  HTTP_RESPONSE_UNREADABLE(502, "UX", Retry.NEVER),
  /** The upstream's answer is larger than Spanway may hold. */
  HTTP_RESPONSE_TOO_LARGE(502, "UB", Retry.NEVER),
  /** The request needs a version of HTTP that it did not come by. */
  HTTP_VERSION_NOT_SUPPORTED(505, "CV", Retry.NEVER),
  /** The request came from Spanway itself. */
  PROXY_LOOP_DETECTED(508, "GL", Retry.NEVER),
  /** All connections that the configuration allows are taken. */
  CONNECTION_LIMIT_REACHED(503, "UO", Retry.SAFE),
  /** Spanway has more to do than may wait. */
  OVERLOADED(503, "GO", Retry.SAFE),
  /** The connection to the upstream took too long. */
  CONNECTION_TIMEOUT(504, "UC", Retry.SAFE),
  /** The time that the client had set for the call has passed. */
  DEADLINE_EXCEEDED(504, "GD", Retry.NEVER),
  /** The upstream's answer did not begin in time. */
  HTTP_RESPONSE_TIMEOUT(504, "UT", Retry.NEVER),
  /** The upstream's answer paused for too long in its middle. */
  CONNECTION_READ_TIMEOUT(504, "UN", Retry.NEVER);

  /** Whether the same request may be sent again. */
  public enum Retry {
    /** Never. */
    NEVER,
    /** Yes, if it only reads. */
    READS,
    /** Yes: it did not reach the upstream. */
    SAFE
  }

  private final int status;
  private final String flag;
  private final Retry retry;
  private final String id;

  ProxyError(int status, String flag, Retry retry) {
    this.status = status;
    this.flag = flag;
    this.retry = retry;
    this.id = name().toLowerCase(Locale.ROOT);
  }

  /** Returns the status that the client gets. */
  public int status() {
    return status;
  }

  /** Returns the flag for the access log and metrics, such as {@code UF}. */
  public String flag() {
    return flag;
  }

  /** Returns whether another attempt may be made. */
  public Retry retry() {
    return retry;
  }

  /** Returns the name as RFC 9209 writes it, such as {@code connection_refused}. */
  public String id() {
    return id;
  }
}
