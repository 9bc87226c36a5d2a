// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import io.spanway.identity.Access;
import io.spanway.identity.Authenticator;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.identity.Refusal;
import io.spanway.identity.Verdict;
import io.spanway.route.Operation;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Lets in who may: finds out who calls, off the event loop where that takes time, and whether they
 * may do what they ask for. Thread-safe.
 */
public final class Gatekeeper {
  private final IdentityConfig config;
  private final @Nullable Authenticator authenticator;
  private final Executor executor;

  /** The same for all, so that its fingerprint is made once. */
  private final Caller anonymous;

  /**
   * Creates one.
   *
   * @param authenticator null where nobody has to prove who they are
   * @param executor looks at credentials
   */
  public Gatekeeper(
      IdentityConfig config, @Nullable Authenticator authenticator, Executor executor) {
    this.config = config;
    this.authenticator = authenticator;
    this.executor = executor;
    this.anonymous = Caller.anonymous(config);
  }

  /** Returns who asks before anything is proved: nobody where proof is asked for. */
  Caller claimed(RequestHead head) {
    if (authenticator != null) {
      return Caller.unknown();
    }
    return anonymous.isNamedIn(head) ? Caller.of(head, config) : anonymous;
  }

  /** Runs {@code then} on the exchange's event loop if its caller may go on; answers otherwise. */
  void admit(Exchange exchange, Runnable then) {
    Authenticator asked = authenticator;
    if (asked == null) {
      then.run();
      return;
    }
    RequestHead head = exchange.request();
    String address = exchange.clientAddress();
    X509Certificate certificate = exchange.server().clientCertificate();
    Verdict known = asked.recognize(head, address, certificate);
    if (known != null) {
      decide(exchange, asked, known, then);
      return;
    }
    exchange.offLoop(
        executor,
        () -> {
          Verdict found = asked.verify(head, address, certificate);
          exchange.onLoop(() -> decide(exchange, asked, found, then));
        });
  }

  private static void decide(
      Exchange exchange, Authenticator authenticator, Verdict verdict, Runnable then) {
    if (exchange.isOver()) {
      return;
    }
    if (verdict instanceof Verdict.Admitted admitted) {
      Caller caller = admitted.caller();
      exchange.identified(caller);
      if (caller.may(needed(exchange.operation(), exchange.request().method()))) {
        then.run();
      } else {
        refuse(exchange, Refusal.FORBIDDEN);
      }
      return;
    }
    Verdict.Refused refused = (Verdict.Refused) verdict;
    if (refused.why().status() == 401) {
      exchange.note(HttpHeaderNames.WWW_AUTHENTICATE, authenticator.challenge());
    }
    if (refused.retryAfterSeconds() > 0) {
      exchange.note(HttpHeaderNames.RETRY_AFTER, Long.toString(refused.retryAfterSeconds()));
    }
    refuse(exchange, refused.why());
  }

  private static void refuse(Exchange exchange, Refusal why) {
    exchange.listener().authRefused(why.id());
    ProxyError error =
        why.status() == 403
            ? ProxyError.HTTP_REQUEST_DENIED
            : ProxyError.HTTP_REQUEST_UNAUTHENTICATED;
    exchange.reject(why.status(), error, why.message());
  }

  /** Returns what a caller must be allowed for an operation by a method. */
  static Access needed(Operation operation, String method) {
    return switch (operation) {
      case LOKI_RULES -> Access.RULES;
      case LOKI_DELETE, LOKI_ADMIN, TEMPO_ADMIN, TEMPO_OVERRIDES -> Access.ADMIN;
      case LOKI_TAIL, TEMPO_MCP, TEMPO_GRPC_SEARCH, TEMPO_GRPC_TAGS, TEMPO_GRPC_METRICS ->
          Access.READ;
      // Any other gRPC method may be one that pushes.
      default ->
          operation.reads(method) || operation == Operation.UNKNOWN ? Access.READ : Access.WRITE;
    };
  }
}
