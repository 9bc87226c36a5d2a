// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How a gRPC call ended, and the HTTP status that stands for it in logs and metrics
 * (google/googleapis:google/rpc/code.proto has the codes and those statuses).
 */
public enum GrpcStatus {
  OK(0, 200),
  CANCELLED(1, 499),
  UNKNOWN(2, 500),
  INVALID_ARGUMENT(3, 400),
  DEADLINE_EXCEEDED(4, 504),
  NOT_FOUND(5, 404),
  ALREADY_EXISTS(6, 409),
  PERMISSION_DENIED(7, 403),
  RESOURCE_EXHAUSTED(8, 429),
  FAILED_PRECONDITION(9, 400),
  ABORTED(10, 409),
  OUT_OF_RANGE(11, 400),
  UNIMPLEMENTED(12, 501),
  INTERNAL(13, 500),
  UNAVAILABLE(14, 503),
  DATA_LOSS(15, 500),
  UNAUTHENTICATED(16, 401);

  /** The header or trailer with the code. */
  public static final AsciiString HEADER = AsciiString.cached("grpc-status");

  /** The header or trailer with the message, percent-encoded. */
  public static final AsciiString MESSAGE_HEADER = AsciiString.cached("grpc-message");

  /** Bytes of a message, encoded, that are sent: clients take heads of 8 KiB. */
  private static final int MAX_MESSAGE = 2048;

  private static final GrpcStatus[] ALL = values();
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private final int code;
  private final String text;
  private final int httpStatus;

  GrpcStatus(int code, int httpStatus) {
    this.code = code;
    this.text = Integer.toString(code);
    this.httpStatus = httpStatus;
  }

  /** Returns the code, 0 to 16. */
  public int code() {
    return code;
  }

  /** Returns the HTTP status that stands for it. */
  public int httpStatus() {
    return httpStatus;
  }

  /**
   * Returns what an HTTP error means to a gRPC client. Tempo's own translation goes before gRPC's
   * (grpc/grpc:doc/http-grpc-status-mapping.md) where they differ, since it is Tempo that is spoken
   * for: 400 is the caller's fault, and 429 is not a reason to try again at once.
   */
  public static GrpcStatus ofHttp(int status) {
    return switch (status) {
      case 400, 414, 415 -> INVALID_ARGUMENT;
      case 401 -> UNAUTHENTICATED;
      case 403 -> PERMISSION_DENIED;
      case 404, 405, 501, 505 -> UNIMPLEMENTED;
      case 413, 429, 431 -> RESOURCE_EXHAUSTED;
      case 499 -> CANCELLED;
      case 502, 503 -> UNAVAILABLE;
      case 408, 504 -> DEADLINE_EXCEEDED;
      default -> status >= 500 ? INTERNAL : UNKNOWN;
    };
  }

  /**
   * Returns the status that {@code headers} name, which are trailers or those of an answer that has
   * nothing else; null when they name none, {@link #UNKNOWN} for a code that nobody knows.
   */
  public static @Nullable GrpcStatus in(HttpHeaders headers) {
    String text = headers.get(HEADER);
    if (text == null) {
      return null;
    }
    for (GrpcStatus status : ALL) {
      if (text.equals(status.text)) {
        return status;
      }
    }
    return UNKNOWN;
  }

  /**
   * Adds the status to trailers or to the head of an answer without a body.
   *
   * @param message one line that says why
   */
  public void addTo(HttpHeaders headers, String message) {
    headers.set(HEADER, text);
    headers.set(MESSAGE_HEADER, encoded(message));
  }

  /**
   * Percent-encodes as gRPC's PROTOCOL-HTTP2 says, and cuts what is too long between characters.
   */
  private static String encoded(String message) {
    StringBuilder encoded = new StringBuilder(message.length());
    int start = 0;
    while (start < message.length()) {
      int end = message.offsetByCodePoints(start, 1);
      int before = encoded.length();
      for (byte b : message.substring(start, end).getBytes(StandardCharsets.UTF_8)) {
        int c = b & 0xff;
        if (c >= ' ' && c < 0x7f && c != '%') {
          encoded.append((char) c);
        } else {
          encoded.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
        }
      }
      if (encoded.length() > MAX_MESSAGE) {
        encoded.setLength(before);
        break;
      }
      start = end;
    }
    return encoded.toString();
  }
}
