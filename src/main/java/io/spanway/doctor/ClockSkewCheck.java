// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.route.BackendKind;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether the clocks agree: windows without an end, and what is fresh, depend on them. */
final class ClockSkewCheck implements Check {
  /** A Date has whole seconds, and the answer took some time. */
  private static final long TOLERATED_SECONDS = 3;

  private static final long BAD_SECONDS = 30;

  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    List<CheckResult> results = new ArrayList<>();
    for (BackendKind upstream : List.of(BackendKind.LOKI, BackendKind.TEMPO)) {
      String check = upstream.id() + "'s clock";
      if (examination.isUp(upstream)) {
        String date = examination.ask(upstream, "/ready").date();
        results.add(judge(check, date, examination.now()));
      } else {
        results.add(CheckResult.skipped(check, upstream.id() + " does not answer"));
      }
    }
    return results;
  }

  static CheckResult judge(String check, @Nullable String date, Instant now) {
    Instant theirs;
    try {
      theirs = date == null ? null : Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date));
    } catch (DateTimeException e) {
      theirs = null;
    }
    if (theirs == null) {
      return CheckResult.skipped(check, "its answers have no Date");
    }
    long seconds = Duration.between(now, theirs).toSeconds();
    long distance = Math.abs(seconds);
    if (distance <= TOLERATED_SECONDS) {
      return CheckResult.ok(check, "agrees with this machine's");
    }
    String found = distance + " s " + (seconds > 0 ? "ahead of" : "behind") + " this machine's";
    String remedy = "let both machines take their time from the same source (NTP)";
    return distance < BAD_SECONDS
        ? CheckResult.warning(check, found, remedy)
        : CheckResult.fault(check, found, remedy);
  }
}
