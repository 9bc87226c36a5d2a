// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What Spanway says about itself goes to standard error, the access log to standard output. Set up
 * in code, since reading a configuration in XML, and patterns, is a good part of a start. A file
 * that {@code -Dlogback.configurationFile} names goes before it.
 */
final class Logging {
  private static final String OWN_FILE = "logback.configurationFile";

  private Logging() {}

  /**
   * Sets logging up.
   *
   * @param level the least level of Spanway's own log; null or what is none stands for INFO
   */
  static void begin(@Nullable String level) {
    if (System.getProperty(OWN_FILE) == null
        && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.reset();
      Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
      root.setLevel(Level.toLevel(level, Level.INFO));
      root.addAppender(to("System.err", new EventEncoder(), context));
      context.getLogger("io.netty").setLevel(Level.WARN);
      Logger access = context.getLogger("io.spanway.access");
      access.setLevel(Level.INFO);
      access.setAdditive(false);
      // Its events are some lines each, which come from a thread that may wait.
      access.addAppender(to("System.out", new MessageEncoder(), context));
    }
  }

  private static Appender<ILoggingEvent> to(
      String stream, Encoder<ILoggingEvent> encoder, LoggerContext context) {
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName(stream);
    appender.setTarget(stream);
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
