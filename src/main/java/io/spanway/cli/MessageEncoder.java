// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;

/** Writes what was said and nothing else, in UTF-8. */
class MessageEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NONE = new byte[0];

  @Override
  public final byte[] headerBytes() {
    return NONE;
  }

  @Override
  public final byte[] encode(ILoggingEvent event) {
    return text(event).getBytes(StandardCharsets.UTF_8);
  }

  String text(ILoggingEvent event) {
    return event.getFormattedMessage();
  }

  @Override
  public final byte[] footerBytes() {
    return NONE;
  }
}
