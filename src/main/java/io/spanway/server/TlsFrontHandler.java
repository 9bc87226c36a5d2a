// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Waits for TLS to stand, goes on with the protocol that was agreed on, and goes. */
final class TlsFrontHandler extends ChannelInboundHandlerAdapter {
  /** Many times what clients send; more would be held for each connection. */
  private static final int LARGEST_HELLO = 16 * 1024;

  private final Frontend frontend;

  private TlsFrontHandler(Frontend frontend) {
    this.frontend = frontend;
  }

  /** Puts TLS in front of all that {@code pipeline} has. */
  static void addTo(ChannelPipeline pipeline, Frontend frontend, ServerTls tls) {
    long timeout = frontend.limits().headTimeout().toMillis();
    frontend.client().secured();
    pipeline.addFirst(PipelineNames.HANDSHAKE, new TlsFrontHandler(frontend));
    pipeline.addFirst(
        PipelineNames.TLS,
        new SniHandler(tls.contexts(), LARGEST_HELLO, timeout) {
          @Override
          protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
            SslHandler handler = super.newSslHandler(context, allocator);
            handler.setHandshakeTimeoutMillis(timeout);
            return handler;
          }
        });
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        if (tls != null) {
          noteCertificate(tls.engine().getSession());
        }
        if (tls != null && ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol())) {
          Http2FrontendHandler.takeOver(ctx.pipeline(), frontend);
        }
        ctx.pipeline().remove(this);
      } else {
        frontend.client().closing(CloseReason.TLS);
        ctx.close();
      }
    }
    if (event instanceof SniCompletionEvent hello && !hello.isSuccess()) {
      // A hello that does not come to its end is told of by this alone.
      frontend.client().closing(CloseReason.TLS);
    }
    ctx.fireUserEventTriggered(event);
  }

  /** Once for the connection; requests find it there. */
  private void noteCertificate(SSLSession session) {
    try {
      if (session.getPeerCertificates()[0] instanceof X509Certificate shown) {
        frontend.client().proved(shown);
      }
    } catch (SSLPeerUnverifiedException e) {
      // The client was not asked for one, or has none.
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // No TLS at all, or broken before it stood.
    frontend.client().closing(CloseReason.TLS);
    ctx.close();
  }
}
