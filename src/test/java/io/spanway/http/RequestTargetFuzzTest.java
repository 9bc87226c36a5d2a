// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.handler.codec.http.DefaultHttpHeaders;

final class RequestTargetFuzzTest {

  @FuzzTest
  void anyTarget_isReadOrRefused(FuzzedDataProvider data) {
    String raw = data.consumeRemainingAsString();
    try {
      RequestTarget target = RequestTarget.parse(raw);
      assertThat(target.rawPath()).matches(path -> path.equals("*") || path.startsWith("/"));
      String forwarded =
          target.rawQuery().isEmpty()
              ? target.rawPath()
              : target.rawPath() + "?" + target.rawQuery();
      if (forwarded.startsWith("/")) {
        assertThat(new OutboundRequest("GET", forwarded, new DefaultHttpHeaders()).target())
            .isEqualTo(forwarded);
        assertThat(RequestTarget.parse(forwarded).path()).isEqualTo(target.path());
      }
      QueryParameters query = target.query();
      assertThat(QueryParameters.parse(query.encode())).isEqualTo(query);
      for (String name : new String[] {"start", "since", "step"}) {
        String value = query.first(name);
        if (value != null) {
          LokiTimes.resolve(query, 0);
          LokiDurations.parseStep(value);
        }
      }
    } catch (BadTargetException expected) {
      assertThat(expected.getMessage()).doesNotContain("\n", "\r");
    }
  }
}
