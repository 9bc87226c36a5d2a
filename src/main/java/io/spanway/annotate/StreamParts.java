// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

/** Hears of the parts of an answer, while {@link StreamsScanner#scan} runs. */
interface StreamParts {
  /** An element of {@code result} begins with the brace at {@code at}. */
  void elementOpened(long at);

  /** The element's labels are the object from {@code open} up to {@code end}. */
  void streamRead(long open, long end);

  /** An entry begins with the bracket at {@code at}. */
  void entryOpened(long at);

  /**
   * The entry ended before {@code end}; {@link StreamsScanner#entry} says where its members are.
   */
  void entryClosed(long end);

  /** The element ended before {@code end}. */
  void elementClosed(long end);
}
