// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

/**
 * Names of the handlers on a client's connection. Inbound order; with {@code ?} what is there for a
 * time or in some cases:
 *
 * <pre>
 * tls?        TLS (a ClientHello's name first, see TlsServerHandler)
 * handshake?  until TLS stands (TlsFrontHandler)
 * preface?    until the first bytes tell the protocol (PrefaceDetector)
 *
 * HTTP/1.1
 * joiner      small buffers to one (SmallWrites)
 * decoder     bytes to HTTP objects (StrictRequestDecoder)
 * encoder     HTTP objects to bytes (ExchangeResponseEncoder)
 * exchange    HTTP objects to exchanges (Http1FrontendHandler)
 *
 * HTTP/2
 * flushes     those of all streams in a round of the event loop to one
 * frames      limits by the heads of frames (FrameWatch)
 * codec       bytes to frames
 * streams     frames to a channel for each stream, with a Http2StreamHandler
 * connection  the connection's own life (Http2FrontendHandler)
 *
 * tunnel      after an upgrade, in place of HTTP/1.1
 * </pre>
 */
final class PipelineNames {
  static final String TLS = "tls";
  static final String HANDSHAKE = "handshake";
  static final String PREFACE = "preface";
  static final String FLUSHES = "flushes";
  static final String FRAMES = "frames";
  static final String CODEC = "codec";
  static final String STREAMS = "streams";
  static final String CONNECTION = "connection";
  static final String JOINER = "joiner";
  static final String DECODER = "decoder";
  static final String ENCODER = "encoder";
  static final String EXCHANGE = "exchange";
  static final String TUNNEL = "tunnel";

  private PipelineNames() {}
}
