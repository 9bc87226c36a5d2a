// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.spanway.annotate.AnnotateListener.Fallback;
import io.spanway.body.BodyTransform;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Adds derived fields to Loki's answers of log lines while they stream: those of {@code
 * query_range} and of the legacy path.
 *
 * <p>The bytes are walked where they lie and given out as they came; only additions are written in
 * between. What must be held back to decide is one entry in a categorised answer (keys go into its
 * {@code structuredMetadata}) and one element of {@code result} in a folded one (keys go into its
 * labels, and entries that then differ into elements of their own, which stand together sorted by
 * label text). What is larger than {@code annotate.maxBuffered} passes as it came; whether it does
 * depends on its size only, not on how it was cut into chunks. From the first byte that Loki would
 * not send, and for other result types, everything passes as it comes.
 *
 * <p>Where nothing is found the bytes are those that came in. Bodies must be plain JSON in UTF-8:
 * content codings are undone before.
 */
public final class LogStreamAnnotator implements BodyTransform {
  private static final int SMALL = 64 * 1024;
  private static final int STEP = 32 * 1024;

  private final DerivedFieldSet fields;
  private final AnnotateListener listener;
  private final StreamsScanner scanner;
  private final RawEntry entry;
  private final Found found = new Found();
  private final DerivedFieldSet.Tally tally;
  private final DerivedFieldSet.Tally elementTally;
  private final boolean legacy;
  private final FoldedElement element = new FoldedElement();

  // The bytes from position `base` on that are not given out or not walked yet.
  private byte[] bytes = {};
  private int length;
  private long base;

  /** The position up to which everything was given out or replaced. */
  private long given;

  /** The start of the part that is held back, -1 for none. */
  private long held = -1;

  private boolean entryIsOpen;

  private final ChunkOutput output = new ChunkOutput();
  private boolean passing;

  /** Makes the annotator of one answer. */
  public LogStreamAnnotator(DerivedFieldSet fields, AnnotateListener listener) {
    this(fields, listener, StreamsScanner.Body.ANSWER, /* categorised= */ false);
  }

  /** Makes the annotator of one answer of {@code /api/prom/query}. */
  public static LogStreamAnnotator legacy(DerivedFieldSet fields, AnnotateListener listener) {
    return new LogStreamAnnotator(fields, listener, StreamsScanner.Body.LEGACY, false);
  }

  LogStreamAnnotator(
      DerivedFieldSet fields,
      AnnotateListener listener,
      StreamsScanner.Body body,
      boolean categorised) {
    this.fields = fields;
    this.listener = listener;
    this.legacy = body == StreamsScanner.Body.LEGACY;
    this.scanner = new StreamsScanner(body, categorised, new Parts());
    this.entry = fields.rawEntry();
    this.tally = fields.tally();
    this.elementTally = fields.tally();
    this.passing = fields.isEmpty();
  }

  @Override
  public void accept(ByteBuf chunk, Consumer<ByteBuf> out) {
    if (passing) {
      out.accept(chunk);
      return;
    }
    output.begin(chunk.alloc(), length + chunk.readableBytes());
    try {
      while (chunk.isReadable() && !passing) {
        int from = length;
        append(chunk);
        scanner.scan(bytes, from, length, base);
        settle();
      }
      fields.tell(tally, listener);
      output.give(out);
      if (chunk.isReadable()) {
        out.accept(chunk.retainedSlice());
      }
    } finally {
      output.discard();
      chunk.release();
    }
  }

  @Override
  public void finish(Consumer<ByteBuf> out) {
    if (passing) {
      return;
    }
    // What is still held belongs to a part that never ended.
    output.begin(UnpooledByteBufAllocator.DEFAULT, length);
    giveUpTo(base + length);
    pass();
    output.give(out);
  }

  @Override
  public void discard() {
    pass();
  }

  /** Whether the walk came to a byte that it did not expect. */
  boolean failed() {
    return scanner.failure() != null;
  }

  /** Takes over as much of a chunk as stays in the processor's cache while it is walked. */
  private void append(ByteBuf chunk) {
    int more = Math.min(chunk.readableBytes(), STEP);
    int needed = Math.addExact(length, more);
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, (int) Math.min(needed * 3L / 2, 1L << 30)));
    }
    chunk.readBytes(bytes, length, more);
    length = needed;
  }

  /** Gives out what need not be held any more and keeps the rest at the start of the buffer. */
  private void settle() {
    Fallback failure = scanner.failure();
    if (failure == null && base + length - neededFrom() > fields.maxBuffered()) {
      if (held >= 0) {
        giveUpPart();
      } else {
        failure = Fallback.UNEXPECTED;
      }
    }
    if (failure != null) {
      listener.fallback(failure);
      giveUpTo(base + length);
      pass();
      return;
    }
    long keepFrom = Math.min(neededFrom(), base + length);
    giveUpTo(keepFrom);
    int kept = (int) (base + length - keepFrom);
    if (kept < SMALL && bytes.length > 8 * SMALL) {
      byte[] smaller = new byte[2 * SMALL];
      System.arraycopy(bytes, length - kept, smaller, 0, kept);
      bytes = smaller;
    } else if (kept < length) {
      System.arraycopy(bytes, length - kept, bytes, 0, kept);
    }
    length = kept;
    base = keepFrom;
  }

  private long neededFrom() {
    return held >= 0 ? Math.min(held, scanner.neededFrom()) : scanner.neededFrom();
  }

  /** Gives up the part that is held and too large. */
  private void giveUpPart() {
    listener.fallback(Fallback.TOO_LARGE);
    if (scanner.categorised() && entryIsOpen) {
      scanner.skipEntry();
    } else {
      scanner.skipElement();
    }
    held = -1;
    entryIsOpen = false;
  }

  private void giveUpTo(long position) {
    if (position > given) {
      output.write(bytes, (int) (given - base), (int) (position - given));
      given = position;
    }
  }

  private void pass() {
    passing = true;
    bytes = new byte[0];
    length = 0;
    entry.leave();
    element.clear();
  }

  private final class Parts implements StreamParts {
    private long entryStart;

    @Override
    public void elementOpened(long at) {
      held = at;
      element.clear();
      elementTally.clear();
    }

    @Override
    public void streamRead(long open, long end) {
      if (end - held > fields.maxBuffered()) {
        giveUpPart();
        return;
      }
      entry.enterElement(Arrays.copyOfRange(bytes, (int) (open - base), (int) (end - base)));
      element.stream(open, end);
      if (scanner.categorised()) {
        held = -1;
      }
    }

    @Override
    public void entryOpened(long at) {
      entryStart = at;
      entryIsOpen = true;
      if (scanner.categorised()) {
        held = at;
      }
    }

    @Override
    public void entryClosed(long end) {
      entryIsOpen = false;
      boolean tooLarge = end - held > fields.maxBuffered();
      if (!scanner.categorised()) {
        if (tooLarge) {
          found.clear();
        } else {
          find();
        }
        fields.count(found, elementTally);
        element.add(entryStart, end, found);
        return;
      }
      held = -1;
      if (tooLarge) {
        listener.fallback(Fallback.TOO_LARGE);
        return;
      }
      boolean any = find();
      fields.count(found, tally);
      if (any) {
        annotate(scanner.entry());
      }
    }

    @Override
    public void elementClosed(long end) {
      if (scanner.categorised()) {
        return;
      }
      boolean tooLarge = end - held > fields.maxBuffered();
      long start = held;
      held = -1;
      if (tooLarge) {
        listener.fallback(Fallback.TOO_LARGE);
        return;
      }
      tally.take(elementTally);
      if (!element.isChanged()) {
        return;
      }
      if (legacy) {
        giveUpTo(start);
        element.writeLegacyParts(entry.streamLabels(), bytes, base, output);
        given = end;
      } else if (element.isUniform()) {
        giveUpTo(element.streamClose());
        element.writeAdded(0, entry.streamIsEmpty(), output);
      } else {
        giveUpTo(start);
        element.writeParts(entry, bytes, base, output);
        given = end;
      }
    }

    /** Looks for the fields in the entry just read; says whether there is anything to add. */
    private boolean find() {
      entry.enterEntry(bytes, base, scanner.entry());
      fields.find(entry, found, listener);
      if (!entry.isReadable()) {
        found.clear();
      }
      return !found.isEmpty();
    }

    private void annotate(EntryBounds at) {
      if (at.metadata >= 0) {
        giveUpTo(at.metadataClose);
        Additions.writeMembers(found, at.metadataEmpty, output);
      } else {
        giveUpTo(at.categories + 1);
        Additions.writeMetadata(found, at.categoriesEmpty, output);
      }
    }
  }
}
