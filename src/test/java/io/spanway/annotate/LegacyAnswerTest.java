// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shape of {@code /api/prom/query} and {@code /api/prom/tail}. */
final class LegacyAnswerTest {
  private static final String ENTRIES =
      "{\"ts\":\"2023-11-14T22:13:20.123456789Z\",\"line\":\"trace_id=b\"},"
          + "{\"ts\":\"2023-11-14T22:13:19Z\",\"line\":\"none\"},"
          + "{\"ts\":\"2023-11-14T22:13:18Z\",\"line\":\"trace_id=a\"}";

  private final CountingListener listener = new CountingListener();

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 10_000})
  void entries_splitByWhatTheyYield(int chunk) throws Exception {
    String answer =
        "{\"streams\":[{\"labels\":\"{app=\\\"x\\\", q=\\\"a\\\\\\\"b\\\"}\",\"entries\":["
            + ENTRIES
            + "]}],\"stats\":{\"summary\":{}}}";

    assertThat(annotate(answer, chunk))
        .isEqualTo(
            "{\"streams\":["
                + "{\"labels\":\"{TraceID=\\\"a\\\", app=\\\"x\\\", q=\\\"a\\\\\\\"b\\\"}\",\"entries\":["
                + "{\"ts\":\"2023-11-14T22:13:18Z\",\"line\":\"trace_id=a\"}]},"
                + "{\"labels\":\"{TraceID=\\\"b\\\", app=\\\"x\\\", q=\\\"a\\\\\\\"b\\\"}\",\"entries\":["
                + "{\"ts\":\"2023-11-14T22:13:20.123456789Z\",\"line\":\"trace_id=b\"}]},"
                + "{\"labels\":\"{app=\\\"x\\\", q=\\\"a\\\\\\\"b\\\"}\",\"entries\":["
                + "{\"ts\":\"2023-11-14T22:13:19Z\",\"line\":\"none\"}]}"
                + "],\"stats\":{\"summary\":{}}}");
    assertThat(listener.heard()).isEqualTo("seen 3, found {TraceID=2}, fallbacks {}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"streams\":[],\"stats\":{}}",
        "{\"streams\":[{\"labels\":\"{app=\\\"x\\\"}\",\"entries\":[{\"ts\":\"t\",\"line\":\"no\"}]}]}",
        "{\"streams\":[{\"labels\":\"not labels\",\"entries\":[{\"ts\":\"t\",\"line\":\"trace_id=1\"}]}]}",
        "{\"streams\":[{\"labels\":\"{a=\\\"\\\\q\\\"}\",\"entries\":[{\"ts\":\"t\",\"line\":\"trace_id=1\"}]}]}",
        "{\"streams\":[{\"labels\":{},\"entries\":[{\"ts\":\"t\",\"line\":\"trace_id=1\"}]}]}",
        "{\"streams\":[{\"labels\":\"{}\",\"entries\":[{\"ts\":\"t\",\"line\":\"trace_id=1\",\"x\":\"y\"}]}]}",
        "{\"streams\":[{\"labels\":\"{}\",\"entries\":[{\"ts\":\"t\"}]}]}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{},"
            + "\"values\":[[\"1\",\"trace_id=1\"]]}]}}",
      })
  void otherAnswer_passesByteForByte(String answer) throws Exception {
    assertThat(annotate(answer, 10_000)).isEqualTo(answer);
  }

  @Test
  void linkAroundTheEntry_readsTheTime() throws Exception {
    var field =
        new DerivedField(
            "t", null, "trace_id=(\\w+)", "https://t/?from=${__time.from}", null, null, null, null);
    String answer =
        "{\"streams\":[{\"labels\":\"{}\",\"entries\":["
            + "{\"ts\":\"2023-11-14T22:13:20.123456789Z\",\"line\":\"trace_id=b\"}]}]}";

    assertThat(annotate(fields(field), answer, 10_000))
        .contains("t_link=\\\"https://t/?from=1699997400000\\\"");
  }

  @Test
  void frame_isAnnotatedTheSameWay() throws Exception {
    String frame =
        "{\"streams\":[{\"labels\":\"{app=\\\"x\\\"}\",\"entries\":["
            + "{\"ts\":\"2023-11-14T22:13:18Z\",\"line\":\"trace_id=a\"}]}],\"dropped_entries\":[]}";
    var frames = new TailFrames(fields(traceId()), AnnotateListener.NONE).legacy();

    ByteBuf annotated = frames.annotate(Unpooled.copiedBuffer(frame, UTF_8));

    assertThat(annotated.toString(UTF_8))
        .isEqualTo(frame.replace("{app=\\\"x\\\"}", "{TraceID=\\\"a\\\", app=\\\"x\\\"}"));
    annotated.release();
  }

  private String annotate(String answer, int chunk) throws AnnotateConfigException {
    return annotate(fields(traceId()), answer, chunk);
  }

  private String annotate(DerivedFieldSet fields, String answer, int chunk) {
    return new String(
        Annotating.inChunks(
            LogStreamAnnotator.legacy(fields, listener), answer.getBytes(UTF_8), () -> chunk),
        UTF_8);
  }

  private static DerivedField traceId() {
    return DerivedField.regex("TraceID", "trace_id=(\\w+)");
  }

  private static DerivedFieldSet fields(DerivedField field) throws AnnotateConfigException {
    return DerivedFieldSet.compile(List.of(field), null, AnnotateConfig.DEFAULT);
  }
}
