// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Places of a document that get other bytes; all others stay. */
final class Edits {
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Edit(int at, int removed, byte[] put) {}

  private final List<Edit> all = new ArrayList<>();
  private int growth;

  /** Puts {@code put} in the place of {@code removed} bytes. Places must not overlap. */
  void replace(int at, int removed, byte[] put) {
    all.add(new Edit(at, removed, put));
    growth += put.length - removed;
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  byte[] applyTo(byte[] body) {
    all.sort(Comparator.comparingInt(Edit::at));
    byte[] edited = new byte[body.length + growth];
    int from = 0;
    int to = 0;
    for (Edit edit : all) {
      int kept = edit.at() - from;
      System.arraycopy(body, from, edited, to, kept);
      System.arraycopy(edit.put(), 0, edited, to + kept, edit.put().length);
      from = edit.at() + edit.removed();
      to += kept + edit.put().length;
    }
    System.arraycopy(body, from, edited, to, body.length - from);
    return edited;
  }
}
