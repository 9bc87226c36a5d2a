// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MatrixAnswerTest {
  private static final String MATRIX =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
          + "{\"metric\":{\"a\":\"1\"},\"values\":[[1700000000,\"1.5\"],[1700000060.5,\"NaN\"]]},"
          + "{\"metric\":{\"a\":\"2\"},\"values\":[[1700000000,\"+Inf\"]]}],"
          + "\"stats\":{\"summary\":{\"execTime\":0.5}}}}";

  @Test
  void matrix_isWrittenByteForByteAsItWasRead() throws Exception {
    MatrixAnswer answer = MatrixAnswer.readAllKnown(MATRIX.getBytes(UTF_8));

    assertThat(answer.points()).hasSize(3);
    assertThat(answer.points().get(1).timestampNs()).isEqualTo(1_700_000_060_500_000_000L);
    assertThat(new String(answer.write(), UTF_8)).isEqualTo(MATRIX);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
        "{\"status\":\"error\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]},\"warnings\":[]}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[],\"more\":1}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"values\":[]}]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1e99,\"1\"]]}]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[",
      })
  void anythingElse_isRefused(String json) {
    assertThatThrownBy(() -> MatrixAnswer.readAllKnown(json.getBytes(UTF_8)))
        .isInstanceOf(StreamsFormatException.class);
  }
}
