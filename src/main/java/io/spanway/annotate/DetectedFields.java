// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spanway.annotate.AnnotateListener.Fallback;
import io.spanway.body.BodyTransform;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Adds the derived fields to Loki's answer of {@code detected_fields}, so that who asks what
 * entries can be filtered by hears of the keys that they get here. Which of them the query's
 * entries really have, and with how many values, would have to be looked for in those entries: all
 * fields are listed, as strings, with a {@code cardinality} of 0, which Loki never sends, and with
 * {@code parsers} of null, as for structured metadata. A field that Loki names is left as it is.
 *
 * <p>The answer is held back whole; one over {@code annotate.maxBuffered}, or one of another shape,
 * passes as it came.
 */
public final class DetectedFields implements BodyTransform {
  private static final JsonFactory JSON = new JsonFactory();

  private final List<String> keys;
  private final long maxBuffered;
  private final AnnotateListener listener;
  private @Nullable ByteBuf held = Unpooled.buffer(1024);

  /** Makes the transform of one answer. */
  public DetectedFields(DerivedFieldSet fields, AnnotateListener listener) {
    this.keys = fields.keys();
    this.maxBuffered = fields.maxBuffered();
    this.listener = listener;
  }

  @Override
  public void accept(ByteBuf chunk, Consumer<ByteBuf> out) {
    ByteBuf body = held;
    if (body == null) {
      out.accept(chunk);
      return;
    }
    try {
      body.writeBytes(chunk);
    } finally {
      chunk.release();
    }
    if (body.readableBytes() > maxBuffered) {
      listener.fallback(Fallback.TOO_LARGE);
      held = null;
      out.accept(body);
    }
  }

  @Override
  public void finish(Consumer<ByteBuf> out) {
    ByteBuf body = held;
    if (body == null) {
      return;
    }
    held = null;
    byte[] json = ByteBufUtil.getBytes(body);
    body.release();
    out.accept(Unpooled.wrappedBuffer(withFields(json)));
  }

  @Override
  public void discard() {
    ByteBuf body = held;
    if (body != null) {
      held = null;
      body.release();
    }
  }

  private byte[] withFields(byte[] json) {
    Set<String> known = new HashSet<>();
    int end = read(json, (label, parsed) -> known.add(label));
    if (end < 0) {
      listener.fallback(Fallback.UNEXPECTED);
      return json;
    }
    var added = new StringBuilder();
    boolean first = known.isEmpty();
    for (String key : keys) {
      if (known.add(key)) {
        JsonStrings.quote(key, added.append(first ? "{\"label\":" : ",{\"label\":"));
        added.append(",\"type\":\"string\",\"cardinality\":0,\"parsers\":null}");
        first = false;
      }
    }
    byte[] text = added.toString().getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[json.length + text.length];
    System.arraycopy(json, 0, all, 0, end);
    System.arraycopy(text, 0, all, end, text.length);
    System.arraycopy(json, end, all, end + text.length, json.length - end);
    return all;
  }

  /**
   * Reads an answer.
   *
   * @param out is given each field's name, and whether a parser has to find it in the line
   * @return where the bracket that ends {@code fields} is; -1 for an answer of another shape
   */
  static int read(byte[] json, BiConsumer<String, Boolean> out) {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      return endOfFields(parser, out);
    } catch (JacksonException e) {
      // Whatever it is, it is not ours to mend.
      return -1;
    }
  }

  private static int endOfFields(JsonParser parser, BiConsumer<String, Boolean> out) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return -1;
    }
    int end = -1;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean wanted = parser.currentName().equals("fields");
      JsonToken value = parser.nextToken();
      if (!wanted) {
        parser.skipChildren();
        continue;
      }
      if (value != JsonToken.START_ARRAY || end >= 0) {
        return -1;
      }
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        readField(parser, out);
      }
      if (parser.currentToken() != JsonToken.END_ARRAY) {
        return -1;
      }
      end = (int) parser.currentTokenLocation().getByteOffset();
    }
    return parser.currentToken() == JsonToken.END_OBJECT ? end : -1;
  }

  private static void readField(JsonParser parser, BiConsumer<String, Boolean> out) {
    String label = "";
    boolean parsed = false;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("label") && value == JsonToken.VALUE_STRING) {
        label = parser.getString();
      } else if (name.equals("parsers") && value == JsonToken.START_ARRAY) {
        while (parser.nextToken() == JsonToken.VALUE_STRING) {
          parsed = true;
        }
      }
      parser.skipChildren();
    }
    out.accept(label, parsed);
  }
}
