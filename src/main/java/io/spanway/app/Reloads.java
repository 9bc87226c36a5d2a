// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.spanway.admin.ReloadPage;
import io.spanway.config.ConfigDiff;
import io.spanway.config.ConfigException;
import io.spanway.config.ConfigProblem;
import io.spanway.config.ConfigSource;
import io.spanway.config.GatewayConfig;
import io.spanway.config.LoadedConfig;
import io.spanway.observe.GatewayMeters;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes up what the file says while requests go on: when it changes, on a signal, when asked. What
 * cannot be used leaves the former in force, and is told once. On a thread of its own; any thread
 * may ask.
 */
final class Reloads implements ReloadPage, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reloads.class);

  /** Puts a configuration in force. */
  @FunctionalInterface
  interface Taker {
    /**
     * Puts {@code to} in the place of what is in force.
     *
     * @throws IOException if an address or a certificate it names cannot be had; nothing has
     *     changed then
     */
    void take(GatewayConfig to) throws IOException;
  }

  private record Last(@Nullable Instant at, boolean good, List<String> lines) {}

  private final @Nullable ConfigSource source;
  private final Foundation base;
  private final Taker taker;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("spanway-reload", true));
  private volatile Last last = new Last(null, true, List.of());
  private GatewayConfig inForce;
  private List<String> toldProblems = List.of();
  private @Nullable Future<?> looks;

  /**
   * Makes them.
   *
   * @param source null for none: nothing is ever taken up
   * @param inForce what was taken up at the start
   */
  Reloads(@Nullable ConfigSource source, GatewayConfig inForce, Foundation base, Taker taker) {
    this.source = source;
    this.inForce = inForce;
    this.base = base;
    this.taker = taker;
  }

  /** Begins to look at the file. */
  void start() {
    if (source != null) {
      thread.execute(this::schedule);
    }
  }

  /** Has the file read soon. */
  void request() {
    reload(outcome -> {});
  }

  @Override
  public boolean reload(Consumer<Outcome> then) {
    ConfigSource from = source;
    if (from == null) {
      return false;
    }
    try {
      thread.execute(() -> tell(read(from, true), then));
    } catch (RejectedExecutionException e) {
      tell(new Outcome(false, "this Spanway is stopping\n"), then);
    }
    return true;
  }

  private static void tell(Outcome outcome, Consumer<Outcome> then) {
    try {
      then.accept(outcome);
    } catch (RejectedExecutionException e) {
      LOG.debug("the gateway stopped during a reload");
    }
  }

  @Override
  public String last() {
    Last told = last;
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("watched", source != null);
    if (told.at() != null) {
      root.put("at", told.at().toString());
    }
    root.put("good", told.good());
    ArrayNode lines = root.putArray("lines");
    told.lines().forEach(lines::add);
    return JsonMapper.shared().writeValueAsString(root) + "\n";
  }

  private void schedule() {
    Future<?> running = looks;
    if (running != null) {
      running.cancel(false);
    }
    Duration interval = inForce.reload().interval();
    ConfigSource from = source;
    if (!interval.isZero() && from != null) {
      long period = interval.toMillis();
      looks =
          thread.scheduleWithFixedDelay(
              () -> read(from, false), period, period, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Reads the file.
   *
   * @param asked whether somebody waits for the outcome, so that a problem is told again
   */
  private Outcome read(ConfigSource from, boolean asked) {
    try {
      LoadedConfig loaded = from.load();
      return take(loaded, asked);
    } catch (ConfigException e) {
      return failed(e.problems().stream().map(ConfigProblem::toString).toList(), asked);
    } catch (IOException | RuntimeException e) {
      return failed(List.of(String.valueOf(e.getMessage())), asked);
    }
  }

  private Outcome take(LoadedConfig loaded, boolean asked) throws IOException {
    GatewayConfig to = loaded.config();
    List<String> changed = ConfigDiff.between(inForce, to);
    if (changed.isEmpty()) {
      boolean mended = !toldProblems.isEmpty();
      toldProblems = List.of();
      if (mended || asked) {
        if (mended) {
          LOG.info("the configuration is again what is in force");
        }
        good(List.of("nothing changed"));
      }
      return new Outcome(true, "nothing changed\n");
    }
    taker.take(to);
    boolean period = !inForce.reload().equals(to.reload());
    inForce = to;
    toldProblems = List.of();
    List<String> lines = new ArrayList<>();
    lines.add("changed: " + String.join(", ", changed));
    changed.stream()
        .filter(ConfigDiff::needsRestart)
        .forEach(key -> lines.add(key + ": takes effect after a restart"));
    loaded.notes().forEach(note -> lines.add(note.toString()));
    lines.forEach(line -> LOG.info("configuration reloaded: {}", line));
    good(lines);
    if (period) {
      schedule();
    }
    return new Outcome(true, text(lines));
  }

  private void good(List<String> lines) {
    base.meters().configReloaded(true);
    last = new Last(base.clock().instant(), true, List.copyOf(lines));
  }

  private Outcome failed(List<String> problems, boolean asked) {
    // Each content once: looking again at the same file would fill the log.
    if (asked || !problems.equals(toldProblems)) {
      toldProblems = problems;
      problems.forEach(problem -> LOG.warn("the configuration in force stays: {}", problem));
      GatewayMeters meters = base.meters();
      meters.configReloaded(false);
      last = new Last(base.clock().instant(), false, problems);
    }
    return new Outcome(false, "the configuration in force stays\n" + text(problems));
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }

  /** Takes up nothing from now on; waits for what is being taken up. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("a reload does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
