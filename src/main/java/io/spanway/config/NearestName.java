// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds what somebody meant who mistyped a name. */
final class NearestName {
  private static final int MAX_LENGTH = 64;

  private NearestName() {}

  /** Returns the nearest of {@code known}, null if none is near enough to be worth naming. */
  static @Nullable String of(String name, Collection<String> known) {
    if (name.length() > MAX_LENGTH) {
      return null;
    }
    String nearest = null;
    int least = Math.max(1, name.length() / 3) + 1;
    for (String candidate : known) {
      int distance = distance(plain(name), plain(candidate));
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** {@code max_entry} and {@code max-entry} are near to {@code maxEntry}. */
  private static String plain(String name) {
    return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
  }

  /** Levenshtein's: how many letters to put in, leave out or change. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
