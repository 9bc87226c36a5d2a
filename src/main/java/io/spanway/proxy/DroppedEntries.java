// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Log entries of a tail that its client was too slow for, told to it later in {@code
 * dropped_entries}: {@code [{"timestamp":…,"labels":…}]}. Timestamps and labels are kept and told
 * as the JSON that they were, so this holds for {@code /loki/api/v1/tail} and for the legacy {@code
 * /api/prom/tail}, whose timestamps and labels look different.
 *
 * <p>At most {@value #MAX_ENTRIES} are told in one frame, Loki's own among them, as Loki does; what
 * is beyond that is only counted.
 */
final class DroppedEntries {
  /** Entries that are kept, and that a frame tells of. */
  static final int MAX_ENTRIES = 1000;

  /** Bytes of JSON that are kept. */
  private static final int MAX_BYTES = 1 << 20;

  private static final byte[] NONE = "{}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TIMESTAMP = "{\"timestamp\":".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LABELS = ",\"labels\":".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MEMBER = ",\"dropped_entries\":".getBytes(StandardCharsets.US_ASCII);

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(64)
                  // Bounded by the frame, which the tunnel limits.
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final ArrayDeque<byte[]> kept = new ArrayDeque<>(0);
  private int bytes;

  /** Says whether there is nothing to tell. */
  boolean isEmpty() {
    return kept.isEmpty();
  }

  /**
   * Keeps what a frame that is not passed on had: its entries, and those it said were dropped.
   *
   * @return how many entries were in it, 0 when it is not what Loki sends
   */
  int note(byte[] frame) {
    try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), frame)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return 0;
      }
      int entries = 0;
      for (String name = in.nextName(); name != null; name = in.nextName()) {
        JsonToken value = in.nextToken();
        if (value == JsonToken.START_ARRAY && name.equals("streams")) {
          while (in.nextToken() == JsonToken.START_OBJECT) {
            entries += noteStream(in, frame);
          }
        } else if (value == JsonToken.START_ARRAY && name.equals("dropped_entries")) {
          while (in.nextToken() == JsonToken.START_OBJECT) {
            keep(raw(in, frame));
          }
        } else {
          in.skipChildren();
        }
      }
      return entries;
    } catch (JacksonException notJson) {
      return 0;
    }
  }

  private int noteStream(JsonParser in, byte[] frame) {
    byte[] labels = NONE;
    List<byte[]> timestamps = new ArrayList<>();
    for (String name = in.nextName(); name != null; name = in.nextName()) {
      JsonToken value = in.nextToken();
      switch (name) {
        case "stream", "labels" -> labels = raw(in, frame);
        case "values", "entries" -> {
          if (value == JsonToken.START_ARRAY) {
            for (JsonToken t = in.nextToken(); t != JsonToken.END_ARRAY; t = in.nextToken()) {
              timestamps.add(timestamp(in, frame));
            }
          }
        }
        default -> in.skipChildren();
      }
    }
    for (byte[] timestamp : timestamps) {
      keep(concat(TIMESTAMP, timestamp, LABELS, labels, new byte[] {'}'}));
    }
    return timestamps.size();
  }

  /** Reads {@code ["<ns>","<line>",…]} or {@code {"ts":…,"line":…}}. */
  private static byte[] timestamp(JsonParser in, byte[] frame) {
    byte[] timestamp = {'"', '0', '"'};
    if (in.currentToken() == JsonToken.START_ARRAY) {
      boolean first = true;
      for (JsonToken t = in.nextToken(); t != JsonToken.END_ARRAY; t = in.nextToken()) {
        if (first) {
          timestamp = raw(in, frame);
        } else {
          in.skipChildren();
        }
        first = false;
      }
    } else if (in.currentToken() == JsonToken.START_OBJECT) {
      for (String name = in.nextName(); name != null; name = in.nextName()) {
        in.nextToken();
        if (name.equals("ts")) {
          timestamp = raw(in, frame);
        } else {
          in.skipChildren();
        }
      }
    }
    return timestamp;
  }

  private void keep(byte[] entry) {
    if (kept.size() < MAX_ENTRIES && bytes + entry.length <= MAX_BYTES) {
      bytes += entry.length;
      kept.add(entry);
    }
  }

  /**
   * Puts what was dropped into a frame that goes out, before what Loki itself dropped; from then on
   * it is told. What does not fit stays for the next.
   *
   * @return the changed frame, null when the frame has no room or is not what Loki sends
   */
  byte @Nullable [] addTo(byte[] frame) {
    int own = 0;
    int arrayOpened = -1;
    int replacedFrom = -1;
    int streamsEnd = -1;
    try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), frame)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      for (String name = in.nextName(); name != null; name = in.nextName()) {
        JsonToken value = in.nextToken();
        if (name.equals("dropped_entries") && value == JsonToken.START_ARRAY) {
          arrayOpened = end(in);
          for (JsonToken t = in.nextToken(); t != JsonToken.END_ARRAY; t = in.nextToken()) {
            in.skipChildren();
            own++;
          }
        } else if (name.equals("dropped_entries")) {
          // Go writes an empty list so.
          replacedFrom = start(in);
          in.skipChildren();
          in.finishToken();
          arrayOpened = end(in);
        } else {
          in.skipChildren();
          in.finishToken();
          if (name.equals("streams")) {
            streamsEnd = end(in);
          }
        }
      }
      if (in.currentToken() != JsonToken.END_OBJECT || streamsEnd < 0) {
        return null;
      }
    } catch (JacksonException notJson) {
      return null;
    }
    if (own >= MAX_ENTRIES) {
      return null;
    }
    byte[] told = take(MAX_ENTRIES - own);
    ByteArrayOutputStream out = new ByteArrayOutputStream(frame.length + told.length + 64);
    int rest;
    if (arrayOpened < 0) {
      rest = streamsEnd;
      out.write(frame, 0, streamsEnd);
      out.writeBytes(MEMBER);
      wrap(told, out);
    } else if (replacedFrom >= 0) {
      rest = arrayOpened;
      out.write(frame, 0, replacedFrom);
      wrap(told, out);
    } else {
      rest = arrayOpened;
      out.write(frame, 0, arrayOpened);
      out.writeBytes(told);
      if (own > 0) {
        out.write(',');
      }
    }
    out.write(frame, rest, frame.length - rest);
    return out.toByteArray();
  }

  private static void wrap(byte[] told, ByteArrayOutputStream out) {
    out.write('[');
    out.writeBytes(told);
    out.write(']');
  }

  private byte[] take(int most) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes + kept.size());
    for (int i = 0; i < most && !kept.isEmpty(); i++) {
      byte[] entry = kept.remove();
      bytes -= entry.length;
      if (i > 0) {
        out.write(',');
      }
      out.writeBytes(entry);
    }
    return out.toByteArray();
  }

  /** Returns the JSON of the value that the parser is at, and leaves it at the value's end. */
  private static byte[] raw(JsonParser in, byte[] frame) {
    int from = start(in);
    in.skipChildren();
    in.finishToken();
    return Arrays.copyOfRange(frame, from, end(in));
  }

  private static int start(JsonParser in) {
    return (int) in.currentTokenLocation().getByteOffset();
  }

  private static int end(JsonParser in) {
    return (int) in.currentLocation().getByteOffset();
  }

  private static byte[] concat(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length);
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
