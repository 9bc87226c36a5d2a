// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.config.GatewayConfig;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Examines a configuration: every check in turn, on the calling thread. */
public final class Doctor {
  private static final List<Check> CHECKS =
      List.of(
          new ReachabilityCheck(),
          new TlsCheck(),
          new VersionCheck(),
          new TenantCheck(),
          new ClockSkewCheck(),
          new GrpcCheck(),
          new RedisCheck(),
          new LabelsCheck(),
          new DerivedFieldsCheck(),
          new TagsCheck(),
          new DryRunCheck());

  private Doctor() {}

  /**
   * Examines. Asks the upstreams some twenty things and changes nothing.
   *
   * @param config a configuration that its loader found good
   * @throws InterruptedException when the thread is interrupted while an upstream is waited for
   */
  public static DoctorReport examine(GatewayConfig config, UpstreamAsker asker, InstantSource clock)
      throws InterruptedException {
    Examination examination = new Examination(config, asker, clock);
    List<CheckResult> results = new ArrayList<>();
    for (Check check : CHECKS) {
      results.addAll(check.run(examination));
    }
    return new DoctorReport(results, TagMatrix.of(examination));
  }
}
