// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Random;
import java.util.Set;

/** Streams answers as no Loki writes them: every way to spell a string, hostile lines, spaces. */
final class RandomAnswer {
  private static final String[] FRAGMENTS = {
    "trace_id=6513270e269e0d37",
    "trace_id=",
    "trace_id=0XAB-cd",
    "\"},{\"stream\":",
    "\"",
    "\\",
    "]]}",
    "<b>&",
    "/",
    "\n",
    "\t",
    "\u0001",
    "☃",
    "\ud83d\ude00",
    "\ud83d",
    "é",
    " level=info ",
    "\"traceId\":\"77ff\"",
    "\\u0022",
    "x",
    "user=",
    "user=bob ",
    "\u2028",
    "\u007f"
  };
  private static final String[] NAMES = {
    "app", "TraceID", "TraceID_link", "trace_id", "user", "pod", "x\"y", "zone"
  };

  private final Random random;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private byte[] categories = {};

  RandomAnswer(Random random) {
    this.random = random;
  }

  byte[] write(boolean categorised) {
    raw("{");
    member("status").string("success").raw(",");
    if (random.nextBoolean()) {
      member("warnings").raw("[").string("w").raw(",").string(line()).raw("],");
    }
    if (random.nextBoolean()) {
      member("later").raw("{\"a\":[1,{\"b\":\"]\"}],\"c\":").string(line()).raw("},");
    }
    member("data").raw("{");
    member("resultType").string("streams").raw(",");
    if (categorised) {
      member("encodingFlags").raw("[").string("categorize-labels").raw("],");
    }
    if (random.nextBoolean()) {
      member("unknown").raw(random.nextBoolean() ? "-1.5e3" : "null").raw(",");
    }
    member("result").raw("[");
    for (int i = random.nextInt(5); i > 0; i--) {
      element(categorised);
      raw(i == 1 ? "" : ",");
    }
    raw("]");
    if (random.nextBoolean()) {
      raw(",").member("stats").raw("{\"summary\":{\"execTime\":0.5,\"n\":true}}");
    }
    raw("}}");
    return out.toByteArray();
  }

  private void element(boolean categorised) {
    raw("{").member("stream");
    labels();
    raw(",").member("values").raw("[");
    for (int i = random.nextInt(6); i > 0; i--) {
      raw("[").string(Long.toString(random.nextInt(1000))).raw(",").string(line());
      if (categorised) {
        categories();
      }
      raw("]").raw(i == 1 ? "" : ",");
    }
    raw("]}");
  }

  /** Often what the entry before had. */
  private void categories() {
    if (categories.length > 0 && random.nextBoolean()) {
      out.writeBytes(categories);
      return;
    }
    int from = out.size();
    raw(",{");
    int which = random.nextInt(5);
    if (which == 1 || which == 2) {
      member("structuredMetadata");
      labels();
    }
    if (which == 2 || which == 3) {
      raw(which == 3 ? "" : ",").member("parsed");
      labels();
    }
    if (which == 3 && random.nextBoolean()) {
      raw(",").member("structuredMetadata");
      labels();
    }
    raw("}");
    categories = Arrays.copyOfRange(out.toByteArray(), from, out.size());
  }

  private void labels() {
    Set<String> names = new LinkedHashSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      names.add(NAMES[random.nextInt(NAMES.length)]);
    }
    raw("{");
    String separator = "";
    for (String name : names) {
      raw(separator).member(name);
      string(random.nextInt(4) == 0 ? "bob" : line());
      separator = ",";
    }
    raw("}");
  }

  private String line() {
    var line = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      line.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
    }
    return line.toString();
  }

  private RandomAnswer member(String name) {
    return string(name).raw(":");
  }

  private RandomAnswer string(String value) {
    out.write('"');
    boolean loki = random.nextBoolean();
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      i += Character.charCount(c);
      boolean mustEscape = c < ' ' || c == '"' || c == '\\' || (c >= 0xd800 && c < 0xe000);
      if (mustEscape && c < 0x80 && c >= ' ') {
        out.write('\\');
        out.write(c);
      } else if (c == '\n' && random.nextBoolean()) {
        out.writeBytes(new byte[] {'\\', 'n'});
      } else if (c == '/' && !loki && random.nextBoolean()) {
        out.writeBytes(new byte[] {'\\', '/'});
      } else if (mustEscape || c == '<' || (!loki && random.nextInt(6) == 0)) {
        for (char unit : Character.toChars(c)) {
          ascii(String.format(random.nextBoolean() ? "\\u%04x" : "\\u%04X", (int) unit));
        }
      } else {
        out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    out.write('"');
    return this;
  }

  /** Writes structure, sometimes with space around it. */
  private RandomAnswer raw(String json) {
    ascii(json);
    if (random.nextInt(10) == 0) {
      ascii(" \n\t\r".substring(random.nextInt(4)));
    }
    return this;
  }

  private void ascii(String text) {
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }
}
