// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.spanway.annotate.CompiledField.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns configured derived fields into compiled ones and says what is wrong with them. */
final class FieldCompiler {
  private final @Nullable String grafanaUrl;
  private final Map<String, CompiledField> fields = new LinkedHashMap<>();
  private final List<AnnotateProblem> errors = new ArrayList<>();
  private final List<AnnotateProblem> warnings = new ArrayList<>();

  FieldCompiler(@Nullable String grafanaUrl) {
    this.grafanaUrl = checkedGrafanaUrl(grafanaUrl);
  }

  void add(int index, DerivedField field) {
    String at = "derivedFields[" + index + "].";
    String name = field.name();
    String regex = field.matcherRegex();
    if (name == null || name.isBlank()) {
      error(at + "name", "is missing (expected: the name of the field)");
    }
    if (regex == null || regex.isEmpty()) {
      error(at + "matcherRegex", "is missing (expected: a regular expression)");
    }
    Source source = source(at, field.matcherType());
    LinkTemplate link = link(at, field);
    if (name == null || name.isBlank() || regex == null || regex.isEmpty() || source == null) {
      return;
    }
    boolean traceId = isTraceId(at, name, field.idFormat());
    Pattern pattern = pattern(at, regex);
    if (pattern == null || !yieldsValues(at, pattern, source)) {
      return;
    }
    String key = legalKey(at, name);
    String literal = source == Source.LINE ? RegexText.literalPrefix(pattern.pattern()) : "";
    put(at, new CompiledField(key, source, pattern, JsonStrings.escape(literal), traceId, link));
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

  /** As in Grafana, the first field of a name says where the value is; links may come from all. */
  private void put(String at, CompiledField field) {
    CompiledField first = fields.get(field.key());
    if (first == null) {
      fields.put(field.key(), field);
      return;
    }
    warn(
        at + "name",
        "repeats "
            + field.key()
            + ": the first field of a name decides where the value is (expected: another name for"
            + " another pattern)");
    if (first.link() == null) {
      fields.put(
          first.key(),
          new CompiledField(
              first.key(),
              first.source(),
              first.pattern(),
              first.literal(),
              first.traceId(),
              field.link()));
    }
  }

  private @Nullable Source source(String at, @Nullable String matcherType) {
    if (matcherType == null || matcherType.isEmpty() || matcherType.equals("regex")) {
      return Source.LINE;
    }
    if (matcherType.equals("label")) {
      return Source.LABEL;
    }
    error(at + "matcherType", "was " + matcherType + " (expected: regex or label)");
    return null;
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

  private boolean yieldsValues(String at, Pattern pattern, Source source) {
    if (source == Source.LINE && pattern.groupCount() == 0) {
      warn(
          at + "matcherRegex",
          "has no capture group and so never a value; the field is left out (expected: the value"
              + " in parentheses)");
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

  private boolean isTraceId(String at, String name, @Nullable String idFormat) {
    if (idFormat == null || idFormat.isEmpty()) {
      String letters = name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
      return letters.replace(".", "").replace(" ", "").contains("traceid");
    }
    if (!idFormat.equals("traceId") && !idFormat.equals("none")) {
      error(at + "idFormat", "was " + idFormat + " (expected: traceId or none)");
    }
    return idFormat.equals("traceId");
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
