// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.spanway.observe.SpanExport.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends an export and waits for its answer. The SDK's own sender does not read {@code Retry-After},
 * and what it got is told by classes that are internal. Used by one thread.
 */
final class OtlpSender implements HttpSender {
  /** Those of OTLP (open-telemetry/opentelemetry-proto:docs/specification.md). */
  private static final Set<Integer> RETRYABLE = Set.of(429, 502, 503, 504);

  private static final int MAX_DIGITS = 9;
  private static final Outcome NOTHING = new Outcome("nothing was sent", false, null);

  private @Nullable HttpSenderConfig config;
  private @Nullable HttpClient client;
  private Outcome outcome = NOTHING;

  /** The answer as the exporter wants to see it. */
  private record Answer(int status) implements io.opentelemetry.sdk.common.export.HttpResponse {
    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    public String getStatusMessage() {
      return "";
    }

    @Override
    public byte[] getResponseBody() {
      return new byte[0];
    }
  }

  /** Returns this, with what the exporter says of where and how. */
  HttpSender configured(HttpSenderConfig from) {
    config = from;
    client =
        HttpClient.newBuilder()
            // By clear text the other version begins with an upgrade that some proxies refuse.
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(from.getConnectTimeout())
            .build();
    return this;
  }

  /** Forgets what came of the export before. */
  void begin() {
    outcome = NOTHING;
  }

  /** Returns what came of the last export. */
  Outcome outcome() {
    return outcome;
  }

  @Override
  public void send(
      MessageWriter message,
      Consumer<io.opentelemetry.sdk.common.export.HttpResponse> onAnswer,
      Consumer<Throwable> onFailure) {
    HttpSenderConfig how = config;
    HttpClient by = client;
    if (how == null || by == null) {
      throw new IllegalStateException("not configured");
    }
    try {
      HttpResponse<Void> answer = by.send(request(how, message), BodyHandlers.discarding());
      outcome = outcome(answer);
      onAnswer.accept(new Answer(answer.statusCode()));
    } catch (IOException e) {
      outcome = new Outcome(e.toString(), true, null);
      onFailure.accept(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      outcome = new Outcome("interrupted", false, null);
      onFailure.accept(e);
    }
  }

  private static HttpRequest request(HttpSenderConfig how, MessageWriter message)
      throws IOException {
    ByteArrayOutputStream body =
        new ByteArrayOutputStream(Math.max(32, message.getContentLength()));
    message.writeMessage(body);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(how.getEndpoint())
            .timeout(how.getTimeout())
            .header("Content-Type", how.getContentType())
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()));
    how.getHeadersSupplier()
        .get()
        .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
    return request.build();
  }

  private static Outcome outcome(HttpResponse<?> answer) {
    int status = answer.statusCode();
    if (status / 100 == 2) {
      return Outcome.GOOD;
    }
    return new Outcome(
        "it answered " + status,
        RETRYABLE.contains(status),
        answer.headers().firstValue("Retry-After").map(OtlpSender::seconds).orElse(null));
  }

  /** Reads a number of seconds; a date is as good as nothing, for the clocks may differ. */
  static @Nullable Duration seconds(String text) {
    boolean number =
        !text.isEmpty()
            && text.length() <= MAX_DIGITS
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return number ? Duration.ofSeconds(Integer.parseInt(text)) : null;
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode.ofSuccess();
  }
}
