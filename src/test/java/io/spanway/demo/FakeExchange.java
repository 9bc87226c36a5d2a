// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.http.ResponseHead;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/** An exchange without a connection; collects the answer. */
final class FakeExchange implements ServerExchange, BodySink {
  private final RequestHead request;
  private final BodySource body;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private ResponseHead response;
  private ChannelHandler tunnel;
  private boolean ended;

  private FakeExchange(String method, String target, String body, String... headers) {
    HttpHeaders all = new DefaultHttpHeaders();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    try {
      this.request = new RequestHead(method, RequestTarget.parse(target), all);
    } catch (BadTargetException e) {
      throw new IllegalArgumentException(e);
    }
    this.body = Bodies.of(body.getBytes(StandardCharsets.UTF_8));
  }

  static FakeExchange get(RequestHandler handler, String target, String... headers) {
    return send(handler, "GET", target, "", headers);
  }

  static FakeExchange send(
      RequestHandler handler, String method, String target, String body, String... headers) {
    var exchange = new FakeExchange(method, target, body, headers);
    handler.handle(exchange);
    return exchange;
  }

  int status() {
    return response.status();
  }

  String header(String name) {
    return response.headers().get(name);
  }

  byte[] bytes() {
    if (!ended) {
      throw new IllegalStateException("the body has not ended");
    }
    return received.toByteArray();
  }

  String body() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  ChannelHandler tunnel() {
    return tunnel;
  }

  @Override
  public RequestHead request() {
    return request;
  }

  @Override
  public BodySource requestBody() {
    return body;
  }

  @Override
  public EventLoop eventLoop() {
    return new EmbeddedChannel().eventLoop();
  }

  @Override
  public SocketAddress remoteAddress() {
    return InetSocketAddress.createUnresolved("localhost", 1);
  }

  @Override
  public @Nullable X509Certificate clientCertificate() {
    return null;
  }

  @Override
  public boolean isHttp2() {
    return false;
  }

  @Override
  public boolean isSecure() {
    return false;
  }

  @Override
  public void respond(ResponseHead head, BodySource source) {
    response = head;
    source.start(this);
  }

  @Override
  public void upgrade(ResponseHead head, ChannelHandler handler) {
    response = head;
    tunnel = handler;
  }

  @Override
  public void abort() {
    throw new AssertionError("aborted");
  }

  @Override
  public void onClose(ExchangeEnd task) {
    task.closed(true);
  }

  @Override
  public void write(ByteBuf chunk) {
    try {
      chunk.readBytes(received, chunk.readableBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      chunk.release();
    }
  }

  @Override
  public void flush() {}

  @Override
  public void end(HttpHeaders trailers) {
    ended = true;
  }

  @Override
  public void fail(Throwable cause) {
    throw new AssertionError(cause);
  }

  @Override
  public boolean isWritable() {
    return true;
  }
}
