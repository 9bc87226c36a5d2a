// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

final class StreamsAnswerFuzzTest {
  @FuzzTest
  void whatIsRead_isWrittenSoThatItReadsTheSame(byte[] body) throws Exception {
    StreamsAnswer answer;
    try {
      answer = StreamsAnswer.read(body);
    } catch (StreamsFormatException e) {
      return;
    }

    byte[] written = answer.write();

    assertThat(StreamsAnswer.read(written).write()).isEqualTo(written);
    assertThat(StreamsAnswer.isStreams(written)).isTrue();
    StreamsAnswer.read(answer.writeFolded());
  }
}
