// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The story of one span and its logs, told against running servers: what Grafana asks and gets from
 * Loki itself, what it gets through Spanway, and the way back from a line to its trace. Every step
 * checks what it tells, so the story is an acceptance test too.
 */
public final class DemoStory {
  /** The path of the admin listener's page that shows the example. */
  public static final String PAGE = "/ui/?trace=" + DemoData.NGINX_TRACE;

  /** One step: a title and what it does. */
  private record Step(String title, Act act) {}

  @FunctionalInterface
  private interface Act {
    void play(StoryScene scene) throws IOException, InterruptedException;
  }

  private static final List<Step> STEPS =
      List.of(
          new Step("Tempo has a span", StoryActs::findSpan),
          new Step("Grafana asks Loki for its logs", StoryActs::askLoki),
          new Step("Grafana asks Spanway the same", StoryActs::askSpanway),
          new Step("Every line leads to its trace", StoryActs::checkLinks),
          new Step("The trace comes through Spanway too", StoryActs::fetchTrace),
          new Step("A script asks by the IDs alone", StoryActs::askByIds),
          new Step("The whole trace, however its services spell the ID", StoryActs::askWholeTrace),
          new Step("The same question again comes from the cache", StoryActs::askAgain));

  private final URI spanway;
  private final URI loki;
  private final URI tempo;
  private final LongSupplier nanoClock;

  /**
   * Creates a story.
   *
   * @param spanway base URL of Spanway's data port
   * @param loki base URL of the demo's Loki, asked directly for comparison
   * @param tempo base URL of the demo's Tempo
   * @param nanoClock a clock of nanoseconds, from which the shown durations are taken
   */
  public DemoStory(URI spanway, URI loki, URI tempo, LongSupplier nanoClock) {
    this.spanway = spanway;
    this.loki = loki;
    this.tempo = tempo;
    this.nanoClock = nanoClock;
  }

  /**
   * Tells the story. Blocks the calling thread while servers answer, at most 10 s for each request.
   *
   * @return whether every step found what it should
   * @throws IOException when {@code out} cannot be written to
   * @throws InterruptedException when the thread is interrupted while it waits
   */
  public boolean tell(Appendable out) throws IOException, InterruptedException {
    var scene = new StoryScene(new StoryClient(nanoClock), spanway, loki, tempo);
    boolean isGood = true;
    int number = 1;
    for (Step step : STEPS) {
      out.append(number + ". " + step.title() + "\n");
      String failure = play(step, scene);
      for (String line : scene.takeLines()) {
        out.append("   ").append(line).append('\n');
      }
      if (failure != null) {
        out.append("   FAILED: ").append(failure).append('\n');
        isGood = false;
      }
      out.append('\n');
      number++;
    }
    return isGood;
  }

  private static @Nullable String play(Step step, StoryScene scene) throws InterruptedException {
    try {
      step.act().play(scene);
      return null;
    } catch (StoryException e) {
      return e.getMessage();
    } catch (IOException e) {
      return "no answer: " + e;
    }
  }

  /** Returns commands to try against a running demo, each with a line that says what it shows. */
  public static List<String> demoHints(URI spanway) {
    String base = StoryScene.base(spanway);
    String trace = DemoData.NGINX_TRACE;
    return List.of(
        "# the logs of one trace, in order",
        "curl -s -H 'Accept: text/plain' '" + base + "/spanway/v1/logs?traceId=" + trace + "'",
        "# which query that was, and for which window",
        "curl -s -o /dev/null -D - '" + base + "/spanway/v1/logs?traceId=" + trace + "'",
        "# lines with links to their traces",
        "curl -sG '"
            + base
            + "/loki/api/v1/query_range' --data-urlencode 'query={service_name=\"nginx\"}'",
        "# the trace itself",
        "curl -s '" + base + "/api/traces/" + trace + "'",
        "# a new line, for whoever tails or asks for {service_name=\"nginx\"}",
        "curl -s -H 'Content-Type: application/json' '"
            + base
            + "/loki/api/v1/push' -d '{\"streams\":[{\"stream\":{\"service_name\":\"nginx\"},"
            + "\"values\":[[\"'$(date +%s%N)'\",\"hello trace_id="
            + trace
            + "\"]]}]}'");
  }
}
