// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** It writes what logback's own layout makes of the pattern that people know. */
final class EventEncoderTest {
  private final LoggerContext context = new LoggerContext();

  static Stream<LoggingEvent> events() {
    LoggerContext context = new LoggerContext();
    return Stream.of(
        event(context, "io.spanway.app.Reloads", Level.INFO, "took {} in {}", null, "a.yaml", 3),
        event(context, "short", Level.WARN, "é and \u20ac", null),
        event(
            context,
            "io.spanway.proxy.Exchange",
            Level.ERROR,
            "failed",
            new IllegalStateException("outer", new IOException("inner"))),
        event(context, "io.spanway.", Level.TRACE, "", null));
  }

  private static LoggingEvent event(
      LoggerContext context,
      String logger,
      Level level,
      String message,
      Throwable thrown,
      Object... arguments) {
    LoggingEvent event =
        new LoggingEvent("caller", context.getLogger(logger), level, message, thrown, arguments);
    event.setInstant(java.time.Instant.ofEpochMilli(1_700_000_000_007L));
    return event;
  }

  @ParameterizedTest
  @MethodSource("events")
  void encode_event_asThePatternWrites(LoggingEvent event) {
    PatternLayout pattern = new PatternLayout();
    pattern.setContext(context);
    pattern.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0} - %msg%n");
    pattern.start();
    assertThat(new String(new EventEncoder().encode(event), StandardCharsets.UTF_8))
        .isEqualTo(pattern.doLayout(event));
  }

  @ParameterizedTest
  @MethodSource("events")
  void encode_messageAlone_asItIs(LoggingEvent event) {
    assertThat(new String(new MessageEncoder().encode(event), StandardCharsets.UTF_8))
        .isEqualTo(event.getFormattedMessage());
  }
}
