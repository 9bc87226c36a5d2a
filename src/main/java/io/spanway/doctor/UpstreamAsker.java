// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.http.GrpcStatus;
import io.spanway.route.BackendKind;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks upstreams in the way in which the gateway asks them. */
public interface UpstreamAsker {
  /**
   * An answer, or why there is none.
   *
   * @param status its status; 0 when there is none
   * @param body its body; empty when it did not come whole
   * @param date its {@code Date}, null without one
   * @param problem why there is no answer, empty when there is one
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Reply(int status, byte[] body, @Nullable String date, String problem) {}

  /**
   * How a gRPC call ended.
   *
   * @param status its status, null when the answer was none of gRPC
   * @param message what came with it, or what came instead
   */
  record GrpcReply(@Nullable GrpcStatus status, String message) {}

  /**
   * What a server shows when it is connected to by TLS, whether or not it is to be trusted.
   *
   * @param chain its certificates, its own first; empty when none came
   * @param problem why none came, empty when they did
   */
  record TlsReply(List<X509Certificate> chain, String problem) {
    /** Copies the list. */
    public TlsReply {
      chain = List.copyOf(chain);
    }
  }

  /**
   * Asks with GET, and waits for the answer.
   *
   * @param target path and query
   * @throws InterruptedException when the thread is interrupted while it waits
   */
  Reply ask(BackendKind upstream, String target, String accept) throws InterruptedException;

  /**
   * Calls Tempo by gRPC, where the gateway would, and waits for the end.
   *
   * @param method the path
   * @param message the one message that is sent, with its prefix
   * @throws InterruptedException when the thread is interrupted while it waits
   */
  GrpcReply call(String method, byte[] message) throws InterruptedException;

  /**
   * Connects to a server by TLS, takes its certificates and hangs up.
   *
   * @param name the name that it is asked for by
   */
  TlsReply handshake(String host, int port, String name);

  /**
   * What the cache that replicas share says.
   *
   * @param took the time of a round trip, null when there was none
   * @param problem why there was none, empty when there was
   */
  record RedisReply(@Nullable Duration took, String problem) {}

  /**
   * Asks the cache that replicas share, and waits for the answer.
   *
   * @return null when none is configured
   * @throws InterruptedException when the thread is interrupted while it waits
   */
  @Nullable RedisReply redis() throws InterruptedException;

  /** Returns in whose name an upstream is asked, null for nobody's. */
  @Nullable String tenant(BackendKind upstream);
}
