// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.spanway.units.DataSize;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EnrichTracesConfigTest {
  @Test
  void values_haveTheirRanges() {
    DataSize least = DataSize.kib(64);
    DataSize most = DataSize.mib(128);

    assertThat(EnrichTracesConfig.DEFAULT.enabled()).isFalse();
    assertThat(new EnrichTracesConfig(true, List.of("a"), least).maxBuffered()).isEqualTo(least);
    assertThat(new EnrichTracesConfig(true, List.of(), most).maxBuffered()).isEqualTo(most);
    for (DataSize size : List.of(DataSize.kib(63), DataSize.mib(129))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new EnrichTracesConfig(true, List.of(), size))
          .withMessage("maxBuffered: was " + size + " (expected: 64KiB to 128MiB)");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EnrichTracesConfig(true, List.of("a", " "), least))
        .withMessage("tags: was an empty item (expected: keys of attributes)");
  }
}
