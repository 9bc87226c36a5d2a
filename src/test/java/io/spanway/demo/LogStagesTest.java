// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LogStagesTest {
  private static final Map<String, String> STREAM = Map.of("service_name", "s", "pod", "p-0");
  private static final List<DemoEntry> ENTRIES =
      List.of(
          DemoEntry.ingest(STREAM, 0, "GET /a trace_id=abc", Map.of()),
          DemoEntry.ingest(STREAM, 1, "{\"level\":\"info\",\"n\":{\"x y\":1}}", Map.of()),
          DemoEntry.ingest(STREAM, 2, "charged", Map.of("trace_id", "abc", "pod", "meta")),
          DemoEntry.ingest(STREAM, 3, "level=warn msg=\"a \\\"b\\\" c\" trace_id=ABC", Map.of()));

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "{service_name=\"s\"}; 0 1 2 3",
        "{service_name=\"t\"}; ''",
        "{service_name=~\"s|t\", pod!=\"p-1\"}; 0 1 2 3",
        "{service_name=\"s\"} |= \"abc\"; 0",
        "{service_name=\"s\"} |= \"abc\" or \"ABC\"; 0 3",
        "{service_name=\"s\"} != \"abc\" or \"ABC\"; 1 2",
        "{service_name=\"s\"} |= \"\"; 0 1 2 3",
        "{service_name=\"s\"} |~ \"(?i)ABC$\"; 0 3",
        "{service_name=\"s\"} !~ \"trace_id=\\\\w+\"; 1 2",
        "{service_name=\"s\"} | trace_id=\"abc\"; 2",
        "{service_name=\"s\"} | trace_id!=\"abc\"; 0 1 3",
        "{service_name=\"s\"} | trace_id=\"\" and pod=\"p-0\"; 0 1 3",
        "{service_name=\"s\"} | trace_id=\"abc\" or pod=\"p-1\"; 2",
        "{service_name=\"s\"} | logfmt | trace_id=~\"(?i)abc\"; 0 2 3",
        "{service_name=\"s\"} | json | level=\"info\"; 1",
        "{service_name=\"s\"} | json | n_x_y=\"1\"; 1",
        "{service_name=\"s\"} | json | __error__=\"\"; 1",
        "{service_name=\"s\"} | json | drop __error__ | __error__=\"\"; 0 1 2 3",
        "{service_name=\"s\"} | logfmt | drop trace_id=\"abc\" | trace_id=\"\"; 0 1 2",
        "{service_name=\"s\"} | pod_extracted=\"meta\"; 2",
        "{service_name=\"s\"} | regexp \"(?i)trace_id=(?P<id>\\\\w+)\" | id=~\"(?i)abc\"; 0 3",
        "{service_name=\"s\"} | regexp \"id=(?P<pod>\\\\w+)\" | pod_extracted=\"abc\"; 0",
        "{service_name=\"s\"} | detected_level=\"info\"; 1",
        "{service_name=\"s\"} | detected_level=\"warn\"; 3",
        "{service_name=\"s\"} | label_format z=`{{ contains \"abc\" __line__  }}` | z=\"true\" or"
            + " trace_id=\"abc\"; 0 2",
        "{service_name=\"s\"} | label_format z=`{{ contains \"abc\" __line__  }}` | z=\"true\" OR"
            + " trace_id=\"abc\"; 0 2",
        "{service_name=\"s\"} | label_format z=`{{ or (contains \"abc\" __line__) (contains"
            + " \"ABC\" __line__) }}` | z=\"true\" or trace_id=\"abc\" | drop z; 0 2 3",
      })
  void pipeline_keepsItsLines(String query, String kept) throws Exception {
    assertThat(String.join(" ", run(query))).isEqualTo(kept.replace("''", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "| pattern \"<x>\"",
        "| unpack",
        "| line_format \"{{.x}}\"",
        "| decolorize",
        "| keep a",
        "|> \"<_>a<_>\"",
        "|= ip(\"10.0.0.1\")",
        "| x > 1",
        "| x = ip(\"10.0.0.1\")",
        "| json a=\"b\"",
        "| logfmt --strict",
        "| label_format a=b",
        "| label_format a=`{{ .b }}`",
      })
  void otherStage_isRefused(String stage) {
    assertThatThrownBy(() -> run("{service_name=\"s\"} " + stage))
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith("the demo does not do");
  }

  @Test
  void regexpWithoutNames_isRefusedAsByLoki() {
    assertThatThrownBy(() -> run("{service_name=\"s\"} | regexp \"(a)\""))
        .hasMessage("parse error : at least one named capture must be supplied");
  }

  @Test
  void labelFormat_movesLabelToParsed() throws Exception {
    LogRow row =
        compile("{service_name=\"s\"} | label_format pod=`{{ contains \"abc\" __line__ }}`")
            .run(ENTRIES.get(0));

    assertThat(row.stream()).doesNotContainKey("pod");
    assertThat(row.parsed()).containsEntry("pod", "true");
  }

  @Test
  void bareParser_doesNotOverrideMetadata() throws Exception {
    var entry = DemoEntry.ingest(STREAM, 0, "trace_id=line pod=line", Map.of("trace_id", "meta"));

    LogRow row = compile("{service_name=\"s\"} | logfmt").run(entry);

    assertThat(row.get("trace_id")).isEqualTo("meta");
    assertThat(row.parsed()).containsOnly(Map.entry("pod_extracted", "line"));
  }

  private static List<String> run(String query) throws RefusedException {
    LogStages stages = compile(query);
    var kept = new ArrayList<String>();
    for (DemoEntry entry : ENTRIES) {
      if (stages.selects(entry.stream()) && stages.run(entry) != null) {
        kept.add(Long.toString(entry.timeNs()));
      }
    }
    return kept;
  }

  private static LogStages compile(String query) throws RefusedException {
    return LogStages.compile(LokiQuery.parse(query).pipelines().get(0));
  }
}
