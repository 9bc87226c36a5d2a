// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.channel.EventLoop;
import io.spanway.proxy.Upstreams.Backend;
import io.spanway.upstream.Replica;

/**
 * Whether one replica of an upstream is there and ready; it is told so, and gets calls by it. Asked
 * on its event loop; what was found can be read anywhere.
 *
 * <p>{@code /ready} is what Loki and Tempo themselves say (503 while they start, or when a part of
 * them is missing). What stands in front of them may not pass it on, so an upstream that does not
 * know it is asked for something that every version answers without a tenant.
 */
final class ReplicaProbe {
  private static final String READY = "/ready";
  private static final int NOT_FOUND = 404;

  private final UpstreamQuestion question;
  private final Replica replica;
  private final String otherwise;
  private final String silent;
  private final Runnable whenUp;
  private volatile String state = "not asked yet";
  private volatile boolean asked;
  private volatile boolean up;

  ReplicaProbe(
      EventLoop loop,
      Backend backend,
      Replica replica,
      String otherwise,
      String silent,
      Runnable whenUp) {
    this.question = new UpstreamQuestion(loop, backend, replica);
    this.replica = replica;
    this.otherwise = otherwise;
    this.silent = silent;
    this.whenUp = whenUp;
  }

  boolean isUp() {
    return up;
  }

  /** Says whether it gets calls while there are others. */
  boolean isHealthy() {
    return replica.isHealthy();
  }

  /** Says whether there was an answer, or none in time. */
  boolean isAsked() {
    return asked;
  }

  String state() {
    return state;
  }

  String name() {
    return replica.name();
  }

  void giveUp() {
    question.giveUp();
  }

  void look() {
    if (question.isPending()) {
      found(false, silent);
    }
    question.ask(
        READY,
        (status, body) -> {
          if (status == NOT_FOUND) {
            question.ask(otherwise, (second, ignored) -> answered(second));
          } else {
            answered(status);
          }
        });
  }

  private void answered(int status) {
    // Who asks for credentials, or knows neither path, is there all the same.
    boolean there = status > 0 && status < 500;
    found(there, there ? "up" : status == 0 ? "down: no connection" : "down: it answers " + status);
    if (there) {
      whenUp.run();
    }
  }

  private void found(boolean there, String text) {
    state = text;
    up = there;
    asked = true;
    replica.probed(there);
  }
}
