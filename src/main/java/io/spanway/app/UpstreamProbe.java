// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.channel.EventLoop;
import io.spanway.proxy.Upstreams.Backend;

/**
 * Whether one upstream is there and ready. Asked on its event loop; what was found can be read
 * anywhere.
 *
 * <p>{@code /ready} is what Loki and Tempo themselves say (503 while they start, or when a part of
 * them is missing). What stands in front of them may not pass it on, so an upstream that does not
 * know it is asked for something that every version answers without a tenant.
 */
final class UpstreamProbe {
  private static final String READY = "/ready";
  private static final int NOT_FOUND = 404;

  private final UpstreamQuestion question;
  private final String otherwise;
  private final String silent;
  private final Runnable whenUp;
  private volatile String state = "not asked yet";
  private volatile boolean up;

  /**
   * Makes a probe.
   *
   * @param otherwise what is asked for where {@code /ready} is not known
   * @param periodSeconds the time between two calls of {@link #look}
   * @param whenUp told on the loop each time that the upstream is found to be there
   */
  UpstreamProbe(
      EventLoop loop, Backend backend, String otherwise, long periodSeconds, Runnable whenUp) {
    this.question = new UpstreamQuestion(loop, backend);
    this.otherwise = otherwise;
    this.silent = "down: no answer in " + periodSeconds + " s";
    this.whenUp = whenUp;
  }

  boolean isUp() {
    return up;
  }

  String state() {
    return state;
  }

  /** Asks. A question that got no answer since the last time is given up, and counts as down. */
  void look() {
    if (question.isPending()) {
      up = false;
      state = silent;
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
    up = status > 0 && status < 500;
    state = up ? "up" : status == 0 ? "down: no connection" : "down: it answers " + status;
    if (up) {
      whenUp.run();
    }
  }
}
