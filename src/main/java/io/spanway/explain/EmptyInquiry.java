// SPDX-License-Identifier: Apache-2.0
package io.spanway.explain;

import io.spanway.correlate.NearestName;
import io.spanway.correlate.SpanLogs;
import io.spanway.http.QueryParameters;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogqlWriter;
import io.spanway.model.TimeRange;
import io.spanway.route.Operation;
import io.spanway.units.Excerpts;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds the most likely reason why a correlated query found nothing. It says what to ask Loki, at
 * most four things one after the other, and concludes from the answers; asking is the caller's.
 * Whatever cannot be had leaves the reason unknown: a guess would send people the wrong way. Not
 * thread-safe.
 */
public final class EmptyInquiry {
  private static final long HOUR_NS = 3_600_000_000_000L;
  private static final int MAX_VALUE_LOOKUPS = 2;
  private static final int MAX_SHOWN = 300;

  private final SpanLogs asked;
  private final @Nullable String tenant;
  private final TimeRange around;
  private final List<LabelMatcher> matchers;
  private final String selector;
  private final Deque<Step> steps = new ArrayDeque<>();
  private @Nullable String reason;

  /**
   * One thing to ask Loki.
   *
   * @param operation what it is
   * @param path its path
   * @param parameters its parameters
   */
  public record Ask(Operation operation, String path, QueryParameters parameters) {}

  private interface Conclusion {
    void from(byte[] body);
  }

  private record Step(Ask ask, Conclusion conclusion) {}

  /**
   * Begins one.
   *
   * @param asked what found nothing
   * @param tenant in whose name it was asked, null for nobody's
   */
  public EmptyInquiry(SpanLogs asked, @Nullable String tenant) {
    this.asked = asked;
    this.tenant = tenant;
    this.around = hoursAround(asked.window());
    this.matchers = LabelCheck.matchers(asked.queries().get(0).texts().get(0));
    this.selector = matchers.isEmpty() ? "" : LogqlWriter.selector(matchers);
    if (!matchers.isEmpty()) {
      steps.add(
          new Step(
              new Ask(Operation.LOKI_LABELS, "/loki/api/v1/labels", window(around)),
              this::concludeFromLabels));
    }
  }

  /** Returns whole hours around a window, so that the questions of an hour are the same. */
  public static TimeRange hoursAround(TimeRange window) {
    long start = Math.floorDiv(window.startNs(), HOUR_NS) * HOUR_NS;
    return new TimeRange(start, (Math.floorDiv(window.endNs(), HOUR_NS) + 1) * HOUR_NS);
  }

  /** Returns what to ask next; null when there is nothing more to ask. */
  public @Nullable Ask next() {
    Step step = reason == null ? steps.peek() : null;
    return step == null ? null : step.ask();
  }

  /** Takes the answer to {@link #next}. Any status but 200 ends the inquiry. */
  public void answered(int status, byte[] body) {
    Step step = steps.remove();
    if (status == 200) {
      step.conclusion().from(body);
    } else {
      steps.clear();
    }
  }

  /** Returns the reason, one sentence; null while it is not known. */
  public @Nullable String reason() {
    return reason;
  }

  private void concludeFromLabels(byte[] body) {
    Set<String> known = LokiLabelNames.read(body);
    if (known == null) {
      return;
    }
    if (known.isEmpty()) {
      steps.add(
          new Step(
              new Ask(
                  Operation.LOKI_LABELS, "/loki/api/v1/labels", QueryParameters.of("since", "6h")),
              this::concludeFromNewerLabels));
      return;
    }
    for (LabelMatcher matcher : matchers) {
      if (!known.contains(matcher.name()) && !matcher.matches(null)) {
        reason =
            "no lines: Loki has no label "
                + matcher.name()
                + " around that time"
                + nearest(NearestName.of(matcher.name(), known));
        return;
      }
    }
    askValues();
    steps.add(
        new Step(
            new Ask(
                Operation.LOKI_INDEX_STATS,
                "/loki/api/v1/index/stats",
                window(asked.window()).with("query", selector)),
            this::concludeFromStats));
  }

  private void concludeFromNewerLabels(byte[] body) {
    Set<String> newer = LokiLabelNames.read(body);
    if (newer == null) {
      return;
    }
    String time = Instant.ofEpochSecond(Math.floorDiv(around.startNs(), 1_000_000_000L)).toString();
    if (!newer.isEmpty()) {
      reason =
          "no lines: Loki has nothing at all around "
              + time
              + ", but has logs of the last 6 hours: the window is probably outside its retention";
    } else if (tenant == null) {
      reason =
          "no lines: Loki has nothing at all around "
              + time
              + " or in the last 6 hours for a request without a tenant: is X-Scope-OrgID missing?";
    } else {
      reason =
          "no lines: Loki has nothing at all around "
              + time
              + " or in the last 6 hours for tenant "
              + Excerpts.quote(tenant)
              + ": is it the right one?";
    }
  }

  private void askValues() {
    int lookUps = 0;
    for (LabelMatcher matcher : matchers) {
      if (!matcher.op().isNegative() && !matcher.matches(null) && lookUps < MAX_VALUE_LOOKUPS) {
        lookUps++;
        steps.add(
            new Step(
                new Ask(
                    Operation.LOKI_LABEL_VALUES,
                    "/loki/api/v1/label/" + matcher.name() + "/values",
                    window(around)),
                body -> concludeFromValues(matcher, body)));
      }
    }
  }

  private void concludeFromValues(LabelMatcher matcher, byte[] body) {
    Set<String> values = LokiLabelNames.read(body);
    if (values == null || values.stream().anyMatch(matcher::matches)) {
      return;
    }
    String nearest = matcher.op().isRegex() ? null : NearestName.of(matcher.value(), values);
    reason =
        "no lines: label "
            + matcher.name()
            + " has no value "
            + (matcher.op().isRegex() ? "like " : "")
            + Excerpts.quote(matcher.value())
            + " around that time"
            + nearest(nearest == null ? null : Excerpts.quote(nearest));
  }

  private void concludeFromStats(byte[] body) {
    long streams;
    long entries;
    try {
      JsonNode stats = JsonMapper.shared().readTree(new String(body, StandardCharsets.UTF_8));
      streams = stats.path("streams").asLong(-1);
      entries = stats.path("entries").asLong(-1);
    } catch (JacksonException e) {
      return;
    }
    if (streams < 0 || entries < 0) {
      return;
    }
    if (streams == 0 || entries == 0) {
      reason =
          matchers.size() > 1
              ? "no lines: no stream with all of "
                  + shown()
                  + " has lines in the window, though each of the labels exists around that time"
              : "no lines: "
                  + shown()
                  + " has no lines in the window, though the label exists around that time";
      return;
    }
    List<String> whose = new ArrayList<>();
    if (asked.filteredByTrace()) {
      whose.add("trace's ID");
    }
    if (asked.filteredBySpan()) {
      whose.add("span's ID");
    }
    if (!whose.isEmpty()) {
      reason =
          "no lines: "
              + shown()
              + " has lines in the window, but none carries the "
              + String.join(" and the ", whose)
              + ", neither in its text nor in a field of idFields";
    }
  }

  private String shown() {
    return selector.length() <= MAX_SHOWN ? selector : selector.substring(0, MAX_SHOWN) + "…";
  }

  private static String nearest(@Nullable String name) {
    return name == null ? "" : " (nearest: " + name + ")";
  }

  private static QueryParameters window(TimeRange range) {
    return QueryParameters.of(
        "start", Long.toString(range.startNs()), "end", Long.toString(range.endNs()));
  }
}
