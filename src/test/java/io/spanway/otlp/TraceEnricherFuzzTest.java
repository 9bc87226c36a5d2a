// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import io.spanway.model.Attributes.Kind;
import io.spanway.model.Span;
import io.spanway.model.TraceId;
import io.spanway.otlp.TraceDecoder.Format;
import io.spanway.otlp.TraceEnricher.Enriched;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class TraceEnricherFuzzTest {
  private static final TraceId ID = TraceId.parse("1");
  private static final String KEY = "added";

  private record Adding() implements TraceEnricher.Rule {
    @Override
    public Set<String> keys() {
      return Set.of(KEY);
    }

    @Override
    public @Nullable Attribute missing(Attributes resource, Set<String> taken) {
      return taken.contains(KEY) ? null : new Attribute(KEY, "value", Kind.SCALAR);
    }
  }

  @FuzzTest
  void enrich_anyBytes_addsOneAttributeAndNothingElse(FuzzedDataProvider data) throws Exception {
    Format format = data.pickValue(Format.values());
    byte[] body = data.consumeRemainingAsBytes();
    byte[] before = body.clone();
    Enriched enriched;
    try {
      enriched = TraceEnricher.enrich(body, format, new Adding());
    } catch (TraceDecodeException expected) {
      return;
    }
    if (!java.util.Arrays.equals(before, body)) {
      throw new AssertionError("the body itself was changed");
    }
    if (enriched == null) {
      return;
    }
    if (TraceEnricher.enrich(enriched.body(), format, new Adding()) != null) {
      throw new AssertionError("what was put in is not found again");
    }
    List<Span> spans;
    try {
      spans = TraceDecoder.decode(ID, body, format).spans();
    } catch (TraceDecodeException notLookedAt) {
      return;
    }
    List<Span> after = TraceDecoder.decode(ID, enriched.body(), format).spans();
    for (int i = 0; i < Math.max(spans.size(), after.size()); i++) {
      if (!same(spans.get(i), after.get(i))) {
        throw new AssertionError(spans.get(i) + " became " + after.get(i));
      }
    }
  }

  private static boolean same(Span before, Span after) {
    List<Attribute> had = before.resource().attributes().all();
    List<Attribute> has = after.resource().attributes().all();
    return before.id().equals(after.id())
        && before.attributes().equals(after.attributes())
        && has.size() - had.size() <= 1
        && has.subList(0, had.size()).equals(had);
  }
}
