// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.units.EditDistance;
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
      int distance = EditDistance.between(plain(name), plain(candidate));
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
}
