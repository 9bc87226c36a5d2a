// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

/**
 * Names of the handlers on a client's connection. Inbound order:
 *
 * <pre>
 * decoder   bytes to HTTP objects (StrictRequestDecoder)
 * encoder   HTTP objects to bytes (ExchangeResponseEncoder)
 * exchange  HTTP objects to exchanges (Http1FrontendHandler)
 * tunnel    after an upgrade, in place of all of the above
 * </pre>
 */
final class PipelineNames {
  static final String DECODER = "decoder";
  static final String ENCODER = "encoder";
  static final String EXCHANGE = "exchange";
  static final String TUNNEL = "tunnel";

  private PipelineNames() {}
}
