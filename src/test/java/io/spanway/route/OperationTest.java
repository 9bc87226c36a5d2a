// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OperationTest {

  @ParameterizedTest
  @CsvSource({
    "LOKI_QUERY_RANGE, GET, true",
    "LOKI_QUERY_RANGE, HEAD, true",
    "LOKI_QUERY_RANGE, POST, true",
    "LOKI_QUERY_RANGE, DELETE, false",
    "LOKI_QUERY_RANGE, OPTIONS, false",
    "TEMPO_SEARCH, GET, true",
    "TEMPO_SEARCH, POST, false",
    "LOKI_OTHER, GET, true",
    "LOKI_OTHER, POST, false",
    "LOKI_RULES, GET, false",
    "LOKI_PUSH, POST, false",
    "LOKI_TAIL, GET, false",
    "TEMPO_GRPC_SEARCH, POST, false",
    "LOKI_ADMIN, GET, false",
  })
  void reads_goesByMethodAndKind(Operation operation, String method, boolean reads) {
    assertThat(operation.reads(method)).isEqualTo(reads);
  }

  @Test
  void id_isTheNameInLowerCase() {
    assertThat(Operation.LOKI_QUERY_RANGE.id()).isEqualTo("loki_query_range");
    assertThat(Operation.TEMPO_TRACE_BY_ID_V2.id()).isEqualTo("tempo_trace_by_id_v2");
  }
}
