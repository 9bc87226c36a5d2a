// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.units.DataSize;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DetectedFieldsTest {
  private static final String LEVEL =
      "{'label':'detected_level','type':'string','cardinality':1,'parsers':null}";
  private static final String ADDED =
      "{'label':'TraceID','type':'string','cardinality':0,'parsers':null}";
  private static final String KNOWN =
      "{'label':'known','type':'int','cardinality':3,'parsers':['json'],'jsonPath':['a']}";
  private static final String ADDED_KNOWN =
      "{'label':'known','type':'string','cardinality':0,'parsers':null}";

  private final CountingListener listener = new CountingListener();

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{'fields':["
            + LEVEL
            + ","
            + KNOWN
            + "],'limit':1000}"
            + "|{'fields':["
            + LEVEL
            + ","
            + KNOWN
            + ","
            + ADDED
            + "],'limit':1000}",
        "{'limit':1000,'fields':[ ]}|{'limit':1000,'fields':[ " + ADDED + "," + ADDED_KNOWN + "]}",
      })
  void fields_areListedUnlessLokiNamesThem(String before, String after) throws Exception {
    assertThat(annotate(before.replace('\'', '"'))).isEqualTo(after.replace('\'', '"'));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not JSON",
        "[]",
        "{\"fields\":null}",
        "{\"limit\":1}",
        "{\"fields\":[1]}",
        "{\"fields\":[],\"fields\":[]}",
        "{\"fields\":[]",
        "{\"fields\":[{\"label\":\"a\"}",
      })
  void otherAnswer_passesByteForByte(String body) throws Exception {
    assertThat(annotate(body)).isEqualTo(body);
    assertThat(listener.heard()).endsWith("fallbacks {UNEXPECTED=1}");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 50, 1000})
  void largeAnswer_passesByteForByte(int chunk) throws Exception {
    String body = "{\"fields\":[" + " ".repeat(200) + "]}";
    DerivedFieldSet fields = fields(new AnnotateConfig(new DataSize(100)));

    byte[] passed =
        Annotating.inChunks(
            new DetectedFields(fields, listener), body.getBytes(UTF_8), () -> chunk);

    assertThat(new String(passed, UTF_8)).isEqualTo(body);
    assertThat(listener.heard()).endsWith("fallbacks {TOO_LARGE=1}");
  }

  private String annotate(String body) throws AnnotateConfigException {
    var transform = new DetectedFields(fields(AnnotateConfig.DEFAULT), listener);
    return new String(Annotating.inChunks(transform, body.getBytes(UTF_8), () -> 9), UTF_8);
  }

  private static DerivedFieldSet fields(AnnotateConfig config) throws AnnotateConfigException {
    return DerivedFieldSet.compile(
        List.of(DerivedField.regex("TraceID", "(a)"), DerivedField.regex("known", "(b)")),
        null,
        config);
  }
}
