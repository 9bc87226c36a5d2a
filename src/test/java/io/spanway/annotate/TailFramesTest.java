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

final class TailFramesTest {
  @Test
  void recordedFrame_getsTheKeyInItsMetadata() throws Exception {
    String frame = new String(Annotating.recording("loki-tail-frame"), UTF_8);

    assertThat(annotate(frame))
        .isEqualTo(
            frame.replace(
                "\"detected_level\":\"unknown\"}",
                "\"detected_level\":\"unknown\","
                    + "\"TraceID\":\"4a789cb3d8b9b45c1b98fbe466809a11\"}"));
  }

  @Test
  void frameWithoutFlags_getsTheKeyInItsLabels() throws Exception {
    String frame =
        "{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"1\",\"trace_id=1\"]]}],"
            + "\"dropped_entries\":[{\"timestamp\":\"1\",\"labels\":{}}]}";

    assertThat(annotate(frame)).isEqualTo(frame.replace("\"b\"", "\"b\",\"TraceID\":\"1\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "{}",
        "{\"streams\":null}",
        "{\"streams\":[{\"labels\":\"{}\",\"entries\":[{\"ts\":\"1\",\"line\":\"trace_id=1\"}]}]}",
        "{\"streams\":[{\"stream\":{},\"values\":[[\"1\",\"trace_id=1\"]]},{]}",
        "{\"streams\":[{\"stream\":{},\"values\":[[\"1\",\"trace_id=1\"]]}],"
            + "\"encodingFlags\":[\"categorize-labels\"]}",
      })
  void otherFrame_comesBackAsItWas(String frame) throws Exception {
    assertThat(annotate(frame)).isEqualTo(frame);
  }

  private static String annotate(String frame) throws AnnotateConfigException {
    DerivedFieldSet fields =
        DerivedFieldSet.compile(
            List.of(DerivedField.regex("TraceID", "trace_id=(\\w+)")),
            null,
            AnnotateConfig.DEFAULT);
    ByteBuf annotated =
        new TailFrames(fields, AnnotateListener.NONE).annotate(Unpooled.copiedBuffer(frame, UTF_8));
    String text = annotated.toString(UTF_8);
    annotated.release();
    return text;
  }
}
