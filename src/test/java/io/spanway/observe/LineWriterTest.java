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
  void manyLines_areWrittenInPartsOfWholeLines() {
    String line = "x".repeat(999) + "\n";
    try (LineWriter writer = new LineWriter(written::add)) {
      for (int i = 0; i < 1000; i++) {
        writer.add(line);
      }
    }

    assertThat(text()).isEqualTo(line.repeat(1000));
    assertThat(written).allMatch(part -> part.endsWith("\n") && part.length() <= 33_000);
  }

  @Test
  void line_isCopied() {
    try (LineWriter writer = new LineWriter(written::add)) {
      StringBuilder line = new StringBuilder("1\n");
      writer.add(line);
      line.setLength(0);
      writer.add(line.append("2\n"));
    }

    assertThat(text()).isEqualTo("1\n2\n");
  }

  @Test
  void readerThatStops_holdsUpNobody_andCostsTheLinesBeyondWhatMayWait() throws Exception {
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
      String line = "x".repeat(1023) + "\n";
      for (int i = 0; i < 3000; i++) {
        writer.add(line);
      }
      goOn.countDown();
    }

    assertThat(text()).isEqualTo("first\n" + ("x".repeat(1023) + "\n").repeat(2048));
  }
}
