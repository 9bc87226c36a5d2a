// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GrpcRequestsTest {
  @ParameterizedTest
  @CsvSource({
    "application/grpc, true",
    "Application/GRPC, true",
    "application/grpc+proto, true",
    "application/grpc;charset=utf-8, true",
    "application/grpc ; x=y, true",
    "application/grpc-web, false",
    "application/grpc-web+proto, false",
    "application/grpcx, false",
    "application/grp, false",
    "application/json, false",
    ", false",
  })
  void contentType_saysWhetherItIsGrpc(String type, boolean grpc) {
    assertThat(GrpcRequests.isGrpc(type)).isEqualTo(grpc);
  }

  @ParameterizedTest
  @CsvSource({
    "2H, PT2H",
    "3M, PT3M",
    "10S, PT10S",
    "250m, PT0.25S",
    "7u, PT0.000007S",
    "1n, PT0.000000001S",
    "0S, PT0S",
    "007S, PT7S",
    "99999999H, PT99999999H",
  })
  void timeout_isReadInEveryUnit(String text, Duration duration) {
    assertThat(GrpcRequests.timeout(List.of(text))).isEqualTo(duration);
  }

  @Test
  void noTimeout_isNone() {
    assertThat(GrpcRequests.timeout(List.of())).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "S", "1", "100000000S", "-1S", "+1S", "1.5S", "1 S", "1s", "1h", "١S"})
  void malformedTimeout_isRefused(String text) {
    assertThatThrownBy(() -> GrpcRequests.timeout(List.of(text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("grpc-timeout is malformed");
  }

  @Test
  void twoTimeouts_areRefused() {
    assertThatThrownBy(() -> GrpcRequests.timeout(List.of("1S", "2S")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
