// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.SourceRange;
import io.spanway.logql.StringLiteral;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A custom query with stand-ins for its variables, so that it can be parsed as LogQL. Variables are
 * found as Grafana finds them: {@code ${name}}, {@code $name} and {@code [[name]]}.
 */
final class TemplateText {
  /** Grafana lets a format follow the name; where the value stands decides that here. */
  private static final List<String> FORMATS = List.of("raw", "text", "regex", "doublequote");

  /** A variable and its places: in the query as written, and its stand-in's in {@link #logql}. */
  record Use(Variable variable, SourceRange written, SourceRange standIn) {}

  private final String written;
  private final String mark;
  private final List<Use> uses = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private String logql = "";

  private TemplateText(String written) {
    this.written = written;
    var free = new StringBuilder("spanway");
    while (written.contains(free)) {
      free.append('x');
    }
    this.mark = free.toString();
  }

  static TemplateText of(String written) throws TemplateException {
    var text = new TemplateText(written);
    text.scan();
    text.replace(text.uses, false, List.of());
    text.replace(List.copyOf(text.uses), true, StringLiteral.of(text.logql));
    return text;
  }

  /** The query with stand-ins. */
  String logql() {
    return logql;
  }

  /** In text order. */
  List<Use> uses() {
    return uses;
  }

  List<String> warnings() {
    return warnings;
  }

  /** The variable that a piece of text stands for; null if it is none. */
  @Nullable Use use(String standIn) {
    for (int i = 0; i < uses.size(); i++) {
      if (standIn.equals(standIn(i))) {
        return uses.get(i);
      }
    }
    return null;
  }

  /** A literal's value, cut where variables stand in it: texts and variables. */
  List<Object> pieces(String value) {
    var pieces = new ArrayList<Object>();
    int at = 0;
    for (int found = value.indexOf(mark); found >= 0; found = value.indexOf(mark, at)) {
      if (found > at) {
        pieces.add(value.substring(at, found));
      }
      int end = value.indexOf('v', found + mark.length()) + 1;
      Use use = use(value.substring(found, end));
      if (use == null) {
        throw new IllegalStateException("a stand-in of nothing");
      }
      pieces.add(use.variable());
      at = end;
    }
    if (at < value.length()) {
      pieces.add(value.substring(at));
    }
    return pieces;
  }

  /** An error at an offset of {@link #logql()}. */
  TemplateException error(int offset, String message) {
    int at = offset;
    for (Use use : uses) {
      if (offset < use.standIn().start()) {
        break;
      }
      at =
          offset < use.standIn().end()
              ? use.written().start()
              : use.written().end() + offset - use.standIn().end();
    }
    return TemplateException.at(written, Math.min(at, written.length()), message);
  }

  private String standIn(int index) {
    return mark + index + "v";
  }

  private void scan() throws TemplateException {
    int at = 0;
    while (at < written.length()) {
      char c = written.charAt(at);
      if (c == '$' && written.startsWith("{", at + 1)) {
        int close = written.indexOf('}', at);
        if (close < 0) {
          throw TemplateException.at(written, at, "${ without }");
        }
        add(at, close + 1, withoutFormat(at, written.substring(at + 2, close)));
        at = close + 1;
      } else if (c == '$' && isWord(at + 1)) {
        int end = wordEnd(at + 1);
        String name = written.substring(at + 1, end);
        if (name.startsWith("__")) {
          add(at, end, name);
        } else {
          warnings.add(
              "$" + name + " stays as it is: it is no variable of a span (such as ${__tags})");
        }
        at = end;
      } else if (written.startsWith("[[__", at)) {
        int end = wordEnd(at + 2);
        if (!written.startsWith("]]", end)) {
          throw TemplateException.at(written, at, "[[ without ]]");
        }
        add(at, end + 2, written.substring(at + 2, end));
        at = end + 2;
      } else {
        at++;
      }
    }
  }

  private String withoutFormat(int at, String name) throws TemplateException {
    // A key in brackets may hold a colon.
    int colon = name.indexOf(':', name.lastIndexOf(']') + 1);
    if (colon < 0) {
      return name;
    }
    String format = name.substring(colon + 1);
    if (!FORMATS.contains(format)) {
      throw TemplateException.at(
          written, at, "the format " + format + " is not offered (expected: the name alone)");
    }
    warnings.add(
        "the format of ${" + name + "} is not used: values are escaped for where they stand");
    return name.substring(0, colon);
  }

  private void add(int start, int end, String name) throws TemplateException {
    String text = written.substring(start, end);
    Variable variable = Variable.of(name, text);
    if (variable == null) {
      String hint = "";
      if (name.startsWith("__span.tags.")) {
        hint = " (expected: ${__span.tags[\"" + name.substring("__span.tags.".length()) + "\"]})";
      }
      throw TemplateException.at(
          written,
          start,
          text
              + " is no variable of a span"
              + (hint.isEmpty() ? " (expected: " + Variable.NAMES + ")" : hint));
    }
    var range = new SourceRange(start, end);
    uses.add(new Use(variable, range, range));
  }

  private boolean isWord(int at) {
    return at < written.length() && isWord(written.charAt(at));
  }

  private static boolean isWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  private int wordEnd(int from) {
    int end = from;
    while (isWord(end)) {
      end++;
    }
    return end;
  }

  /**
   * Puts stand-ins into the query. A name fits into literals; outside of them matchers and numbers
   * need what is one, which is known only once there are literals.
   */
  private void replace(List<Use> found, boolean literalsKnown, List<StringLiteral> literals) {
    var text = new StringBuilder();
    var placed = new ArrayList<Use>();
    int copied = 0;
    for (int i = 0; i < found.size(); i++) {
      Use use = found.get(i);
      String standIn = standIn(i);
      if (literalsKnown && !isInside(use.standIn(), literals)) {
        standIn = outside(use, standIn);
      }
      text.append(written, copied, use.written().start());
      int start = text.length();
      text.append(standIn);
      placed.add(new Use(use.variable(), use.written(), new SourceRange(start, text.length())));
      copied = use.written().end();
    }
    logql = text.append(written, copied, written.length()).toString();
    uses.clear();
    uses.addAll(placed);
  }

  private static boolean isInside(SourceRange range, List<StringLiteral> literals) {
    return literals.stream().anyMatch(literal -> literal.range().overlaps(range));
  }

  /** Any other variable stays a name, which is an error of the query, or found to be one later. */
  private static String outside(Use use, String name) {
    if (use.variable().kind() == Variable.Kind.TAGS) {
      return name + "=\"x\"";
    }
    return use.variable().isNumber() ? "1" : name;
  }
}
