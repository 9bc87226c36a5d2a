// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** This machine's processors, and who uses them. Needs Linux, for /proc. */
final class Machine {
  private static final Path CPU_STAT = Path.of("/proc/stat");

  private final List<Integer> processors = new ArrayList<>();

  Machine() throws IOException {
    if (!Files.isReadable(CPU_STAT)) {
      throw new IOException("needs Linux, for /proc");
    }
    String list = Proc.field(ProcessHandle.current().pid(), "status", "Cpus_allowed_list:");
    for (String range : list.split(",")) {
      int dash = range.indexOf('-');
      int from = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
      int to = Integer.parseInt(dash < 0 ? range : range.substring(dash + 1));
      for (int i = from; i <= to; i++) {
        processors.add(i);
      }
    }
  }

  /** Whether contenders can have a processor of their own. */
  boolean pins() {
    return processors.size() > 1 && find("taskset") != null;
  }

  /** What goes before a contender's command: it has one processor, and nobody else has it. */
  List<String> forContender() {
    return pins() ? List.of("taskset", "-c", "" + processors.get(0)) : List.of();
  }

  /** What goes before the command of anything else. */
  List<String> forOthers() {
    return pins() ? List.of("taskset", "-c", others()) : List.of();
  }

  /** What goes before the command of something that is alone, and may have all. */
  List<String> forAll() {
    return pins() ? List.of("taskset", "-c", processors.get(0) + "," + others()) : List.of();
  }

  /** Moves this process away from the contenders' processor, with the threads it has. */
  void pinSelf() throws IOException, InterruptedException {
    if (pins()) {
      String pid = "" + ProcessHandle.current().pid();
      new ProcessBuilder("taskset", "-apc", others(), pid)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(10, TimeUnit.SECONDS);
    }
  }

  private String others() {
    var list = new ArrayList<String>();
    processors.subList(1, processors.size()).forEach(p -> list.add("" + p));
    return String.join(",", list);
  }

  /** Where a program is, also in the directories that only root has on its path; null for none. */
  static Path find(String program) {
    for (String directory : (System.getenv("PATH") + ":/usr/sbin:/sbin").split(":")) {
      Path path = Path.of(directory, program);
      if (Files.isExecutable(path)) {
        return path;
      }
    }
    return null;
  }

  /** CPU seconds that the whole machine has spent on anything but waiting. */
  static double busySeconds() {
    String[] fields;
    try {
      fields = Files.readAllLines(CPU_STAT).get(0).trim().split("\\s+");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long ticks = 0;
    for (int i = 1; i < fields.length && i <= 8; i++) {
      // 4 and 5 are idle and waiting for a disk.
      ticks += i == 4 || i == 5 ? 0 : Long.parseLong(fields[i]);
    }
    return ticks / Proc.TICKS;
  }

  static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /** What a reader of the figures has to know of it. */
  Map<String, String> facts() throws IOException {
    var facts = new LinkedHashMap<String, String>();
    String model = "unknown processor";
    for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
      if (line.startsWith("model name")) {
        model = line.substring(line.indexOf(':') + 1).trim();
        break;
      }
    }
    facts.put("processors", processors.size() + " x " + model);
    facts.put("kernel", System.getProperty("os.version"));
    facts.put("java", System.getProperty("java.vm.version"));
    facts.put(
        "pinning",
        pins()
            ? "contender on processor " + processors.get(0) + ", client and origin on " + others()
            : "none: everything shares the processors");
    facts.put("load before", "%.1f".formatted(load()));
    return facts;
  }
}
