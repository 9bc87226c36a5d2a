// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanway.model.TraceId;
import io.spanway.otlp.TraceDecoder.Format;

final class TraceDecoderFuzzTest {
  private static final TraceId ID = TraceId.parse("1");

  @FuzzTest
  void decode_anyBytes_isATraceOrOneException(FuzzedDataProvider data) {
    Format format = data.pickValue(Format.values());
    byte[] body = data.consumeRemainingAsBytes();
    int spans = -1;
    try {
      spans = TraceDecoder.decode(ID, body, format).spans().size();
    } catch (TraceDecodeException expected) {
      // Anything else that is thrown fails the test.
    }
    try {
      TraceFacts facts = TraceFacts.read(body, format);
      if (spans > facts.spanCount()) {
        throw new AssertionError("facts see " + facts.spanCount() + " of " + spans + " spans");
      }
    } catch (TraceDecodeException e) {
      if (spans > 0) {
        throw new AssertionError("a trace without facts", e);
      }
    }
  }
}
