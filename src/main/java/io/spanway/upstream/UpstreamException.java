// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.http.ProxyError;

/**
 * A request to an upstream failed. Expected, so stackless; the message is one line for the log.
 * What a client is told names the upstream and never its address, so it is made from the error
 * alone.
 */
public final class UpstreamException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ProxyError error;

  /** Creates one. */
  public UpstreamException(ProxyError error, String detail) {
    super(detail, null, false, false);
    this.error = error;
  }

  /** Returns what went wrong. */
  public ProxyError error() {
    return error;
  }
}
