// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/**
 * Adds derived fields to the text frames of Loki's {@code tail}. A frame is a whole JSON text whose
 * {@code encodingFlags} come last, so it is looked through twice.
 */
public final class TailFrames {
  private final DerivedFieldSet fields;
  private final AnnotateListener listener;
  private final boolean legacy;

  /** Makes the annotator of a connection's frames; it keeps nothing between them. */
  public TailFrames(DerivedFieldSet fields, AnnotateListener listener) {
    this(fields, listener, /* legacy= */ false);
  }

  private TailFrames(DerivedFieldSet fields, AnnotateListener listener, boolean legacy) {
    this.fields = fields;
    this.listener = listener;
    this.legacy = legacy;
  }

  /** Returns the annotator of frames of {@code /api/prom/tail}. */
  public TailFrames legacy() {
    return new TailFrames(fields, listener, /* legacy= */ true);
  }

  /**
   * Takes a frame's text and returns the annotated one, which the caller owns. A frame that is not
   * what Loki sends, or in which nothing is found, comes back as it was.
   */
  public ByteBuf annotate(ByteBuf frame) {
    if (fields.isEmpty()) {
      return frame;
    }
    if (legacy) {
      return annotate(frame, LogStreamAnnotator.legacy(fields, listener));
    }
    var flags =
        new StreamsScanner(StreamsScanner.Body.FRAME_FLAGS, /* categorised= */ false, NO_PARTS);
    byte[] text = new byte[frame.readableBytes()];
    frame.getBytes(frame.readerIndex(), text);
    flags.scan(text, 0, text.length, 0);
    if (flags.failure() != null) {
      listener.fallback(AnnotateListener.Fallback.UNEXPECTED);
      return frame;
    }
    return annotate(
        frame,
        new LogStreamAnnotator(fields, listener, StreamsScanner.Body.FRAME, flags.categorised()));
  }

  private static ByteBuf annotate(ByteBuf frame, LogStreamAnnotator annotator) {
    List<ByteBuf> parts = new ArrayList<>(1);
    annotator.accept(frame.retainedDuplicate(), parts::add);
    boolean failed = annotator.failed();
    annotator.finish(parts::add);
    ByteBuf annotated = Unpooled.wrappedBuffer(parts.toArray(ByteBuf[]::new));
    if (failed) {
      annotated.release();
      return frame;
    }
    frame.release();
    return annotated;
  }

  private static final StreamParts NO_PARTS =
      new StreamParts() {
        @Override
        public void elementOpened(long at) {}

        @Override
        public void streamRead(long open, long end) {}

        @Override
        public void entryOpened(long at) {}

        @Override
        public void entryClosed(long end) {}

        @Override
        public void elementClosed(long end) {}
      };
}
