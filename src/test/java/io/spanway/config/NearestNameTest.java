// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NearestNameTest {
  private static final List<String> KNOWN = List.of("listen", "maxEntry", "maxSize", "ttl");

  @ParameterizedTest
  @CsvSource({
    "lisen, listen",
    "listne, listen",
    "LISTEN, listen",
    "max_entry, maxEntry",
    "max-entries, maxEntry",
    "maxsiz, maxSize",
    "tl, ttl",
    "t,",
    "'',",
    "redis,",
  })
  void name_isFoundIfItIsNear(String name, @Nullable String nearest) {
    assertThat(NearestName.of(name, KNOWN)).isEqualTo(nearest);
    assertThat(NearestName.of(name.repeat(100), KNOWN)).isNull();
  }
}
