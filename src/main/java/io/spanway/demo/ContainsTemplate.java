// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The templates of {@code label_format} that ask whether the line holds a text: Grafana's {@code {{
 * contains "x" __line__ }}} and Spanway's {@code {{ or (contains "x" __line__) (contains "y"
 * __line__) }}}.
 */
final class ContainsTemplate {
  private static final String CONTAINS = "contains\\s+\"([^\"\\\\]*)\"\\s+__line__";
  private static final Pattern ONE = Pattern.compile("\\{\\{-?\\s*" + CONTAINS + "\\s*-?\\}\\}");
  private static final Pattern ANY =
      Pattern.compile(
          "\\{\\{-?\\s*or((?:\\s+\\(\\s*contains\\s+\"[^\"\\\\]*\"\\s+__line__\\s*\\))+)\\s*-?\\}\\}");
  private static final Pattern OPERAND = Pattern.compile("\\(\\s*" + CONTAINS + "\\s*\\)");

  private ContainsTemplate() {}

  /**
   * Reads a template.
   *
   * @return a test of a line
   * @throws RefusedException when the template is any other
   */
  static Predicate<String> parse(String template) throws RefusedException {
    String text = template.strip();
    Matcher one = ONE.matcher(text);
    if (one.matches()) {
      String wanted = one.group(1);
      return line -> line.contains(wanted);
    }
    Matcher any = ANY.matcher(text);
    if (!any.matches()) {
      throw RefusedException.notInTheDemo(
          "`label_format` with a template other than `{{ contains \"…\" __line__ }}`");
    }
    List<String> wanted = new ArrayList<>();
    Matcher operand = OPERAND.matcher(any.group(1));
    while (operand.find()) {
      wanted.add(operand.group(1));
    }
    return line -> wanted.stream().anyMatch(line::contains);
  }
}
