// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.spanway.streams.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every way around the engine against the engine. */
final class LinePatternDifferentialTest {
  private static final int ROUNDS = 4000;
  private static final String[] PIECES = {
    "trace",
    "_id",
    "=",
    "ab",
    "a",
    "b",
    "\"",
    "\\\\",
    "/",
    "\\.",
    "é",
    "<",
    "\\d",
    "\\x61",
    "x{0}",
    "a?",
    "b*",
    "a+",
    "a{2}",
    "(?:ab|b)",
    "(?:a|)",
    "(a|bc)",
    "(?i)",
    "\\b",
    "^",
    "$",
    ".*",
    "[ab]",
    "[^a]+",
    "(\\w+)",
    "(\\S*)",
    "([^\"]+)\"",
    "([a-f0-9]{2,4})",
    "(.*)",
    "(?P<n>\\d+)",
    "|",
    "\\Qa.\\E",
    "\\n",
    "\\s",
    "{",
    "{2",
    "]"
  };
  private static final String[] TEXTS = {"a", "b", "=", "\"", "/", "ab", "_id", "trace", "aa", "x"};

  private static final String[] LINE = {
    "trace",
    "_id",
    "=",
    "ab",
    "a",
    "b",
    "\"",
    "\\",
    "/",
    ".",
    "é",
    "<",
    "7",
    "x",
    "aa",
    "\n",
    " ",
    "\u0001",
    "abab",
    "trace_id=",
    "trace_id=ab12",
    "\\n",
    "\\u0061",
    "{",
    "{2",
    "]",
    "☃"
  };

  @Test
  void randomPatterns_findWhatTheEngineFinds() {
    long seed = System.nanoTime();
    int found = 0;
    int runs = 0;
    for (int round = 0; round < ROUNDS; round++) {
      var random = new Random(seed + round);
      Pattern pattern = pattern(random);
      if (pattern == null) {
        continue;
      }
      var set = new LiteralSet.Builder();
      var patterns = new ArrayList<LinePattern>();
      patterns.add(new LinePattern(pattern, set));
      if (random.nextBoolean()) {
        // So that texts are searched for together.
        patterns.add(new LinePattern(Pattern.compile("_id=(\\w+)"), set));
        for (int more = random.nextInt(4); more > 0; more--) {
          // Of every length, and such that one text is in another.
          String text = pick(TEXTS, random, 4);
          patterns.add(new LinePattern(Pattern.compile(Pattern.quote(text) + "(.)"), set));
          patterns.add(new LinePattern(Pattern.compile(text + "(\\S*)"), set));
        }
      }
      runs += patterns.get(0).literals().length == 0 ? 0 : 1;
      var raw = new RawEntry(set.build(), 0);
      for (int i = 0; i < 12; i++) {
        String line = pick(LINE, random, 8);
        var decoded = new DecodedEntry(0, line, Labels.EMPTY, Labels.EMPTY);
        enter(raw, line, random);
        for (LinePattern each : patterns) {
          String expected = find(decoded, each);
          found += expected == null ? 0 : 1;
          assertThat(find(raw, each))
              .as("seed %d: %s in %s", seed + round, each.pattern(), line)
              .isEqualTo(expected);
        }
      }
    }
    assertThat(found).isGreaterThan(ROUNDS);
    assertThat(runs).isGreaterThan(ROUNDS / 10);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = ';',
      emptyValue = "",
      value = {
        "trace_id=(\\w+); trace_id=; true",
        "\"traceId\":\"([^\"]+)\"; \"traceId\":\"; true",
        "id=([0-9a-f]{16,32}); id=; true",
        "id=(?P<n>\\S+) end; id=; true",
        "id=(\\w+)x; id=; false",
        "id=(\\w+?); id=; false",
        "id=([^\\d]{2,}); id=; false",
        "trace[_-]?id[=:](\\w+); trace; false",
        "(?:trace_id|traceID)=(\\w+); trace_id traceID; false",
        "trace_id=(\\w+)|tid:(\\w+); trace_id= tid:; false",
        "x(?:abc)?de(f); de; false",
        "(?i)trace=(x); ``; false",
        "\\x41bc(x); ``; false",
        "a|(b); a b; false",
        "a&bc<(x); bc; false",
      })
  void pattern_isReducedToWhatLinesMustContain(String regex, String texts, boolean run) {
    var set = new LiteralSet.Builder();
    var pattern = new LinePattern(Pattern.compile(regex), set);
    LiteralSet literals = set.build();
    var known = new ArrayList<String>();
    for (int number : pattern.literals()) {
      known.add(new String(literals.text(number), UTF_8).replace("\\\"", "\""));
    }

    assertThat(known).isEqualTo(texts.isEmpty() ? List.of() : List.of(texts.split(" ")));
    assertThat(pattern.run() != null).isEqualTo(run);
  }

  @Timeout(60)
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "a([^x]*)x; a",
        "ab([ab]+)!; ab",
        "\"([^\"x]*)x; q",
        "\\\\([^x]*)x; \\",
        "a([a-f]{2,}):; a",
      })
  void hostileLine_costsTimeInProportionToItsLength(String regex, String piece) {
    var set = new LiteralSet.Builder();
    var pattern = new LinePattern(Pattern.compile(regex), set);
    var raw = new RawEntry(set.build(), 0);
    enter(raw, piece.replace('q', '"').repeat(2_000_000), new Random(4));

    assertThat(find(raw, pattern)).isNull();
  }

  private static @Nullable String find(EntryView entry, LinePattern pattern) {
    var value = new FieldValue();
    return entry.inLine(pattern, value, AnnotateListener.NONE) ? value.text() : null;
  }

  private static Pattern pattern(Random random) {
    try {
      Pattern pattern = Pattern.compile(pick(PIECES, random, 6));
      return pattern.groupCount() == 0 ? null : pattern;
    } catch (PatternSyntaxException e) {
      return null;
    }
  }

  private static String pick(String[] from, Random random, int most) {
    var text = new StringBuilder();
    for (int i = random.nextInt(most); i >= 0; i--) {
      text.append(from[random.nextInt(from.length)]);
    }
    return text.toString();
  }

  /** Writes the line as Loki would, or with any character spelled by number. */
  private static void enter(RawEntry raw, String line, Random random) {
    boolean odd = line.length() < 1000 && random.nextInt(4) == 0;
    var json = new StringBuilder("xx\"");
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '<' || c < ' ' || (odd && random.nextInt(4) == 0)) {
        json.append(String.format("\\u%04x", (int) c));
      } else if (c == '"' || c == '\\' || (odd && c == '/')) {
        json.append('\\').append(c);
      } else {
        json.append(c);
      }
    }
    byte[] bytes = json.append('"').toString().getBytes(UTF_8);
    var bounds = new EntryBounds();
    bounds.reset();
    bounds.lineStart = 1003;
    bounds.lineEnd = 1000L + bytes.length - 1;
    bounds.lineHasOptionalEscapes = json.indexOf("\\u") >= 0 || json.indexOf("\\/") >= 0;
    raw.enterEntry(bytes, 1000, bounds);
  }
}
