// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import java.util.Locale;

/** Why a client's connection was closed before its client wanted. */
public enum CloseReason {
  /** Nothing was asked for too long. */
  IDLE,
  /** A request's head, or an HTTP/2 frame, did not come to its end in time. */
  HEAD_TIMEOUT,
  /** A request's body paused for too long. */
  BODY_TIMEOUT,
  /** The client took nothing of its answers for too long. */
  WRITE_TIMEOUT,
  /** The TLS handshake failed, took too long, or was none. */
  TLS,
  /** The client broke the rules of HTTP/2. */
  PROTOCOL,
  /** The client opened streams and reset them again, too many in too short a time. */
  RESETS,
  /** A header block came in too many frames. */
  CONTINUATION,
  /** Too many frames that ask for work and bring nothing: PING, SETTINGS, refused streams. */
  FLOOD,
  /** The client announced settings under which no answer fits. */
  SETTINGS,
  /** There are as many connections as may be. */
  LIMIT;

  private final String id = name().toLowerCase(Locale.ROOT);

  /** Returns the name for a metric, such as {@code head_timeout}. */
  public String id() {
    return id;
  }
}
