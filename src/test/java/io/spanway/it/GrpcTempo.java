// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A Tempo that speaks gRPC and nothing else: grpc-java's own server, with messages of bytes. */
final class GrpcTempo implements AutoCloseable {
  static final int MAX_MESSAGE = 64 << 20;

  private static final String SERVICE = "tempopb.StreamingQuerier/";
  private static final Context.Key<Metadata> HEADERS = Context.key("headers");

  /** A call as the server sees it. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Call(
      String method,
      Metadata headers,
      @Nullable Deadline deadline,
      byte[] request,
      ServerCallStreamObserver<byte[]> out,
      Semaphore ready,
      CountDownLatch cancelled) {
    String header(String name) {
      return headers.get(ascii(name));
    }
  }

  /** What happens to a call, on a thread of its own. */
  @FunctionalInterface
  interface Script {
    void serve(Call call) throws Exception;
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final List<Throwable> mistakes = new CopyOnWriteArrayList<>();
  private final Server server;
  private final String scheme;
  private volatile Metadata initial = new Metadata();
  private volatile Metadata trailing = new Metadata();
  private volatile Script script =
      call -> {
        call.out().onNext(call.request());
        call.out().onCompleted();
      };

  /**
   * Starts one.
   *
   * @param certificate a chain in PEM, null for clear text
   */
  GrpcTempo(@Nullable File certificate, @Nullable File key) throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .executor(threads)
            .maxInboundMessageSize(MAX_MESSAGE)
            .fallbackHandlerRegistry(new AnyMethod())
            .intercept(new Noting());
    if (certificate != null) {
      builder.useTransportSecurity(certificate, key);
    }
    scheme = certificate == null ? "http" : "https";
    server = builder.build().start();
  }

  void script(Script next) {
    script = next;
  }

  /** Sets what is sent before the first message, and with the status. */
  void metadata(Metadata before, Metadata after) {
    initial = before;
    trailing = after;
  }

  List<Call> calls() {
    return List.copyOf(calls);
  }

  Call call() {
    List<Call> all = calls();
    if (all.size() != 1) {
      throw new AssertionError("came: " + all);
    }
    return all.get(0);
  }

  List<Throwable> mistakes() {
    return List.copyOf(mistakes);
  }

  URI uri() {
    return URI.create(scheme + "://127.0.0.1:" + server.getPort());
  }

  @Override
  public void close() {
    server.shutdownNow();
    threads.shutdownNow();
    try {
      server.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  static Metadata.Key<byte[]> binary(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }

  static MethodDescriptor<byte[], byte[]> method(String name) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
        .setFullMethodName(name)
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  private void serve(byte[] request, ServerCallStreamObserver<byte[]> out, String method) {
    CountDownLatch cancelled = new CountDownLatch(1);
    Semaphore ready = new Semaphore(0);
    out.setOnCancelHandler(cancelled::countDown);
    out.setOnReadyHandler(ready::release);
    Call call =
        new Call(
            method, HEADERS.get(), Context.current().getDeadline(), request, out, ready, cancelled);
    calls.add(call);
    threads.execute(
        () -> {
          try {
            script.serve(call);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (Exception | AssertionError e) {
            mistakes.add(e);
          }
        });
  }

  private final class AnyMethod extends HandlerRegistry {
    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
        String name, @Nullable String authority) {
      return name.startsWith(SERVICE)
          ? ServerMethodDefinition.create(
              method(name),
              ServerCalls.asyncServerStreamingCall(
                  (request, out) -> serve(request, (ServerCallStreamObserver<byte[]>) out, name)))
          : null;
    }
  }

  private final class Noting implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      ServerCall<A, B> adding =
          new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata before) {
              before.merge(initial);
              super.sendHeaders(before);
            }

            @Override
            public void close(Status status, Metadata after) {
              after.merge(trailing);
              super.close(status, after);
            }
          };
      return Contexts.interceptCall(
          Context.current().withValue(HEADERS, headers), adding, headers, next);
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
