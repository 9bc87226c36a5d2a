// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.route.BackendKind;
import io.spanway.upstream.UpstreamConfig;
import java.util.ArrayList;
import java.util.List;

/** Whether the upstreams answer, and say that they are ready. */
final class ReachabilityCheck implements Check {
  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    List<CheckResult> results = new ArrayList<>();
    results.add(look(examination, BackendKind.LOKI, examination.config().loki()));
    results.add(look(examination, BackendKind.TEMPO, examination.config().tempo()));
    return results;
  }

  private static CheckResult look(
      Examination examination, BackendKind upstream, UpstreamConfig config)
      throws InterruptedException {
    String check = upstream.id() + " answers";
    String address = config.urls().get(0).toString();
    UpstreamAsker.Reply reply = examination.ask(upstream, "/ready");
    if (reply.status() == 0) {
      examination.isDown(upstream);
      return CheckResult.fault(
          check,
          "no answer at " + address + ": " + reply.problem(),
          "is " + upstream.id() + ".urls right, and does it run there?");
    }
    if (reply.status() >= 500) {
      return CheckResult.fault(
          check,
          "it is at "
              + address
              + " but not ready: "
              + reply.status()
              + " "
              + Examination.firstLine(reply),
          "wait until it has started, or look at its own log");
    }
    return CheckResult.ok(
        check, "at " + address + (reply.status() == 404 ? ", which does not know /ready" : ""));
  }
}
