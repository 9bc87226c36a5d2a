// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.route.BackendKind;
import io.spanway.units.Excerpts;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Whether the upstreams let the configured tenant and credentials read, and have its data. */
final class TenantCheck implements Check {
  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    List<CheckResult> results = new ArrayList<>();
    results.add(look(examination, BackendKind.LOKI, "/loki/api/v1/labels?since=6h"));
    results.add(look(examination, BackendKind.TEMPO, "/api/search/tags"));
    return results;
  }

  private static CheckResult look(Examination examination, BackendKind upstream, String target)
      throws InterruptedException {
    String check = upstream.id() + "'s tenant";
    if (!examination.isUp(upstream)) {
      return CheckResult.skipped(check, upstream.id() + " does not answer");
    }
    UpstreamAsker.Reply reply = examination.ask(upstream, target);
    String tenant = examination.tenant(upstream);
    String name = tenant == null ? "no tenant" : "tenant " + Excerpts.quote(tenant);
    if (reply.status() == 401 || reply.status() == 403) {
      return CheckResult.fault(
          check,
          "it answers " + reply.status() + " for " + name + ": " + Examination.firstLine(reply),
          tenant == null
              ? "it needs a tenant or credentials: callers send X-Scope-OrgID or Authorization, or "
                  + upstream.id()
                  + ".tenant and "
                  + upstream.id()
                  + ".auth say them"
              : "look at " + upstream.id() + ".tenant and " + upstream.id() + ".auth");
    }
    if (reply.status() != 200) {
      return CheckResult.fault(
          check,
          "it answers "
              + (reply.status() == 0 ? "nothing" : String.valueOf(reply.status()))
              + " to "
              + target
              + " for "
              + name
              + ": "
              + (reply.status() == 0 ? reply.problem() : Examination.firstLine(reply)),
          "is this address really a " + upstream.id() + "?");
    }
    Set<String> labels = upstream == BackendKind.LOKI ? examination.labels() : null;
    if (labels != null && labels.isEmpty()) {
      return CheckResult.warning(
          check,
          "it has no logs of the last 6 hours for " + name,
          tenant == null ? "is X-Scope-OrgID missing? Set loki.tenant" : "is loki.tenant right?");
    }
    return CheckResult.ok(check, "it answers for " + name);
  }
}
