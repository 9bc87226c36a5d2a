// SPDX-License-Identifier: Apache-2.0

import java.nio.file.Path;
import java.util.List;

/**
 * How long and how hard, from the environment.
 *
 * @param home the repository
 * @param work for what a run needs only while it lasts
 * @param rounds how often each contender is measured
 * @param seconds the length of one measurement
 * @param warmUp seconds of load before the first, for each contender
 * @param connections kept connections of the client
 * @param rate requests a second of the open model; 0 for half of what the yardstick can do
 */
record Settings(
    Path home, Path work, int rounds, double seconds, double warmUp, int connections, double rate) {

  static Settings of(Path home, Path work) {
    return new Settings(
        home,
        work,
        (int) number("ROUNDS", 5),
        number("SECONDS_EACH", 4),
        number("WARM_UP", 20),
        (int) number("CONNECTIONS", 64),
        number("RATE", 0));
  }

  Settings with(int otherConnections) {
    return new Settings(home, work, rounds, seconds, warmUp, otherConnections, rate);
  }

  /** The same for something that takes a share of the time only. */
  Settings shorter(double share) {
    return new Settings(home, work, rounds, seconds * share, warmUp * share, connections, rate);
  }

  static double number(String name, double otherwise) {
    String value = System.getenv(name);
    return value == null || value.isBlank() ? otherwise : Double.parseDouble(value);
  }

  /** Words of a variable. */
  static List<String> words(String name, String otherwise) {
    String value = System.getenv(name);
    return List.of((value == null || value.isBlank() ? otherwise : value).trim().split("\\s+"));
  }
}
