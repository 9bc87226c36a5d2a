// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

final class WindowModelFuzzTest {
  @FuzzTest(maxDuration = "1000h")
  void answers_areThoseOfALokiWithoutACache(FuzzedDataProvider data) {
    long seed = data.consumeLong();
    try {
      new WindowSequence(seed, new WindowSequence.Tally()).run();
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    }
  }
}
