// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DroppedEntriesTest {
  private static final String FRAME =
      "{\"streams\":[{\"stream\":{\"a\":\"b\\\"}\"},\"values\":[[\"1\",\"x\"],[\"2\",\"y\",{\"parsed\":{}}]]},"
          + "{\"stream\":{\"c\":\"d\"},\"values\":[[\"3\",\"z\"]]}]}";
  private static final String TOLD =
      "{\"timestamp\":\"1\",\"labels\":{\"a\":\"b\\\"}\"}},"
          + "{\"timestamp\":\"2\",\"labels\":{\"a\":\"b\\\"}\"}},"
          + "{\"timestamp\":\"3\",\"labels\":{\"c\":\"d\"}}";

  private final DroppedEntries dropped = new DroppedEntries();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"streams\":[]}|{\"streams\":[],\"dropped_entries\":[%s]}",
        "{\"streams\":null,\"dropped_entries\":null}|{\"streams\":null,\"dropped_entries\":[%s]}",
        "{\"streams\":[],\"dropped_entries\":[ ]}|{\"streams\":[],\"dropped_entries\":[%s ]}",
        "{\"streams\":[],\"dropped_entries\":[{\"timestamp\":\"0\",\"labels\":{}}]}"
            + "|{\"streams\":[],\"dropped_entries\":[%s,{\"timestamp\":\"0\",\"labels\":{}}]}",
        "{\"dropped_entries\":[],\"streams\":[]}|{\"dropped_entries\":[%s],\"streams\":[]}",
        "{\"streams\":[{\"stream\":{},\"values\":[]}] ,\"encodingFlags\":[\"x\"]}"
            + "|{\"streams\":[{\"stream\":{},\"values\":[]}],\"dropped_entries\":[%s]"
            + " ,\"encodingFlags\":[\"x\"]}",
      })
  void nextFrame_tellsWhatWasDropped(String next, String expected) {
    assertThat(dropped.note(bytes(FRAME))).isEqualTo(3);

    assertThat(added(next)).isEqualTo(expected.replace("%s", TOLD));
    assertThat(dropped.isEmpty()).isTrue();
  }

  @Test
  void legacyFrame_isToldInItsOwnTerms() {
    String line = "\"line\":\"x\"";
    String ts = "\"2026-01-02T09:00:00.000000001Z\"";
    dropped.note(
        bytes(
            "{\"streams\":[{\"labels\":\"{a=\\\"b\\\"}\",\"entries\":[{\"ts\":"
                + ts
                + ","
                + line
                + "}]}],\"dropped_entries\":null}\n"));

    assertThat(added("{\"streams\":[],\"dropped_entries\":null}\n"))
        .isEqualTo(
            "{\"streams\":[],\"dropped_entries\":[{\"timestamp\":"
                + ts
                + ",\"labels\":\"{a=\\\"b\\\"}\"}]}\n");
  }

  @Test
  void droppedFrame_handsOnWhatLokiHadDropped() {
    String own = "{\"timestamp\":\"7\",\"labels\":{\"e\":\"f\"}}";

    assertThat(dropped.note(bytes("{\"streams\":[],\"dropped_entries\":[" + own + "]}"))).isZero();

    assertThat(added("{\"streams\":[]}"))
        .isEqualTo("{\"streams\":[],\"dropped_entries\":[" + own + "]}");
  }

  @Test
  void frame_tellsOfAThousandAtMost() {
    String one = "{\"timestamp\":\"0\",\"labels\":{}}";
    String own = (one + ",").repeat(996) + one;
    dropped.note(bytes(FRAME));
    dropped.note(bytes(FRAME));

    String told = added("{\"streams\":[],\"dropped_entries\":[" + own + "]}");

    assertThat(told).isEqualTo("{\"streams\":[],\"dropped_entries\":[" + TOLD + "," + own + "]}");
    assertThat(added("{\"streams\":[]}"))
        .isEqualTo("{\"streams\":[],\"dropped_entries\":[" + TOLD + "]}");
  }

  @Test
  void drops_areBoundedInNumber() {
    for (int i = 0; i < 1000; i++) {
      dropped.note(bytes(FRAME));
    }

    assertThat(added("{\"streams\":[]}").split("timestamp", -1)).hasSize(1001);
    assertThat(dropped.isEmpty()).isTrue();
  }

  @Test
  void drops_areBoundedInBytes() {
    String large = FRAME.replace("\"c\":\"d\"", "\"c\":\"" + "d".repeat(1 << 20) + "\"");

    assertThat(dropped.note(bytes(large))).isEqualTo(3);

    assertThat(added("{\"streams\":[]}").split("timestamp", -1)).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "[]", "{}", "{\"streams\":[", "{\"streams\":[]", "{\"other\":[]}"})
  void otherFrame_isLeftAlone(String frame) {
    dropped.note(bytes(FRAME));

    assertThat(dropped.addTo(bytes(frame))).isNull();
    assertThat(dropped.isEmpty()).isFalse();
    assertThat(new DroppedEntries().note(bytes(frame))).isZero();
  }

  private String added(String frame) {
    byte[] with = dropped.addTo(bytes(frame));
    assertThat(with).isNotNull();
    return new String(with, UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
