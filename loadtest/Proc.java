// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What /proc says of a process and its children. */
final class Proc {
  /** Ticks in a second, which Linux shows to programs as 100 everywhere. */
  static final double TICKS = 100;

  private Proc() {}

  /** User and system time. */
  record Cpu(double user, double system) {
    double total() {
      return user + system;
    }

    Cpu minus(Cpu earlier) {
      return new Cpu(user - earlier.user, system - earlier.system);
    }
  }

  static Cpu cpu(ProcessHandle process) {
    return new Cpu(sum(process, pid -> stat(pid, 11)), sum(process, pid -> stat(pid, 12)));
  }

  /** Resident MiB now. */
  static double rssMib(ProcessHandle process) {
    return sum(process, pid -> kib(pid, "VmRSS:")) / 1024;
  }

  /** The most that was ever resident, in MiB. */
  static double peakMib(ProcessHandle process) {
    return sum(process, pid -> kib(pid, "VmHWM:")) / 1024;
  }

  /** What stands behind a name in a file of /proc; empty if it is not there. */
  static String field(long pid, String file, String name) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", "" + pid, file))) {
        if (line.startsWith(name)) {
          return line.substring(name.length()).trim();
        }
      }
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      return ""; // It ends just now.
    }
    return "";
  }

  private static double sum(ProcessHandle process, ToDoubleFunction<Long> value) {
    return Stream.concat(Stream.of(process), process.descendants())
        .map(ProcessHandle::pid)
        .mapToDouble(value)
        .sum();
  }

  private static double stat(long pid, int field) {
    try {
      String stat = Files.readString(Path.of("/proc", "" + pid, "stat"));
      // The name in brackets may hold anything.
      return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[field]) / TICKS;
    } catch (IOException e) {
      return 0;
    }
  }

  private static double kib(long pid, String name) {
    String value = field(pid, "status", name);
    return value.isEmpty() ? 0 : Double.parseDouble(value.split("\\s+")[0]);
  }
}
