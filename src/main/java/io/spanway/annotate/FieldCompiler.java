// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns configured derived fields into compiled ones and says what is wrong with them. */
final class FieldCompiler {
  private final @Nullable String grafanaUrl;
  private final Map<String, CompiledField> fields = new LinkedHashMap<>();
  private final List<AnnotateProblem> errors = new ArrayList<>();
  private final List<AnnotateProblem> warnings = new ArrayList<>();
  private final LiteralSet.Builder literals = new LiteralSet.Builder();
  private int conditions;

  FieldCompiler(@Nullable String grafanaUrl) {
    this.grafanaUrl = checkedGrafanaUrl(grafanaUrl);
  }

  void add(int index, DerivedField field) {
    String at = "derivedFields[" + index + "].";
    String name = field.name();
    if (name == null || name.isBlank()) {
      error(at + "name", "is missing (expected: the name of the field)");
    }
    IdFormat format = idFormat(at, field.idFormat());
    if (format == null) {
      format = name == null ? IdFormat.NONE : IdFormat.ofName(name);
    }
    LinkTemplate link = link(at, field);
    StreamCondition when = condition(at, field.when());
    List<CompiledMatcher> matchers = matchers(at, field, format);
    if (name == null || name.isBlank() || matchers.isEmpty()) {
      return;
    }
    String key = legalKey(at, name);
    var added = new FieldKey(key);
    var linkKey = new FieldKey(key + "_link");
    put(at, new CompiledField(added, linkKey, when, matchers, link, field.verify()));
  }

  /** Returns the ways to find the value that can be used. */
  private List<CompiledMatcher> matchers(String at, DerivedField field, IdFormat format) {
    var matchers = new ArrayList<CompiledMatcher>();
    if (field.matchers().isEmpty()
        || !Objects.requireNonNullElse(field.matcherRegex(), "").isEmpty()) {
      var own = new DerivedField.Matcher(field.matcherType(), field.matcherRegex(), null, null);
      add(matchers, at, own, format);
    }
    for (int i = 0; i < field.matchers().size(); i++) {
      add(matchers, at + "matchers[" + i + "].", field.matchers().get(i), format);
    }
    return matchers;
  }

  private void add(
      List<CompiledMatcher> matchers, String at, DerivedField.Matcher matcher, IdFormat fallback) {
    String regex = matcher.matcherRegex();
    String type = Objects.requireNonNullElse(matcher.matcherType(), "");
    boolean label = type.equals("label");
    if (!label && !type.isEmpty() && !type.equals("regex")) {
      error(at + "matcherType", "was " + type + " (expected: regex or label)");
      return;
    }
    if (regex == null || regex.isEmpty()) {
      error(at + "matcherRegex", "is missing (expected: a regular expression)");
      return;
    }
    IdFormat format = idFormat(at, matcher.idFormat());
    StreamCondition when = condition(at, matcher.when());
    Pattern pattern = pattern(at, regex);
    if (pattern == null || (!label && !yieldsValues(at, pattern))) {
      return;
    }
    matchers.add(
        new CompiledMatcher(
            label ? null : new LinePattern(pattern, literals),
            label ? pattern : null,
            format == null ? fallback : format,
            when));
  }

  List<CompiledField> finish() throws AnnotateConfigException {
    if (!errors.isEmpty()) {
      throw new AnnotateConfigException(errors);
    }
    return List.copyOf(fields.values());
  }

  List<AnnotateProblem> warnings() {
    return List.copyOf(warnings);
  }

  /** What lines must contain for the fields that were added. */
  LiteralSet literals() {
    return literals.build();
  }

  /** How many conditions on streams the fields have. */
  int conditions() {
    return conditions;
  }

  /** As in Grafana, the first field of a name says where the value is; links may come from all. */
  private void put(String at, CompiledField field) {
    String key = field.key().name();
    CompiledField first = fields.get(key);
    if (first == null) {
      fields.put(key, field);
      return;
    }
    warn(
        at + "name",
        "repeats "
            + key
            + ": the first field of a name decides where the value is (expected: another name for"
            + " another pattern, or a list of matchers in the first)");
    if (first.link() == null) {
      fields.put(key, first.withLink(field.link()));
    }
  }

  private @Nullable StreamCondition condition(String at, @Nullable String when) {
    if (when == null || when.isEmpty()) {
      return null;
    }
    try {
      return new StreamCondition(conditions++, StreamCondition.parse(when));
    } catch (IllegalArgumentException e) {
      error(at + "when", String.valueOf(e.getMessage()));
      return null;
    }
  }

  private @Nullable Pattern pattern(String at, String regex) {
    String unsupported = RegexText.unsupported(regex);
    if (unsupported != null) {
      error(
          at + "matcherRegex",
          "has "
              + unsupported
              + ", which an engine that is linear in the line's length cannot do (expected: a"
              + " pattern of RE2)");
      return null;
    }
    try {
      return Pattern.compile(RegexText.fromJavaScript(regex));
    } catch (PatternSyntaxException e) {
      error(at + "matcherRegex", "was " + regex + ": " + e.getDescription());
      return null;
    }
  }

  private boolean yieldsValues(String at, Pattern pattern) {
    if (pattern.groupCount() == 0) {
      warn(
          at + "matcherRegex",
          "has no capture group and so never a value; it is left out (expected: the value in"
              + " parentheses)");
      return false;
    }
    return true;
  }

  private String legalKey(String at, String name) {
    var legal = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean digit = c >= '0' && c <= '9';
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      if (digit && i == 0) {
        legal.append('_');
      }
      legal.append(digit || letter ? c : '_');
    }
    String key = legal.toString();
    if (!key.equals(name)) {
      warn(at + "name", "was " + name + ", which is no label name; the key added is " + key);
    }
    return key;
  }

  private @Nullable IdFormat idFormat(String at, @Nullable String key) {
    if (key == null || key.isEmpty()) {
      return null;
    }
    IdFormat format = IdFormat.of(key);
    if (format == null) {
      error(at + "idFormat", "was " + key + " (expected: one of " + IdFormat.keys() + ")");
    }
    return format;
  }

  private @Nullable LinkTemplate link(String at, DerivedField field) {
    String url = field.url();
    String uid = field.datasourceUid();
    if (url == null || url.isEmpty()) {
      return null;
    }
    try {
      if (uid == null || uid.isEmpty()) {
        return externalLink(at, url);
      }
      return grafanaUrl == null ? null : LinkTemplate.explore(grafanaUrl, uid, url);
    } catch (IllegalArgumentException e) {
      warn(at + "url", e.getMessage() + "; no link is added");
      return null;
    }
  }

  private @Nullable LinkTemplate externalLink(String at, String url) {
    try {
      LinkTemplate.requireHttp(url);
    } catch (IllegalArgumentException e) {
      error(at + "url", e.getMessage() + " or a datasourceUid");
      return null;
    }
    return LinkTemplate.external(url);
  }

  private @Nullable String checkedGrafanaUrl(@Nullable String url) {
    if (url == null || url.isEmpty()) {
      return null;
    }
    try {
      LinkTemplate.requireHttp(url);
    } catch (IllegalArgumentException e) {
      error("grafana.url", String.valueOf(e.getMessage()));
      return null;
    }
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  private void error(String key, String message) {
    errors.add(new AnnotateProblem(key, message));
  }

  private void warn(String key, String message) {
    warnings.add(new AnnotateProblem(key, message));
  }
}
