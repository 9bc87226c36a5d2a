// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.streams.Labels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was found in the entries of one element whose labels are folded: since additions can only go
 * into the element's labels, entries that differ in them need elements of their own.
 */
final class FoldedElement {
  private static final int ENTRIES = 64;

  private long streamOpen;
  private long streamEnd;
  private long[] bounds = new long[2 * ENTRIES];
  private final List<Map<String, String>> added = new ArrayList<>();
  private boolean anyAdded;

  void clear() {
    added.clear();
    anyAdded = false;
  }

  void stream(long open, long end) {
    streamOpen = open;
    streamEnd = end;
  }

  /** Adds the entry from {@code start} up to {@code end} and what it yields. */
  void add(long start, long end, Map<String, String> yields) {
    int at = 2 * added.size();
    if (at == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * bounds.length);
    }
    bounds[at] = start;
    bounds[at + 1] = end;
    added.add(yields);
    anyAdded |= !yields.isEmpty();
  }

  boolean isChanged() {
    return anyAdded;
  }

  /** What the entries yield, in their order. */
  List<Map<String, String>> added() {
    return added;
  }

  /** Whether all entries yield the same, so that the element stays one. */
  boolean isUniform() {
    Map<String, String> first = added.get(0);
    for (Map<String, String> other : added) {
      if (!other.equals(first)) {
        return false;
      }
    }
    return true;
  }

  /** Where the additions of a uniform element go: before the brace that closes its labels. */
  long streamClose() {
    return streamEnd - 1;
  }

  /** Writes the elements that this one becomes, sorted among themselves by label text. */
  void writeParts(Labels stream, byte[] bytes, long base, ChunkOutput out) {
    List<Part> parts = parts(stream);
    int open = (int) (streamOpen - base);
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      out.write(i == 0 ? "{\"stream\":" : ",{\"stream\":");
      out.write(bytes, open, (int) (streamClose() - streamOpen));
      out.write(Additions.members(part.yields(), stream.isEmpty()));
      out.write("},\"values\":[");
      writeEntries(part, bytes, base, out);
    }
  }

  /** Writes the elements that this one becomes in the legacy shape. */
  void writeLegacyParts(Labels stream, byte[] bytes, long base, ChunkOutput out) {
    List<Part> parts = parts(stream);
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      out.write(i == 0 ? "{\"labels\":" : ",{\"labels\":");
      out.writeQuoted(part.labels().text());
      out.write(",\"entries\":[");
      writeEntries(part, bytes, base, out);
    }
  }

  private List<Part> parts(Labels stream) {
    var groups = new LinkedHashMap<Map<String, String>, List<Integer>>();
    for (int i = 0; i < added.size(); i++) {
      groups.computeIfAbsent(added.get(i), yields -> new ArrayList<>()).add(i);
    }
    var parts = new ArrayList<Part>();
    groups.forEach(
        (yields, entries) -> parts.add(new Part(stream.and(Labels.of(yields)), yields, entries)));
    parts.sort(Comparator.comparing(Part::labels));
    return parts;
  }

  private void writeEntries(Part part, byte[] bytes, long base, ChunkOutput out) {
    for (int j = 0; j < part.entries().size(); j++) {
      int at = 2 * part.entries().get(j);
      out.write(j == 0 ? "" : ",");
      out.write(bytes, (int) (bounds[at] - base), (int) (bounds[at + 1] - bounds[at]));
    }
    out.write("]}");
  }

  private record Part(Labels labels, Map<String, String> yields, List<Integer> entries) {}
}
