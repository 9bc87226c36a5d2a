// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What makes a request a gRPC call, and what it says (grpc/grpc:doc/PROTOCOL-HTTP2.md). */
public final class GrpcRequests {
  private static final String TYPE = "application/grpc";
  private static final int MAX_DIGITS = 8;

  private GrpcRequests() {}

  /**
   * Says whether the body is gRPC's, by its content type: {@code application/grpc}, with a format
   * ({@code +proto}) or parameters behind it. {@code application/grpc-web} is another protocol.
   */
  public static boolean isGrpc(@Nullable String contentType) {
    if (contentType == null || !contentType.regionMatches(true, 0, TYPE, 0, TYPE.length())) {
      return false;
    }
    if (contentType.length() == TYPE.length()) {
      return true;
    }
    char next = contentType.charAt(TYPE.length());
    return next == '+' || next == ';' || next == ' ';
  }

  /**
   * Returns how long the client waits for the call, null for as long as it takes.
   *
   * @param values the values of {@code grpc-timeout}
   * @throws IllegalArgumentException if they are not what the protocol says; the message is one
   *     line without anything of the client's in it
   */
  public static @Nullable Duration timeout(List<String> values) {
    if (values.isEmpty()) {
      return null;
    }
    String text = values.get(0);
    int digits = text.length() - 1;
    if (values.size() > 1 || digits < 1 || digits > MAX_DIGITS) {
      throw malformed();
    }
    long amount = 0;
    for (int i = 0; i < digits; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        throw malformed();
      }
      amount = amount * 10 + c - '0';
    }
    return switch (text.charAt(digits)) {
      case 'H' -> Duration.of(amount, ChronoUnit.HOURS);
      case 'M' -> Duration.of(amount, ChronoUnit.MINUTES);
      case 'S' -> Duration.of(amount, ChronoUnit.SECONDS);
      case 'm' -> Duration.of(amount, ChronoUnit.MILLIS);
      case 'u' -> Duration.of(amount, ChronoUnit.MICROS);
      case 'n' -> Duration.of(amount, ChronoUnit.NANOS);
      default -> throw malformed();
    };
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException(
        "grpc-timeout is malformed (expected: 1 to 8 digits and one of H, M, S, m, u, n)");
  }
}
