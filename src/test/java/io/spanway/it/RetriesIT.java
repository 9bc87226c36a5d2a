// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient.Answer;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads that one replica fails are read from another, once and within bounds. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class RetriesIT extends WireFixture {
  private final AtomicInteger asked = new AtomicInteger();
  private FakeUpstream other;

  @BeforeEach
  void startOther() throws IOException {
    other = new FakeUpstream();
  }

  @AfterEach
  void stopOther() throws IOException {
    other.close();
    assertThat(other.mistakes()).isEmpty();
  }

  /** Starts a gateway before two replicas, of which the first that is asked does as said. */
  private void startPair(FakeUpstream.Script first, String retries) throws IOException {
    FakeUpstream.Script script =
        (request, connection) -> {
          connection.readBody(request);
          if (asked.getAndIncrement() == 0) {
            first.serve(request, connection);
          } else {
            connection.answer(200, "fine\n");
          }
        };
    loki.script(script);
    other.script(script);
    gateway =
        Gateway.start(
            Gateway.yaml(threads, loki.uri(), tempo.uri(), "", ", retries: { " + retries + " }")
                .replace(
                    "urls: [" + loki.uri() + "]",
                    "urls: [" + loki.uri() + ", " + other.uri() + "]"));
  }

  private double retries(String outcome) throws IOException {
    return gateway.metric(
        "spanway_upstream_retries_total", "outcome=\"" + outcome + "\",upstream=\"loki\"");
  }

  @ParameterizedTest
  @ValueSource(ints = {502, 503})
  void answerThatSaysTheReplicaCannot_isReadFromTheOther(int status) throws Exception {
    startPair((request, connection) -> connection.answer(status, "no\n"), "");

    Answer answer = client().get(RELAYED);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("fine\n");
    assertThat(loki.requests()).hasSize(1);
    assertThat(other.requests()).hasSize(1);
    assertThat(retries("sent")).isOne();
  }

  @Test
  void connectionThatEndsBeforeTheAnswer_isReadFromTheOther() throws Exception {
    startPair((request, connection) -> connection.reset(), "");

    assertThat(client().get(RELAYED).status()).isEqualTo(200);

    assertThat(loki.requests()).hasSize(1);
    assertThat(other.requests()).hasSize(1);
    assertThat(retries("sent")).isOne();
  }

  @Test
  void secondFailure_isTheClients() throws Exception {
    FakeUpstream.Script no = (request, connection) -> connection.answer(503, "no\n");
    startPair(no, "");
    loki.script(no);
    other.script(no);

    Answer answer = client().get(RELAYED);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("no\n");
    assertThat(loki.requests()).hasSize(1);
    assertThat(other.requests()).hasSize(1);
  }

  @Test
  void answerThatMayBeTheQuerys_isTheClients() throws Exception {
    startPair((request, connection) -> connection.answer(504, "late\n"), "");

    assertThat(client().get(RELAYED).status()).isEqualTo(504);

    assertThat(asked).hasValue(1);
    assertThat(retries("sent")).isZero();
  }

  @Test
  void configuredStatus_isReadFromTheOther() throws Exception {
    startPair((request, connection) -> connection.answer(504, "late\n"), "statuses: [504]");

    assertThat(client().get(RELAYED).status()).isEqualTo(200);
  }

  @Test
  void write_isSentOnce() throws Exception {
    startPair((request, connection) -> connection.answer(503, "no\n"), "");

    Answer answer =
        client()
            .send("POST " + PUSH + " HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\n{}")
            .answer();

    assertThat(answer.status()).isEqualTo(503);
    assertThat(asked).hasValue(1);
  }

  @Test
  void budgetThatIsSpent_leavesTheFailureToTheClient() throws Exception {
    startPair((request, connection) -> connection.answer(503, "no\n"), "budget: 1, minimum: 0");

    assertThat(client().get(RELAYED).status()).isEqualTo(503);

    assertThat(asked).hasValue(1);
    assertThat(retries("over_budget")).isOne();
  }
}
