// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.units.EditDistance;
import java.util.Collection;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the attribute or label that somebody meant who named another one. */
public final class NearestName {
  private static final int MAX_COMPARED = 2000;
  private static final int MAX_LENGTH = 100;

  private NearestName() {}

  /**
   * Returns the nearest of {@code known}: the same but for case, dots and dashes, else one that
   * holds the other ({@code service}, {@code service_name}), else one with few other letters; null
   * if none is near enough to be worth naming.
   */
  public static @Nullable String of(String name, Collection<String> known) {
    if (name.length() > MAX_LENGTH) {
      return null;
    }
    String nearest = null;
    int least = Math.max(1, name.length() / 3) + 3;
    int compared = 0;
    for (String candidate : new TreeSet<>(known)) {
      if (compared++ == MAX_COMPARED) {
        break;
      }
      int distance = candidate.length() > MAX_LENGTH ? least : distance(name, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** Small when one name is at an end of the other or few letters differ. */
  static int distance(String attribute, String key) {
    String a = attribute.toLowerCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    String b = key.toLowerCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    if (a.equals(b)) {
      return 0;
    }
    if (a.endsWith("_" + b) || b.endsWith("_" + a) || a.contains("_" + b + "_")) {
      return 1;
    }
    if (a.startsWith(b + "_") || b.startsWith(a + "_")) {
      return 2;
    }
    return 2 + EditDistance.between(a, b);
  }
}
