// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;

final class LogqlWriterFuzzTest {

  @FuzzTest
  void writtenValue_readsBackAsItself(FuzzedDataProvider data) throws LogqlSyntaxException {
    String value = data.consumeRemainingAsString();
    String selector;
    try {
      selector = LogqlWriter.selector(List.of(LabelMatcher.of("a", MatchOp.EQ, value)));
    } catch (IllegalArgumentException e) {
      if (!hasHalfACharacter(value)) {
        throw e;
      }
      return;
    }
    if (selector.length() * 3 >= LogqlParser.MAX_BYTES) {
      return;
    }
    Query query = LogqlParser.parse(selector);
    List<LabelMatcher> matchers = query.pipelines().get(0).selector().matchers();
    if (matchers.size() != 1 || !matchers.get(0).value().equals(value)) {
      throw new AssertionError(selector);
    }
    if (value.length() < 5000
        && !LabelMatcher.of("a", MatchOp.RE, LogqlWriter.regexQuote(value)).matches(value)) {
      throw new AssertionError("regex of " + selector);
    }
  }

  private static boolean hasHalfACharacter(String value) {
    return value.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }
}
