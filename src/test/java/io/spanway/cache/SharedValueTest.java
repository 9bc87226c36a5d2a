// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.cache.SharedValue.Reading;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is not exactly as it was written is no answer. */
final class SharedValueTest {
  private static final byte[] PLACE = new byte[32];
  private static final int VERSION_AT = 4;

  private static CachedResponse response(int length) {
    byte[] body =
        "line ".repeat(length / 5 + 1).substring(0, length).getBytes(StandardCharsets.UTF_8);
    return new CachedResponse(
        200, Requests.headers("Content-Type", "application/json"), body, 0, 1);
  }

  private static byte[] written(CachedResponse response) {
    return new SharedValue(
            response.status(),
            response.headers(),
            response.body(),
            response.gzip(),
            1234,
            Duration.ofSeconds(30),
            Duration.ofMinutes(5))
        .write(PLACE);
  }

  @Test
  void value_isReadAsItWasWritten() {
    for (int length : new int[] {0, 1, 1399, 1400, 200_000}) {
      CachedResponse response = response(length);

      Reading reading = SharedValue.read(written(response), PLACE, length);

      SharedValue value = ((Reading.Whole) reading).value();
      assertThat(value.body()).isEqualTo(response.body());
      assertThat(value.gzip()).isEqualTo(response.gzip());
      assertThat(value.status()).isEqualTo(200);
      assertThat(value.headers().get("content-type")).isEqualTo("application/json");
      assertThat(value.storedAtMs()).isEqualTo(1234);
      assertThat(value.ttl()).isEqualTo(Duration.ofSeconds(30));
      assertThat(value.kept()).isEqualTo(Duration.ofMinutes(5));
    }
  }

  @Test
  void everyByte_counts() {
    byte[] value = written(response(2000));
    for (int at = 0; at < value.length; at++) {
      byte[] changed = value.clone();
      changed[at]++;

      assertThat(SharedValue.read(changed, PLACE, 1 << 20))
          .as("byte %d", at)
          .isInstanceOf(at == VERSION_AT ? Reading.OtherVersion.class : Reading.Altered.class);
    }
  }

  @Test
  void everyLength_counts() {
    byte[] value = written(response(50));
    for (int length = 0; length < value.length; length++) {
      assertThat(SharedValue.read(Arrays.copyOf(value, length), PLACE, 1 << 20))
          .isInstanceOf(Reading.Altered.class);
    }
    assertThat(SharedValue.read(Arrays.copyOf(value, value.length + 1), PLACE, 1 << 20))
        .isInstanceOf(Reading.Altered.class);
  }

  @Test
  void valueOfAnotherPlace_isNone() {
    byte[] elsewhere = PLACE.clone();
    elsewhere[31] = 1;

    assertThat(SharedValue.read(written(response(50)), elsewhere, 1 << 20))
        .isInstanceOf(Reading.Altered.class);
  }

  @Test
  void bodyThatIsTooLong_isNone() {
    assertThat(SharedValue.read(written(response(200_000)), PLACE, 199_999))
        .isInstanceOf(Reading.Altered.class);
  }

  @Test
  void nonsense_isNone() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);

      assertThat(SharedValue.read(bytes, PLACE, 1 << 20)).isInstanceOf(Reading.Altered.class);
    }
  }
}
