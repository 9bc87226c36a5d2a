// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.streams.Labels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * What was found in the entries of one element whose labels are folded: since additions can only go
 * into the element's labels, entries that differ in them need elements of their own.
 */
final class FoldedElement {
  private static final int ENTRIES = 64;

  private long streamOpen;
  private long streamEnd;
  private int size;
  private long[] starts = new long[ENTRIES];
  private long[] ends = new long[ENTRIES];

  /** What the entries yield, as members of an object, one behind the other. */
  private final ByteText added = new ByteText();

  private int[] addedEnds = new int[ENTRIES];

  /** The keys that the first entry yields. */
  private final List<FieldKey> keys = new ArrayList<>();

  /** Whether what entries yield is, byte by byte, in the order of the labels' texts. */
  private boolean ordered;

  void clear() {
    size = 0;
    added.clear();
    keys.clear();
    ordered = true;
  }

  void stream(long open, long end) {
    streamOpen = open;
    streamEnd = end;
  }

  /** Adds the entry from {@code start} up to {@code end} and what it yields, which is sorted. */
  void add(long start, long end, Found found) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      ends = Arrays.copyOf(ends, 2 * size);
      addedEnds = Arrays.copyOf(addedEnds, 2 * size);
    }
    found.sortByName();
    Additions.writeMembers(found, /* first= */ true, added);
    starts[size] = start;
    ends[size] = end;
    addedEnds[size] = added.length();
    ordered &= isLikeTheFirst(found);
    size++;
  }

  /**
   * Says whether an entry yields the same keys as the first, with values that are written in JSON
   * as in labels' texts: then the texts differ where the values do.
   */
  private boolean isLikeTheFirst(Found found) {
    boolean like = size == 0 || found.size() == keys.size();
    for (int i = 0; i < found.size() && like; i++) {
      if (size == 0) {
        keys.add(found.key(i));
      }
      like = keys.get(i) == found.key(i) && found.value(i).isPlain();
    }
    return like;
  }

  boolean isChanged() {
    return added.length() > 0;
  }

  /** Whether all entries yield the same, so that the element stays one. */
  boolean isUniform() {
    for (int i = 1; i < size; i++) {
      if (compare(0, i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Where the additions of a uniform element go: before the brace that closes its labels. */
  long streamClose() {
    return streamEnd - 1;
  }

  /** Writes what an entry yields behind the labels of a stream. */
  void writeAdded(int entry, boolean first, ByteText out) {
    int from = addedFrom(entry);
    if (addedEnds[entry] > from) {
      if (!first) {
        out.write(',');
      }
      out.write(added.bytes(), from, addedEnds[entry] - from);
    }
  }

  /** Writes the elements that this one becomes, sorted among themselves by label text. */
  void writeParts(RawEntry stream, byte[] bytes, long base, ChunkOutput out) {
    String separator = "{\"stream\":";
    for (Part part : ordered ? parts() : sorted(stream.streamLabels())) {
      out.write(separator);
      out.write(bytes, (int) (streamOpen - base), (int) (streamClose() - streamOpen));
      writeAdded(part.entries().get(0), stream.streamIsEmpty(), out);
      out.write("},\"values\":[");
      writeEntries(part, bytes, base, out);
      separator = ",{\"stream\":";
    }
  }

  /** Writes the elements that this one becomes in the legacy shape. */
  void writeLegacyParts(Labels stream, byte[] bytes, long base, ChunkOutput out) {
    String separator = "{\"labels\":";
    for (Part part : sorted(stream)) {
      out.write(separator);
      out.writeQuoted(labels(part, stream).text());
      out.write(",\"entries\":[");
      writeEntries(part, bytes, base, out);
      separator = ",{\"labels\":";
    }
  }

  /** Returns the entries that yield the same, in the order of the bytes of what they yield. */
  private List<Part> parts() {
    var order = new ArrayList<Integer>(size);
    for (int i = 0; i < size; i++) {
      order.add(i);
    }
    order.sort(this::compare);
    var parts = new ArrayList<Part>();
    int from = 0;
    for (int i = 1; i <= size; i++) {
      if (i == size || compare(order.get(from), order.get(i)) != 0) {
        parts.add(new Part(order.subList(from, i)));
        from = i;
      }
    }
    return parts;
  }

  private List<Part> sorted(Labels stream) {
    List<Part> parts = parts();
    parts.sort(Comparator.comparing(part -> labels(part, stream)));
    return parts;
  }

  private Labels labels(Part part, Labels stream) {
    int first = part.entries().get(0);
    return stream.and(
        Labels.of(
            Objects.requireNonNull(
                JsonStrings.decodeObject(added.bytes(), addedFrom(first), addedEnds[first]))));
  }

  private int compare(int one, int other) {
    byte[] bytes = added.bytes();
    return Arrays.compareUnsigned(
        bytes, addedFrom(one), addedEnds[one], bytes, addedFrom(other), addedEnds[other]);
  }

  private int addedFrom(int entry) {
    return entry == 0 ? 0 : addedEnds[entry - 1];
  }

  private void writeEntries(Part part, byte[] bytes, long base, ChunkOutput out) {
    boolean first = true;
    for (int entry : part.entries()) {
      if (!first) {
        out.write(',');
      }
      first = false;
      out.write(bytes, (int) (starts[entry] - base), (int) (ends[entry] - starts[entry]));
    }
    out.write("]}");
  }

  /** Entries that yield the same. */
  private record Part(List<Integer> entries) {}
}
