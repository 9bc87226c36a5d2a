// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanway.units.DataSize;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;

final class LogStreamAnnotatorFuzzTest {
  private static final DerivedFieldSet FIELDS = fields();

  @FuzzTest
  void anyBytes_giveNoExceptionAndStayJson(FuzzedDataProvider data) {
    int chunk = data.consumeInt(1, 300);
    byte[] body = data.consumeRemainingAsBytes();

    byte[] annotated =
        Annotating.inChunks(
            new LogStreamAnnotator(FIELDS, AnnotateListener.NONE), body, () -> chunk);

    if (isJson(body)) {
      assertThat(isJson(annotated)).isTrue();
    }
  }

  private static boolean isJson(byte[] text) {
    try {
      ReferenceAnnotator.JSON.readTree(new String(text, StandardCharsets.UTF_8));
      return true;
    } catch (JacksonException e) {
      return false;
    }
  }

  private static DerivedFieldSet fields() {
    try {
      return DerivedFieldSet.compile(
          List.of(
              DerivedField.regex("TraceID", "trace_?[iI][dD]=([\\w-]+)"),
              DerivedField.regex("rest", "q=(.*)"),
              new DerivedField(
                  "who", "label", "user", "https://t/${__value.raw}", "", "", null, null)),
          null,
          new AnnotateConfig(new DataSize(2000)));
    } catch (AnnotateConfigException e) {
      throw new AssertionError(e);
    }
  }
}
