// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The two halves of a span's logs as Loki answers them, each of so many entries of 250 bytes and a
 * third of them in both: read, merged and written. With {@code -prof gc} it says what is allocated.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MergeBenchmark {
  private static final int STREAM = 100;

  @Param({"100", "1000", "5000"})
  private int entries;

  @Param({"categorised", "folded"})
  private String shape = "";

  private byte[] first = {};
  private byte[] second = {};
  private List<StreamsAnswer> both = List.of();

  /** Makes both answers. */
  @Setup
  public void setUp() throws StreamsFormatException {
    first = answer(0);
    second = answer(entries * 2 / 3);
    both = List.of(StreamsAnswer.read(first), StreamsAnswer.read(second));
  }

  /** Reads one of them. */
  @Benchmark
  public StreamsAnswer read() throws StreamsFormatException {
    return StreamsAnswer.read(first);
  }

  /** Merges what was read. */
  @Benchmark
  public StreamsMerge merge() {
    return StreamsMerge.merge(both, Direction.FORWARD, entries);
  }

  /** All of it, as a request has it. */
  @Benchmark
  public byte[] readMergeWrite() throws StreamsFormatException {
    List<StreamsAnswer> answers = List.of(StreamsAnswer.read(first), StreamsAnswer.read(second));
    return StreamsMerge.merge(answers, Direction.FORWARD, entries).answer().write();
  }

  private byte[] answer(int from) {
    boolean categorised = shape.equals("categorised");
    var json = new StringBuilder("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",");
    json.append(
        categorised ? "\"encodingFlags\":[\"categorize-labels\"],\"result\":[" : "\"result\":[");
    for (int i = 0; i < entries; i++) {
      boolean begins = i % (categorised ? STREAM : 2) == 0;
      if (begins) {
        json.append(i == 0 ? "" : "]},").append("{\"stream\":{\"app\":\"shop\",\"pod\":\"shop-");
        json.append((from + i) / STREAM)
            .append(categorised ? "" : "\",\"trace_id\":\"" + (from + i) / 2);
        json.append("\"},\"values\":[");
      }
      json.append(begins ? "" : ",").append("[\"").append(1_700_000_000_000_000_000L + from + i);
      json.append("\",\"level=info msg=\\\"request done\\\" path=/cart/").append(from + i);
      json.append(" padding=").append("x".repeat(190)).append('"');
      json.append(categorised ? ",{\"structuredMetadata\":{\"trace_id\":\"abc\"}}]" : "]");
    }
    return json.append("]}],\"stats\":{}}}").toString().getBytes(UTF_8);
  }
}
