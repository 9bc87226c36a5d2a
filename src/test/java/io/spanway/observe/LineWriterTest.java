// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class LineWriterTest {
  private final StringBuffer written = new StringBuffer();

  @Test
  void line_isWrittenSoonWithoutAnother() {
    try (LineWriter writer = new LineWriter(written::append)) {
      writer.add("1\n");

      await().untilAsserted(() -> assertThat(written).hasToString("1\n"));
    }
  }

  @Test
  void close_writesAllThatWaits_inOrder() {
    try (LineWriter writer = new LineWriter(written::append)) {
      IntStream.range(0, 8000).forEach(i -> writer.add(i + "\n"));
    }

    assertThat(written)
        .hasToString(
            IntStream.range(0, 8000).mapToObj(i -> i + "\n").collect(Collectors.joining()));
  }

  @Test
  void longLine_isWrittenWhole() {
    String text = "x".repeat(200_000) + "\n";
    try (LineWriter writer = new LineWriter(written::append)) {
      writer.add("1\n");
      writer.add(text);
    }

    assertThat(written).hasToString("1\n" + text);
  }

  @Test
  void readerThatStops_holdsUpNobody_andCostsTheLinesBeyondTheQueue() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (LineWriter writer =
        new LineWriter(
            lines -> {
              writing.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              written.append(lines);
            })) {
      writer.add("first\n");
      writing.await();
      IntStream.range(0, 10_000).forEach(i -> writer.add(i + "\n"));
      goOn.countDown();
    }

    assertThat(written.toString().lines()).hasSize(1 + 8192).endsWith("8191");
  }
}
