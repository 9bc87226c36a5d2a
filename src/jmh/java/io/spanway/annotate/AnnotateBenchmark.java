// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.spanway.body.BodyTransform;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
import org.openjdk.jmh.infra.Blackhole;

/**
 * Megabytes of an answer through the annotator in chunks of 32 KiB. A line is 250 bytes long and
 * has what the first three fields look for. More than ten are the elements of ten again and again,
 * so that a long answer is not held by the benchmark either. With {@code -prof gc} it says what is
 * allocated, which must not grow with the answer but by its chunks.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AnnotateBenchmark {
  private static final int SIZE = 10 << 20;
  private static final int CHUNK = 32 << 10;
  private static final String END = "]}}";

  /** Ten fields as people have them; the last needs the engine in every line. */
  private static final List<DerivedField> FIELDS =
      List.of(
          DerivedField.regex("TraceID", "trace_id=(\\w+)"),
          DerivedField.regex("path", "path=(\\S+)"),
          DerivedField.regex("status", "status=(\\d{3})"),
          DerivedField.regex("json_trace", "\"traceId\":\"(\\w+)\""),
          DerivedField.regex("order", "order=([^ ]+)"),
          DerivedField.regex("user", "user[_-]?id[=:](\\w+)"),
          DerivedField.regex("session", "(?:session|sid)=([a-f0-9]{8,})"),
          DerivedField.regex("customer", "customer=\"([^\"]+)\""),
          DerivedField.regex("build", "build/(\\d+)"),
          DerivedField.regex("parent", "traceparent: 00-(\\w+)-"));

  @Param({"categorised", "folded"})
  private String shape = "";

  @Param({"pass", "1", "3", "10", "regex", "jackson"})
  private String fields = "";

  @Param({"10", "200"})
  private int megabytes;

  private byte[] answer = {};
  private int elements;
  private int end;
  private DerivedFieldSet set = DerivedFieldSet.NONE;

  /** Makes the answer and the fields. */
  @Setup
  public void setUp() throws AnnotateConfigException {
    answer = answer(shape.equals("categorised"));
    String text = new String(answer, UTF_8);
    elements = text.indexOf("\"result\":[") + "\"result\":[".length();
    end = answer.length - END.length();
    List<DerivedField> chosen =
        switch (fields) {
          case "pass" -> List.of();
          case "1", "3", "10" -> FIELDS.subList(0, Integer.parseInt(fields));
          case "regex" -> List.of(DerivedField.regex("TraceID", "(?i)trace_id=(\\w+)"));
          default -> FIELDS.subList(0, 1);
        };
    set = DerivedFieldSet.compile(chosen, null, AnnotateConfig.DEFAULT);
  }

  /** Annotates the answer once. */
  @Benchmark
  public void annotate(Blackhole hole) {
    if (fields.equals("jackson")) {
      // Ten megabytes at a time: a tree of all of it has no place in a small heap.
      for (int i = 0; i < megabytes / 10; i++) {
        String text = new String(answer, UTF_8);
        hole.consume(
            ReferenceAnnotator.JSON.writeValueAsBytes(ReferenceAnnotator.annotated(text, set)));
      }
      return;
    }
    Consumer<ByteBuf> out =
        chunk -> {
          hole.consume(chunk.readableBytes());
          chunk.release();
        };
    BodyTransform annotator = new LogStreamAnnotator(set, AnnotateListener.NONE);
    int copies = megabytes / 10;
    for (int i = 0; i < copies; i++) {
      // Between the copies of the elements there is a comma; only the last has the end.
      feed(annotator, out, i == 0 ? 0 : elements, i < copies - 1 ? end : answer.length);
      if (i < copies - 1) {
        annotator.accept(PooledByteBufAllocator.DEFAULT.directBuffer(1).writeByte(','), out);
      }
    }
    annotator.finish(out);
  }

  private void feed(BodyTransform annotator, Consumer<ByteBuf> out, int start, int limit) {
    for (int from = start; from < limit; from += CHUNK) {
      int length = Math.min(CHUNK, limit - from);
      ByteBuf chunk = PooledByteBufAllocator.DEFAULT.directBuffer(length);
      annotator.accept(chunk.writeBytes(answer, from, length), out);
    }
  }

  private static byte[] answer(boolean categorised) {
    var json = new StringBuilder("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",");
    if (categorised) {
      json.append("\"encodingFlags\":[\"categorize-labels\"],");
    }
    json.append("\"result\":[");
    var entries = new ArrayList<String>();
    for (int i = 0; json.length() < SIZE; i++) {
      entries.add(entry(i, categorised));
      // Folded entries differ in their metadata: most elements have one or two.
      if (entries.size() == (categorised ? 1000 : 2)) {
        json.append(json.charAt(json.length() - 1) == '[' ? "" : ",");
        json.append("{\"stream\":{\"service_name\":\"shop\",\"seq\":\"").append(i);
        json.append("\"},\"values\":[").append(String.join(",", entries)).append("]}");
        entries.clear();
      }
    }
    return json.append(END).toString().getBytes(UTF_8);
  }

  private static String entry(int i, boolean categorised) {
    return "[\""
        + (1_700_000_000_000_000_000L + i)
        + "\",\"10.0.0."
        + i % 256
        + " - - \\\"GET /cart/"
        + i
        + " HTTP/1.1\\\" level=info msg=\\\"request done\\\" component=checkout region=eu-west-1"
        + " path=/cart/"
        + i % 100
        + " status=200 bytes=4862 duration=12.345ms host=shop-7d9f8b6c5-x2k4z thread=worker-"
        + i % 16
        + " trace_id="
        + String.format("%032x", i * 0x9E3779B97F4A7C15L)
        + "\""
        + (categorised ? ",{\"structuredMetadata\":{\"detected_level\":\"info\"}}" : "")
        + "]";
  }
}
