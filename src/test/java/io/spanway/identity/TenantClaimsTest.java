// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.jose4j.json.JsonUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TenantClaimsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{\"t\":\"a\"}; t; a",
        "{\"t\":\"b|a\"}; t; a|b",
        "{\"t\":[\"b\",\"a\",\"b\"]}; t; a|b",
        "{\"o\":{\"t\":\"a\"}}; o.t; a",
        "{\"o\":{\"p\":{\"t\":[\"a\"]}}}; o.p.t; a",
        "{\"https://x.example/t\":\"a\"}; https://x.example/t; a",
        "{\"o.t\":\"a\",\"o\":{\"t\":\"b\"}}; o.t; a",
        "{\"u\":\"a\"}; t; null",
        "{\"t\":null}; t; null",
        "{\"t\":[]}; t; null",
        "{\"t\":\"\"}; t; null",
        "{\"t\":\"a|\"}; t; null",
        "{\"t\":\"a b\"}; t; null",
        "{\"t\":\"..\"}; t; null",
        "{\"t\":\"a\\r\\nX: y\"}; t; null",
        "{\"t\":1}; t; null",
        "{\"t\":[\"a\",1]}; t; null",
        "{\"t\":{\"a\":\"b\"}}; t; null",
        "{\"t\":\"a\"}; t.x; null",
        "{\"o\":{\"t\":\"a\"}}; o..t; null",
      })
  void tenants_areReadOfTextsAndListsAlone(String claims, String path, String tenants)
      throws Exception {
    assertThat(String.valueOf(TenantClaims.read(JsonUtil.parseJson(claims), path)))
        .isEqualTo(tenants);
  }

  @ParameterizedTest
  @CsvSource({"150, true", "151, false"})
  void longTenants_areNone(int length, boolean good) throws Exception {
    var claims = JsonUtil.parseJson("{\"t\":\"" + "x".repeat(length) + "\"}");

    assertThat(TenantClaims.read(claims, "t") != null).isEqualTo(good);
  }
}
