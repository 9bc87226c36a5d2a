// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

/** What a client's connection speaks. */
public enum ClientProtocol {
  /** HTTP/1.1, which also stands for a connection that has not shown yet what it speaks. */
  HTTP1("http1"),
  /** HTTP/2. */
  H2("h2"),
  /** What came after an upgrade: WebSocket. */
  TUNNEL("tunnel");

  private final String id;

  ClientProtocol(String id) {
    this.id = id;
  }

  /** Returns the name for a metric. */
  public String id() {
    return id;
  }
}
