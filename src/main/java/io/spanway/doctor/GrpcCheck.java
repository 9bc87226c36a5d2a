// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.http.GrpcStatus;
import io.spanway.route.BackendKind;
import io.spanway.upstream.UpstreamConfig;
import java.util.List;

/**
 * Whether Tempo answers gRPC, by which Grafana streams searches. No fault where it does not:
 * streaming is off unless somebody switches it on.
 */
final class GrpcCheck implements Check {
  private static final String CHECK = "tempo's gRPC";
  private static final String SEARCH = "/tempopb.StreamingQuerier/Search";

  /** A SearchRequest with limit 1 and the query {}: what Grafana tests a data source with. */
  private static final byte[] MESSAGE = {0, 0, 0, 0, 6, 4 << 3, 1, (8 << 3) | 2, 2, '{', '}'};

  private static final String OFF =
      ", or leave streaming off in Grafana's Tempo data source (streamingEnabled)";

  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    if (!examination.isUp(BackendKind.TEMPO)) {
      return List.of(CheckResult.skipped(CHECK, "tempo does not answer"));
    }
    UpstreamConfig tempo = examination.config().tempo();
    boolean own = !tempo.grpcUrls().isEmpty();
    String address = (own ? tempo.grpcUrls() : tempo.urls()).get(0).toString();
    return List.of(judge(address, own, examination.call(SEARCH, MESSAGE)));
  }

  static CheckResult judge(String address, boolean own, UpstreamAsker.GrpcReply reply) {
    GrpcStatus status = reply.status();
    if (status == null) {
      return CheckResult.warning(
          CHECK,
          "no gRPC at " + address + ": " + reply.message(),
          (own
                  ? "is tempo.grpcUrls right?"
                  : "set stream_over_http_enabled: true in Tempo, or name its gRPC port in"
                      + " tempo.grpcUrls")
              + OFF);
    }
    String found =
        "it answers at "
            + address
            + " with status "
            + status.code()
            + " "
            + status.name()
            + (reply.message().isEmpty() ? "" : ": " + reply.message());
    return switch (status) {
      case OK -> CheckResult.ok(CHECK, "it streams searches at " + address);
      case UNIMPLEMENTED ->
          CheckResult.warning(
              CHECK,
              found,
              "Tempo 2.2 or later streams searches; is this its query-frontend?" + OFF);
      case UNAUTHENTICATED, PERMISSION_DENIED ->
          CheckResult.fault(CHECK, found, "look at tempo.tenant and tempo.auth");
      default -> CheckResult.warning(CHECK, found, "look at Tempo's own log" + OFF);
    };
  }
}
