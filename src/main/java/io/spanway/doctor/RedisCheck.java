// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.doctor.UpstreamAsker.RedisReply;
import io.spanway.units.DurationText;
import java.time.Duration;
import java.util.List;

/** Whether the cache that replicas share answers, and soon enough to be used. */
final class RedisCheck implements Check {
  private static final String CHECK = "redis";

  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    RedisReply reply = examination.redis();
    return reply == null
        ? List.of()
        : List.of(judge(reply, examination.config().cache().redis().timeout()));
  }

  static CheckResult judge(RedisReply reply, Duration timeout) {
    Duration took = reply.took();
    if (took == null) {
      return CheckResult.fault(
          CHECK,
          "no answer: " + reply.problem(),
          "look at cache.redis.url, its user and password, and the network between; answers go on"
              + " without it, each replica with its own cache");
    }
    // Less than a millisecond says nothing that a person needs.
    Duration shown = Duration.ofMillis(Math.max(1, took.toMillis()));
    String found = "it answers in " + DurationText.format(shown);
    return took.compareTo(timeout) > 0
        ? CheckResult.warning(
            CHECK,
            found + ", and is waited for " + DurationText.format(timeout),
            "raise cache.redis.timeout, or bring it nearer: slow looks count as misses")
        : CheckResult.ok(CHECK, found);
  }
}
