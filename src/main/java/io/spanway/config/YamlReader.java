// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Origin;
import io.spanway.config.ConfigNode.Scalar;
import io.spanway.config.ConfigNode.Sequence;
import io.spanway.units.Excerpts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Reads YAML 1.2 into {@link ConfigNode}s. Keys that stand twice are reported here, all of them:
 * Jackson's own detection stops at the first. Anchors are let be, aliases refused: what they save
 * in a configuration is not worth a value that stands elsewhere than its key.
 */
final class YamlReader {
  private static final int MAX_DEPTH = 50;
  private static final YAMLFactory YAML =
      YAMLFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private final YAMLParser parser;
  private final Problems problems;

  private YamlReader(YAMLParser parser, Problems problems) {
    this.parser = parser;
    this.problems = problems;
  }

  /**
   * Returns the root; null if there is none or if the text cannot be read on, which is then among
   * the problems.
   */
  static @Nullable ConfigNode read(String text, Problems problems) {
    try (YAMLParser parser = (YAMLParser) YAML.createParser(ObjectReadContext.empty(), text)) {
      return new YamlReader(parser, problems).document();
    } catch (JacksonException | YamlEngineException e) {
      problems.error(place(e), "", "was not YAML: " + reason(e));
      return null;
    }
  }

  private @Nullable ConfigNode document() {
    if (parser.nextToken() == null) {
      return null;
    }
    ConfigNode root = node("");
    if (parser.nextToken() != null) {
      problems.error(place(), "", "was a second document (expected: one in the file)");
    }
    return root;
  }

  /** Reads what the parser stands at; leaves it at the last token of that. */
  private ConfigNode node(String path) {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      return mapping(path);
    }
    if (token == JsonToken.START_ARRAY) {
      return sequence(path);
    }
    Place place = place();
    String text = parser.getString();
    if (parser.isCurrentAlias()) {
      problems.error(
          place,
          path,
          "was the alias " + Excerpts.quote("*" + text) + " (expected: the value itself)");
      return new Scalar(place, path, null, Origin.BROKEN);
    }
    if (token == JsonToken.VALUE_NULL || "~".equals(text)) {
      text = null;
    }
    return new Scalar(place, path, text, Origin.FILE);
  }

  private Mapping mapping(String path) {
    Place place = place();
    Map<String, Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = parser.currentName();
      Place keyPlace = place();
      String keyPath = Mapping.pathOf(path, key);
      parser.nextToken();
      Entry before = entries.get(key);
      Entry entry = new Entry(keyPlace, node(keyPath));
      if (before == null) {
        entries.put(key, entry);
      } else {
        problems.error(
            keyPlace,
            keyPath,
            "was there already in line " + before.keyPlace().line() + " (expected: each key once)");
      }
    }
    return new Mapping(place, path, entries);
  }

  private Sequence sequence(String path) {
    Place place = place();
    List<ConfigNode> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(path + "[" + items.size() + "]"));
    }
    return new Sequence(place, path, items);
  }

  private Place place() {
    return place(parser.currentTokenLocation());
  }

  private static Place place(TokenStreamLocation location) {
    return new Place(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
  }

  private static Place place(RuntimeException e) {
    Mark mark = mark(e);
    if (mark != null) {
      return new Place(mark.getLine() + 1, mark.getColumn() + 1);
    }
    TokenStreamLocation location = e instanceof JacksonException j ? j.getLocation() : null;
    return location == null ? Place.START : place(location);
  }

  /** Returns where YAML's own parser stumbled; Jackson gives the token before. */
  private static @Nullable Mark mark(RuntimeException e) {
    return marked(e) instanceof MarkedYamlEngineException marked
        ? marked.getProblemMark().orElse(null)
        : null;
  }

  private static Throwable marked(RuntimeException e) {
    return e.getCause() == null ? e : e.getCause();
  }

  private static String reason(RuntimeException e) {
    String text =
        marked(e) instanceof MarkedYamlEngineException marked
            ? marked.getProblem()
            : e instanceof JacksonException jackson ? jackson.getOriginalMessage() : e.getMessage();
    if (text == null) {
      return "it cannot be read";
    }
    int lineEnd = text.indexOf('\n');
    return lineEnd < 0 ? text : text.substring(0, lineEnd);
  }
}
