// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Supplier;

/** An answer whose time is over, for when the upstream has no better one. */
public final class StaleAnswer {
  /** How Loki's answers begin, and Spanway's own of that kind. */
  private static final byte[] LOKI = ascii("{\"status\":\"success\",");

  private final Duration age;
  private final long bytes;
  private final Supplier<CachedResponse> writer;

  private StaleAnswer(Duration age, long bytes, Supplier<CachedResponse> writer) {
    this.age = age;
    this.bytes = bytes;
    this.writer = writer;
  }

  static StaleAnswer of(HeldLogs logs) {
    Duration age = logs.age();
    return new StaleAnswer(age, logs.bytes(), () -> warned(logs.write(), age));
  }

  static StaleAnswer of(CachedResponse response, Duration age) {
    // Only moved, which is fast whatever its size.
    return new StaleAnswer(age, 0, () -> warned(response, age));
  }

  /** Returns how long ago it was fetched. */
  public Duration age() {
    return age;
  }

  /** Returns about how many bytes are to be encoded; zero when that is done. */
  public long bytes() {
    return bytes;
  }

  /** Writes the answer; where it has a place for them, with a warning that says how old it is. */
  public CachedResponse write() {
    return writer.get();
  }

  private static CachedResponse warned(CachedResponse response, Duration age) {
    byte[] body = response.body();
    String type = response.header(HttpHeaderNames.CONTENT_TYPE.toString());
    boolean hasPlace =
        type != null
            && type.contains("json")
            && body.length > LOKI.length
            && Arrays.equals(body, 0, LOKI.length, LOKI, 0, LOKI.length);
    if (!hasPlace) {
      return response;
    }
    byte[] warning = ascii("\"warnings\":[\"" + warning(age) + "\"],");
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length + warning.length);
    out.write(body, 0, LOKI.length);
    out.write(warning, 0, warning.length);
    out.write(body, LOKI.length, body.length - LOKI.length);
    HttpHeaders headers = response.headers();
    return new CachedResponse(
        response.status(),
        headers,
        out.toByteArray(),
        response.storedAtTick(),
        response.freshUntilTick());
  }

  private static String warning(Duration age) {
    return "the upstream failed: this answer is " + age.toSeconds() + " seconds old";
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
