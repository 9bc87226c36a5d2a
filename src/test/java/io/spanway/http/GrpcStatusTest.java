// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GrpcStatusTest {
  @ParameterizedTest
  @CsvSource({
    "400, 3", "401, 16", "403, 7", "404, 12", "405, 12", "408, 4", "409, 2", "413, 8", "414, 3",
    "415, 3", "418, 2", "429, 8", "431, 8", "499, 1", "500, 13", "501, 12", "502, 14", "503, 14",
    "504, 4", "505, 12", "508, 13", "599, 13", "200, 2", "302, 2",
  })
  void httpStatus_hasAMeaningInGrpc(int http, int code) {
    assertThat(GrpcStatus.ofHttp(http).code()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({
    "0, OK, 200",
    "1, CANCELLED, 499",
    "2, UNKNOWN, 500",
    "3, INVALID_ARGUMENT, 400",
    "4, DEADLINE_EXCEEDED, 504",
    "5, NOT_FOUND, 404",
    "6, ALREADY_EXISTS, 409",
    "7, PERMISSION_DENIED, 403",
    "8, RESOURCE_EXHAUSTED, 429",
    "9, FAILED_PRECONDITION, 400",
    "10, ABORTED, 409",
    "11, OUT_OF_RANGE, 400",
    "12, UNIMPLEMENTED, 501",
    "13, INTERNAL, 500",
    "14, UNAVAILABLE, 503",
    "15, DATA_LOSS, 500",
    "16, UNAUTHENTICATED, 401",
    "17, UNKNOWN, 500",
    "-1, UNKNOWN, 500",
    "x, UNKNOWN, 500",
    "'', UNKNOWN, 500",
    "99999999999, UNKNOWN, 500",
  })
  void code_isReadFromHeadersAndHasAnHttpStatus(String code, GrpcStatus status, int http) {
    HttpHeaders headers = new DefaultHttpHeaders().set("grpc-status", code);

    assertThat(GrpcStatus.in(headers)).isEqualTo(status);
    assertThat(status.httpStatus()).isEqualTo(http);
  }

  @Test
  void headersWithoutCode_haveNoStatus() {
    assertThat(GrpcStatus.in(new DefaultHttpHeaders())).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "plain text, plain text",
    "100 % sure, 100 %25 sure",
    "'a\r\nb', a%0D%0Ab",
    "gründlich, gr%C3%BCndlich",
    "\uD83D\uDE00, %F0%9F%98%80",
  })
  void message_isPercentEncoded(String message, String encoded) {
    HttpHeaders headers = new DefaultHttpHeaders();

    GrpcStatus.UNAVAILABLE.addTo(headers, message);

    assertThat(headers.get("grpc-status")).isEqualTo("14");
    assertThat(headers.get("grpc-message")).isEqualTo(encoded);
  }

  @Test
  void longMessage_isCutBetweenCharacters() {
    HttpHeaders headers = new DefaultHttpHeaders();

    GrpcStatus.INTERNAL.addTo(headers, "ü".repeat(1000));

    assertThat(headers.get("grpc-message")).isEqualTo("%C3%BC".repeat(341));
  }
}
