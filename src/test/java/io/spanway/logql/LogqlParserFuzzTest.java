// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

final class LogqlParserFuzzTest {

  @FuzzTest
  void parse_anyText_isAQueryWithTruePlacesOrOneException(FuzzedDataProvider data)
      throws LogqlSyntaxException {
    String text = data.consumeRemainingAsString();
    Query query;
    try {
      query = LogqlParser.parse(text);
    } catch (LogqlSyntaxException expected) {
      // Anything else that is thrown fails the test.
      return;
    }
    require(query.text().equals(text), "text");
    LogqlEdits edits = new LogqlEdits(text);
    LogqlEdits filtered = new LogqlEdits(text);
    int last = 0;
    for (LogPipeline pipeline : query.pipelines()) {
      require(pipeline.range().start() >= last, "order of pipelines");
      last = pipeline.range().start();
      for (LabelMatcher matcher : pipeline.selector().matchers()) {
        String part = matcher.range().in(text);
        require(only("{" + part + "}").equals(matcher), "matcher's place");
        edits.replace(matcher.range(), part);
      }
      filtered.insert(pipeline.filterInsertionPoint(), " | (t=\"1\")");
      pipeline.stages().forEach(stage -> stage.range().in(text));
    }
    require(edits.apply().equals(text), "untouched text");
    if (LogqlSize.leavesRoom(text)) {
      Query again = LogqlParser.parse(filtered.apply());
      for (int i = 0; i < query.pipelines().size(); i++) {
        require(
            again.pipelines().get(i).stages().size()
                == query.pipelines().get(i).stages().size() + 1,
            "one stage more");
      }
    }
  }

  private static LabelMatcher only(String selector) throws LogqlSyntaxException {
    return LogqlParser.parse(selector).pipelines().get(0).selector().matchers().get(0);
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** Inserted filters make texts longer, which must not be what refuses them. */
  private static final class LogqlSize {
    static boolean leavesRoom(String text) {
      return text.length() < LogqlParser.MAX_BYTES / 16;
    }
  }
}
