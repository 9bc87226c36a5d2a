// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spanway.body.BodyTransform;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** Runs bytes through a transform in chunks. */
final class Annotating {
  private Annotating() {}

  static byte[] whole(BodyTransform transform, byte[] input) {
    return inChunks(transform, input, () -> Integer.MAX_VALUE);
  }

  static byte[] inChunks(BodyTransform transform, byte[] input, IntSupplier sizes) {
    var output = new ByteArrayOutputStream();
    Consumer<ByteBuf> sink =
        chunk -> {
          output.writeBytes(ByteBufUtil.getBytes(chunk));
          chunk.release();
        };
    for (int from = 0; from < input.length; ) {
      int size = Math.min(sizes.getAsInt(), input.length - from);
      transform.accept(Unpooled.copiedBuffer(input, from, size), sink);
      from += size;
    }
    transform.finish(sink);
    return output.toByteArray();
  }

  static byte[] recording(String name) throws IOException {
    try (var in = Annotating.class.getResourceAsStream(name + ".json")) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
