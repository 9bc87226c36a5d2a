// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GzipEncoderTest {
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "1000, 7", "300000, 32768", "300000, 300000"})
  void body_isWhatGunzipGives(int size, int chunk) throws IOException {
    byte[] body = new byte[size];
    new Random(size).nextBytes(body);
    var encoder = new GzipEncoder();

    for (int from = 0; from < size; from += chunk) {
      int length = Math.min(chunk, size - from);
      encoder.accept(Unpooled.directBuffer(length).writeBytes(body, from, length), this::take);
    }
    encoder.finish(this::take);

    assertThat(decoded()).isEqualTo(body);
  }

  @Test
  void composedChunk_isReadWhole() throws IOException {
    var encoder = new GzipEncoder();

    encoder.accept(
        Unpooled.wrappedBuffer(
            Unpooled.wrappedBuffer(new byte[] {1}), Unpooled.buffer().writeByte(2)),
        this::take);
    encoder.finish(this::take);

    assertThat(decoded()).containsExactly(1, 2);
  }

  @Test
  void encoder_streams() {
    var encoder = new GzipEncoder();
    byte[] noise = new byte[1 << 20];
    new Random(1).nextBytes(noise);

    encoder.accept(Unpooled.wrappedBuffer(noise), this::take);

    assertThat(output.size()).isGreaterThan(noise.length / 2);
    encoder.discard();
  }

  private void take(ByteBuf piece) {
    output.writeBytes(ByteBufUtil.getBytes(piece));
    piece.release();
  }

  private byte[] decoded() throws IOException {
    return new GZIPInputStream(new ByteArrayInputStream(output.toByteArray())).readAllBytes();
  }
}
