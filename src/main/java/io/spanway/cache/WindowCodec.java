// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.streams.MatrixAnswer;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import java.util.List;

/** Reads and writes the answers to a question: entries, or points as entries. */
final class WindowCodec {
  private WindowCodec() {}

  /**
   * Reads an answer.
   *
   * @throws StreamsFormatException if it is not one that can be given again without loss
   */
  static StreamsAnswer read(WindowQuestion question, byte[] body) throws StreamsFormatException {
    if (question.isLogs()) {
      return StreamsAnswer.readAllKnown(body);
    }
    MatrixAnswer matrix = MatrixAnswer.readAllKnown(body);
    return new StreamsAnswer(matrix.points(), false, List.of(), List.of(), matrix.stats());
  }

  /** Writes an answer, which has no warnings. */
  static byte[] write(WindowQuestion question, StreamsAnswer answer) {
    return question.isLogs()
        ? answer.write()
        : new MatrixAnswer(answer.entries(), answer.stats()).write();
  }
}
