// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

/** The shape of label names as Loki stores them. */
public final class LabelNames {

  private LabelNames() {}

  /**
   * Returns whether the name is an ASCII letter or underscore followed by letters, digits and
   * underscores. Such a name may still be {@linkplain ReservedWords#isReserved reserved}.
   */
  public static boolean isLegal(String name) {
    if (name.isEmpty()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      boolean digit = c >= '0' && c <= '9';
      if (!letter && (i == 0 || !digit)) {
        return false;
      }
    }
    return true;
  }
}
