// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class LineWriterTest {
  private final List<String> written = new CopyOnWriteArrayList<>();

  private String text() {
    return String.join("", written);
  }

  @Test
  void line_isWrittenSoonWithoutAnother() {
    try (LineWriter writer = new LineWriter(written::add)) {
      writer.add("1\n");

      await().untilAsserted(() -> assertThat(text()).isEqualTo("1\n"));
    }
  }

  @Test
  void close_writesAllThatWaits_inOrder() {
    try (LineWriter writer = new LineWriter(written::add)) {
      IntStream.range(0, 8000).forEach(i -> writer.add(i + "\n"));
    }

    assertThat(text())
        .isEqualTo(IntStream.range(0, 8000).mapToObj(i -> i + "\n").collect(Collectors.joining()));
  }

  @Test
  void longLine_isWrittenWhole() {
    String text = "x".repeat(200_000) + "\n";
    try (LineWriter writer = new LineWriter(written::add)) {
      writer.add("1\n");
      writer.add(text);
    }

    assertThat(text()).isEqualTo("1\n" + text);
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
              written.add(lines);
            })) {
      writer.add("first\n");
      writing.await();
      IntStream.range(0, 10_000).forEach(i -> writer.add(i + "\n"));
      goOn.countDown();
    }

    assertThat(text().lines()).hasSize(1 + 8192).endsWith("8191");
  }
}
