// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.ID;
import static io.spanway.correlate.Traces.SPAN;
import static io.spanway.correlate.Traces.span;
import static io.spanway.correlate.Traces.trace;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanway.model.Attributes;
import io.spanway.model.SpanRef;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Custom queries: whatever a template and a value hold. */
final class QueryTemplateFuzzTest {
  @FuzzTest
  void render_anyValue_staysInItsLiteral(FuzzedDataProvider data) throws Exception {
    String value = data.consumeString(500);
    if (!value.isEmpty() && StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      TemplateShape.assertHolds(value);
    }
  }

  @FuzzTest
  void compile_anyTemplate_isRefusedOrGivesQueries(FuzzedDataProvider data) {
    String value = data.consumeString(50);
    QueryTemplate template;
    try {
      template = QueryTemplate.compile(data.consumeRemainingAsString());
    } catch (TemplateException e) {
      assertThat(e).message().isNotEmpty();
      return;
    }
    var span = span(Attributes.of("v", value), Attributes.EMPTY);
    var values = new TemplateValues(trace(span), new SpanRef(ID, SPAN), List.of(span));
    try {
      assertThat(template.render(values, LabelChoice.NONE, new ArrayList<>())).isNotEmpty();
    } catch (MissingValueException e) {
      assertThat(e).message().isNotEmpty();
    }
  }
}
