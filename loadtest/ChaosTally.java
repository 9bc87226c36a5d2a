// SPDX-License-Identifier: Apache-2.0

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What was thrown, what came back, and what must not be. */
final class ChaosTally {
  private static final int SHOWN = 60;

  private final Map<String, LongAdder> thrown = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> came = new ConcurrentSkipListMap<>();
  private final List<String> failures = new ArrayList<>();
  private long failed;

  static void thread(String name, Runnable task) {
    Thread thread = new Thread(null, task, name, 256 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  void thrown(String what) {
    thrown.computeIfAbsent(what, k -> new LongAdder()).increment();
  }

  void came(String what) {
    came.computeIfAbsent(what, k -> new LongAdder()).increment();
  }

  long count(String what) {
    LongAdder adder = came.get(what);
    return adder == null ? 0 : adder.sum();
  }

  /** Sums what came whose name begins so. */
  long sum(String prefix) {
    return came.entrySet().stream()
        .filter(e -> e.getKey().startsWith(prefix))
        .mapToLong(e -> e.getValue().sum())
        .sum();
  }

  synchronized void failure(String what, String why) {
    failed++;
    if (failures.size() < SHOWN) {
      failures.add("| " + what + " | " + why.replace('\n', ' ').replace("|", "\\|") + " |");
      System.err.println("chaos: FAILURE: " + what + ": " + why);
    }
  }

  synchronized long failed() {
    return failed;
  }

  synchronized String table() {
    StringBuilder out = new StringBuilder();
    rows(out, "thrown", thrown);
    rows(out, "came back", came);
    if (!failures.isEmpty()) {
      out.append("\n| failure | what |\n| --- | --- |\n");
      failures.forEach(line -> out.append(line).append('\n'));
      if (failed > failures.size()) {
        out.append("| ... | ").append(failed - failures.size()).append(" more |\n");
      }
    }
    return out.toString();
  }

  private static void rows(StringBuilder out, String title, Map<String, LongAdder> counts) {
    out.append("\n| ").append(title).append(" | times |\n| --- | --- |\n");
    new TreeMap<>(counts)
        .forEach((k, v) -> out.append("| ").append(k).append(" | ").append(v).append(" |\n"));
  }
}
