// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a run came to, as Markdown for people and as JSON with each sample. */
final class Report {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Map<String, String> facts;
  private final List<Row> rows = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  Report(Map<String, String> facts) {
    this.facts = facts;
  }

  /**
   * A line of the table.
   *
   * @param yardstick what the ratios are to
   * @param figures samples by their names; {@link Comparison} has the names
   */
  record Row(
      String scenario, String target, Row yardstick, Map<String, Samples> figures, long errors) {

    static Row of(String scenario, String target, Row yardstick) {
      return new Row(scenario, target, yardstick, new LinkedHashMap<>(), 0);
    }

    Row withErrors(long counted) {
      return new Row(scenario, target, yardstick, figures, counted);
    }

    Samples samples(String name) {
      return figures.computeIfAbsent(name, n -> new Samples());
    }

    /** Adds what one measurement's latencies, in nanoseconds, come to. */
    void latencies(Histogram nanos) {
      samples("p50").add(nanos.getValueAtPercentile(50) / 1e6);
      samples("p90").add(nanos.getValueAtPercentile(90) / 1e6);
      samples("p99").add(nanos.getValueAtPercentile(99) / 1e6);
      samples("p99.9").add(nanos.getValueAtPercentile(99.9) / 1e6);
    }

    Samples ratio(String name) {
      Samples own = figures.getOrDefault(name, new Samples());
      return yardstick == null ? new Samples() : own.of(yardstick.samples(name));
    }
  }

  /**
   * A limit that was set beforehand. The median decides.
   *
   * @param atLeast whether the limit is the least, or the most
   */
  record Mark(
      String scenario, String what, Samples measured, boolean atLeast, double limit, String unit) {
    boolean met() {
      return !measured.isEmpty()
          && (atLeast ? measured.median() >= limit : measured.median() <= limit);
    }
  }

  void add(String fact, String value) {
    facts.put(fact, value);
  }

  void add(Row row) {
    rows.add(row);
  }

  void add(Mark mark) {
    marks.add(mark);
  }

  /** Something that a reader has to know to read the figures right. */
  void note(String note) {
    notes.add(note);
    System.err.println("loadtest: " + note);
  }

  String markdown() {
    var text = new StringBuilder();
    facts.forEach(
        (name, value) -> text.append("- ").append(name).append(": ").append(value).append('\n'));
    notes.forEach(note -> text.append("- ").append(note).append('\n'));
    text.append(
        """

        | scenario | target | requests/s | of yardstick | CPU s per 10,000 | of yardstick | busy | others | at rate/s | p50 ms | p90 | p99 | p99.9 | RSS MiB | errors |
        | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
        """);
    for (Row row : rows) {
      text.append("| ").append(row.scenario()).append(" | ").append(row.target()).append(" | ");
      text.append(row.samples("rate").text(row.samples("rate").median() < 100 ? 1 : 0));
      text.append(" | ").append(row.ratio("rate").text(2)).append(" | ");
      text.append(row.samples("cpu").text(row.samples("cpu").median() < 10 ? 3 : 1));
      text.append(" | ").append(row.ratio("cpu").text(2));
      text.append(" | ").append(row.samples("busy").text(2));
      text.append(" | ").append(row.samples("others").text(2));
      text.append(" | ").append(row.samples("at").text(0));
      for (String name : List.of("p50", "p90", "p99", "p99.9")) {
        text.append(" | ").append(row.samples(name).text(2));
      }
      text.append(" | ").append(row.samples("rss").text(0));
      text.append(" | ").append(row.errors()).append(" |\n");
    }
    if (!marks.isEmpty()) {
      text.append(
          "\n| scenario | what | mark | measured | result |\n| --- | --- | --- | --- | --- |\n");
    }
    for (Mark mark : marks) {
      text.append(
          "| %s | %s | %s %s%s | %s | %s |\n"
              .formatted(
                  mark.scenario(),
                  mark.what(),
                  mark.atLeast() ? "≥" : "≤",
                  number(mark.limit()),
                  mark.unit(),
                  mark.measured().text(2),
                  mark.met() ? "met" : "**missed**"));
    }
    return text.toString();
  }

  private static String number(double value) {
    return value == Math.rint(value) ? "%.0f".formatted(value) : "" + value;
  }

  private ObjectNode json() {
    ObjectNode json = MAPPER.createObjectNode();
    ObjectNode about = json.putObject("about");
    facts.forEach(about::put);
    var allNotes = json.putArray("notes");
    notes.forEach(allNotes::add);
    var allRows = json.putArray("rows");
    for (Row row : rows) {
      ObjectNode node = allRows.addObject();
      node.put("scenario", row.scenario()).put("target", row.target());
      node.put("yardstick", row.yardstick() == null ? null : row.yardstick().target());
      node.put("errors", row.errors());
      row.figures().forEach((name, samples) -> put(node, name, samples));
    }
    var allMarks = json.putArray("marks");
    for (Mark mark : marks) {
      ObjectNode node = allMarks.addObject();
      node.put("scenario", mark.scenario()).put("what", mark.what()).put("limit", mark.limit());
      node.put("atLeast", mark.atLeast()).put("met", mark.met());
      put(node, "measured", mark.measured());
    }
    return json;
  }

  private static void put(ObjectNode node, String name, Samples samples) {
    var array = node.putArray(name);
    samples.values().forEach(array::add);
  }

  /** Keeps the tables, and beside them each sample. */
  void write(Path markdown, Path json) throws IOException {
    Files.createDirectories(markdown.getParent());
    Files.writeString(markdown, markdown());
    Files.writeString(json, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json()));
  }
}
