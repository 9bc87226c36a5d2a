// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LineFilterOp;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.PipelineStage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline in a form that can be run: selectors, line filters, label filters with strings, {@code
 * json}, {@code logfmt}, {@code regexp}, {@code drop} and {@code label_format} with a {@code
 * contains} template. Immutable.
 */
final class LogStages {
  /** One stage: changes the row and says whether it goes on. */
  @FunctionalInterface
  private interface Stage {
    boolean accept(LogRow row);
  }

  private final List<LabelMatcher> matchers;
  private final List<Stage> stages;

  private LogStages(List<LabelMatcher> matchers, List<Stage> stages) {
    this.matchers = matchers;
    this.stages = stages;
  }

  /**
   * Prepares {@code pipeline} to be run.
   *
   * @throws RefusedException when it has a stage that the demo does not do
   */
  static LogStages compile(LogPipeline pipeline) throws RefusedException {
    var stages = new ArrayList<Stage>();
    for (PipelineStage stage : pipeline.stages()) {
      stages.add(stage(stage));
    }
    return new LogStages(pipeline.selector().matchers(), List.copyOf(stages));
  }

  /** Says whether the selector takes the stream of these labels. */
  boolean selects(Map<String, String> stream) {
    for (LabelMatcher matcher : matchers) {
      if (!matcher.matches(stream.get(matcher.name()))) {
        return false;
      }
    }
    return true;
  }

  /** Runs the stages over an entry of a chosen stream; null when one of them drops it. */
  @Nullable LogRow run(DemoEntry entry) {
    var row = new LogRow(entry);
    for (Stage stage : stages) {
      if (!stage.accept(row)) {
        return null;
      }
    }
    return row;
  }

  // A chain of instanceof: Java 17 has no patterns in switch.
  private static Stage stage(PipelineStage stage) throws RefusedException {
    if (stage instanceof PipelineStage.LineFilter filter) {
      return lineFilter(filter);
    }
    if (stage instanceof PipelineStage.LabelFilter filter) {
      Predicate<LogRow> condition = condition(filter.expr());
      return condition::test;
    }
    if (stage instanceof PipelineStage.JsonStage json) {
      if (!json.extractions().isEmpty()) {
        throw RefusedException.notInTheDemo("`json` with expressions");
      }
      return row -> {
        JsonLine.extract(row);
        return true;
      };
    }
    if (stage instanceof PipelineStage.LogfmtStage logfmt) {
      if (logfmt.strict() || logfmt.keepEmpty() || !logfmt.extractions().isEmpty()) {
        throw RefusedException.notInTheDemo("`logfmt` with flags or expressions");
      }
      return row -> {
        LogfmtLine.extract(row.line(), row::extract);
        return true;
      };
    }
    if (stage instanceof PipelineStage.Drop drop) {
      return drop(drop);
    }
    if (stage instanceof PipelineStage.LabelFormat format) {
      return labelFormat(format);
    }
    if (stage instanceof PipelineStage.RegexpStage regexp) {
      return regexp(regexp.regex());
    }
    throw RefusedException.notInTheDemo("the stage `" + name(stage) + "`");
  }

  private static String name(PipelineStage stage) {
    if (stage instanceof PipelineStage.PatternStage) {
      return "pattern";
    }
    if (stage instanceof PipelineStage.UnpackStage) {
      return "unpack";
    }
    if (stage instanceof PipelineStage.LineFormat) {
      return "line_format";
    }
    if (stage instanceof PipelineStage.Decolorize) {
      return "decolorize";
    }
    return stage instanceof PipelineStage.Keep ? "keep" : "unwrap";
  }

  private static Stage lineFilter(PipelineStage.LineFilter filter) throws RefusedException {
    LineFilterOp op = filter.op();
    if (filter.usesIp()) {
      throw RefusedException.notInTheDemo("line filters with `ip`");
    }
    var tests = new ArrayList<Predicate<String>>();
    for (String text : filter.alternatives()) {
      tests.add(
          switch (op) {
            case CONTAINS, NOT_CONTAINS -> line -> line.contains(text);
            case MATCHES, NOT_MATCHES -> regex(text);
            case PATTERN, NOT_PATTERN ->
                throw RefusedException.notInTheDemo("the line filter `" + op.text() + "`");
          });
    }
    boolean keep = !op.isNegative();
    return row -> tests.stream().anyMatch(test -> test.test(row.line())) == keep;
  }

  private static Predicate<String> regex(String text) throws RefusedException {
    Pattern pattern = pattern(text);
    return line -> pattern.matcher(line).find();
  }

  private static Pattern pattern(String text) throws RefusedException {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new RefusedException("parse error : error parsing regexp: " + e.getMessage());
    }
  }

  private static Stage regexp(String text) throws RefusedException {
    Pattern pattern = pattern(text);
    Map<String, Integer> groups = pattern.namedGroups();
    if (groups.isEmpty()) {
      throw new RefusedException("parse error : at least one named capture must be supplied");
    }
    return row -> {
      Matcher matcher = pattern.matcher(row.line());
      if (matcher.find()) {
        groups.forEach(
            (name, group) -> {
              String value = matcher.group(group);
              if (value != null) {
                row.extract(name, value);
              }
            });
      }
      return true;
    };
  }

  private static Predicate<LogRow> condition(LabelFilterExpr expr) throws RefusedException {
    if (expr instanceof LabelFilterExpr.StringCompare compare) {
      return row -> compare.matches(row.get(compare.name()));
    }
    if (expr instanceof LabelFilterExpr.And and) {
      List<Predicate<LogRow>> operands = conditions(and.operands());
      return row -> operands.stream().allMatch(operand -> operand.test(row));
    }
    if (expr instanceof LabelFilterExpr.Or or) {
      List<Predicate<LogRow>> operands = conditions(or.operands());
      return row -> operands.stream().anyMatch(operand -> operand.test(row));
    }
    throw RefusedException.notInTheDemo("label filters that compare numbers or addresses");
  }

  private static List<Predicate<LogRow>> conditions(List<LabelFilterExpr> expressions)
      throws RefusedException {
    var conditions = new ArrayList<Predicate<LogRow>>();
    for (LabelFilterExpr expression : expressions) {
      conditions.add(condition(expression));
    }
    return List.copyOf(conditions);
  }

  private static Stage drop(PipelineStage.Drop drop) {
    List<PipelineStage.NamedMatcher> labels = drop.labels();
    return row -> {
      for (PipelineStage.NamedMatcher label : labels) {
        LabelMatcher matcher = label.matcher();
        row.removeIf(label.name(), value -> matcher == null || matcher.matches(value));
      }
      return true;
    };
  }

  private static Stage labelFormat(PipelineStage.LabelFormat format) throws RefusedException {
    var stages = new ArrayList<Stage>();
    for (PipelineStage.Assignment assignment : format.assignments()) {
      if (!assignment.template()) {
        throw RefusedException.notInTheDemo("`label_format` that renames");
      }
      String label = assignment.label();
      Predicate<String> contains = ContainsTemplate.parse(assignment.source());
      stages.add(
          row -> {
            row.set(label, Boolean.toString(contains.test(row.line())));
            return true;
          });
    }
    return row -> {
      stages.forEach(stage -> stage.accept(row));
      return true;
    };
  }
}
