// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The entries of the demo's Loki: at most {@link #MAX_ENTRIES}, beyond which the first to come are
 * the first to go. An entry that is there already is not added again. Thread-safe.
 */
final class LogStore {
  static final int MAX_ENTRIES = 100_000;

  // Insertion order, which decides between entries of the same instant.
  private final Set<DemoEntry> entries = new LinkedHashSet<>();
  private final List<Consumer<List<DemoEntry>>> listeners = new CopyOnWriteArrayList<>();

  LogStore(Collection<DemoEntry> initial) {
    entries.addAll(initial);
  }

  /** Adds {@code more} and tells the listeners, on this thread, what was new. */
  void add(Collection<DemoEntry> more) {
    var added = new ArrayList<DemoEntry>();
    synchronized (entries) {
      for (DemoEntry entry : more) {
        if (entries.add(entry)) {
          added.add(entry);
        }
      }
      Iterator<DemoEntry> oldest = entries.iterator();
      for (int excess = entries.size() - MAX_ENTRIES; excess > 0; excess--) {
        oldest.next();
        oldest.remove();
      }
    }
    listeners.forEach(listener -> listener.accept(List.copyOf(added)));
  }

  /** Returns the entries with times in {@code [startNs, endNs)}, oldest first. */
  List<DemoEntry> between(long startNs, long endNs) {
    var found = new ArrayList<DemoEntry>();
    synchronized (entries) {
      for (DemoEntry entry : entries) {
        if (entry.timeNs() >= startNs && entry.timeNs() < endNs) {
          found.add(entry);
        }
      }
    }
    found.sort(Comparator.comparingLong(DemoEntry::timeNs));
    return found;
  }

  /** Has {@code listener} told of all entries that are added from now on. */
  void subscribe(Consumer<List<DemoEntry>> listener) {
    listeners.add(listener);
  }

  void unsubscribe(Consumer<List<DemoEntry>> listener) {
    listeners.remove(listener);
  }
}
