// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LogqlKindTest {
  @Test
  void logQuery_startsWithASelector() {
    assertThat(LogqlKind.isLog("{a=\"b\"}")).isTrue();
    assertThat(LogqlKind.isLog(" \t\r\n{a=\"b\"} |= `x`")).isTrue();
    assertThat(LogqlKind.isLog("# sum(\n{a=\"b\"}")).isTrue();
    assertThat(LogqlKind.isLog("( ( # c\n {a=\"b\"} ) )")).isTrue();
  }

  @Test
  void metricQuery_doesNot() {
    assertThat(LogqlKind.isLog("rate({a=\"b\"}[1m])")).isFalse();
    assertThat(LogqlKind.isLog("# {a=\"b\"}\nrate({a=\"b\"}[1m])")).isFalse();
    assertThat(LogqlKind.isLog("(rate({a=\"b\"}[1m]))")).isFalse();
    assertThat(LogqlKind.isLog("1")).isFalse();
    assertThat(LogqlKind.isLog("# {")).isFalse();
    assertThat(LogqlKind.isLog("(")).isFalse();
    assertThat(LogqlKind.isLog("")).isFalse();
  }

  @Test
  void negativeOffset_looksAhead() {
    assertThat(LogqlKind.mayLookAhead("rate({a=\"b\"}[1m] offset -5m)")).isTrue();
    assertThat(LogqlKind.mayLookAhead("rate({a=\"offset\"}[1m] offset # c\n -5m)")).isTrue();
    assertThat(LogqlKind.mayLookAhead("rate({a=\"b\"}[1m] offset 5m) - 1")).isFalse();
    assertThat(LogqlKind.mayLookAhead("rate({a=\"b\"}[1m]) offset")).isFalse();
  }
}
