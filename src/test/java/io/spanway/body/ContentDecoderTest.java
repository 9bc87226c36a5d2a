// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.spanway.http.ContentCoding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ContentDecoderTest {
  private static final long NO_LIMIT = Long.MAX_VALUE;
  private static final byte[] HELLO = "hello, hello, hello".getBytes(StandardCharsets.UTF_8);

  /** How bytes are encoded. */
  enum Form {
    GZIP,
    ZLIB,
    RAW;

    byte[] encode(byte[] plain) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      OutputStream to =
          this == GZIP
              ? new GZIPOutputStream(bytes)
              : new DeflaterOutputStream(bytes, new Deflater(6, this == RAW));
      try (to) {
        to.write(plain);
      }
      return bytes.toByteArray();
    }

    ContentDecoder decoder(long maxBytes) {
      return this == GZIP ? ContentDecoder.gzip(maxBytes) : ContentDecoder.deflate(maxBytes);
    }
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  private static RecordingSink decode(ContentDecoder decoder, byte[]... chunks) {
    ScriptedSource source = new ScriptedSource();
    for (byte[] chunk : chunks) {
      source.add(chunk);
    }
    RecordingSink sink = new RecordingSink();
    new TransformingSource(source, decoder).start(sink);
    return sink;
  }

  private static byte[][] cut(byte[] bytes, SplittableRandom random) {
    int[] at = random.ints(random.nextInt(6), 0, bytes.length + 1).sorted().toArray();
    byte[][] chunks = new byte[at.length + 1][];
    int from = 0;
    for (int i = 0; i <= at.length; i++) {
      int to = i < at.length ? at[i] : bytes.length;
      chunks[i] = Arrays.copyOfRange(bytes, from, to);
      from = to;
    }
    return chunks;
  }

  private static byte[][] singly(byte[] bytes) {
    byte[][] chunks = new byte[bytes.length][];
    for (int i = 0; i < bytes.length; i++) {
      chunks[i] = new byte[] {bytes[i]};
    }
    return chunks;
  }

  @ParameterizedTest
  @EnumSource
  void body_isDecoded(Form form) throws IOException {
    for (byte[] plain : new byte[][] {{}, {7}, HELLO, new byte[200_000]}) {
      byte[] coded = form.encode(plain);
      for (byte[][] chunks : new byte[][][] {{coded}, singly(coded)}) {
        RecordingSink sink = decode(form.decoder(NO_LIMIT), chunks);

        assertThat(sink.failure).isNull();
        assertThat(sink.isEnded()).isTrue();
        assertThat(sink.bytes()).isEqualTo(plain);
        assertThat(sink.largest).isLessThanOrEqualTo(32 * 1024);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyCut_givesTheSameBytes(Form form) throws IOException {
    long seed = 20261122L;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 60; round++) {
      byte[] plain = new byte[random.nextInt(100_000)];
      for (int i = 0; i < plain.length; i++) {
        plain[i] = (byte) random.nextInt(1 + round);
      }
      RecordingSink sink = new RecordingSink();
      sink.credit = random.nextInt(3);
      ScriptedSource source = new ScriptedSource().inBurstsOf(1 + random.nextInt(3));
      for (byte[] chunk : cut(form.encode(plain), random)) {
        source.add(chunk);
      }
      BodySource body = new TransformingSource(source, form.decoder(plain.length));
      body.start(sink);
      for (int i = 0; i < 10_000 && !sink.isEnded(); i++) {
        sink.credit = 1 + random.nextInt(3);
        body.resume();
      }

      assertThat(sink.isEnded()).as("seed %d, round %d", seed, round).isTrue();
      assertThat(sink.bytes()).as("seed %d, round %d", seed, round).isEqualTo(plain);
    }
  }

  @Test
  void gzipMembers_followEachOther() throws IOException {
    byte[] member = Form.GZIP.encode(HELLO);
    byte[] empty = Form.GZIP.encode(new byte[0]);
    byte[] coded = join(member, empty, member);

    assertThat(decode(ContentDecoder.gzip(NO_LIMIT), coded).bytes()).isEqualTo(join(HELLO, HELLO));
    assertThat(decode(ContentDecoder.gzip(NO_LIMIT), singly(coded)).bytes())
        .isEqualTo(join(HELLO, HELLO));
  }

  @Test
  void gzipHeader_mayHoldAllFields() throws IOException {
    byte[] plainMember = Form.GZIP.encode(HELLO);
    byte[] header = {
      0x1f,
      (byte) 0x8b,
      8,
      31,
      1,
      2,
      3,
      4,
      0,
      3, // FTEXT, FHCRC, FEXTRA, FNAME, FCOMMENT
      3,
      0,
      'a',
      'b',
      'c',
      'n',
      'a',
      0,
      0,
      9,
      9
    };
    byte[] coded = join(header, Arrays.copyOfRange(plainMember, 10, plainMember.length));

    for (byte[][] chunks : new byte[][][] {{join(coded, coded)}, singly(join(coded, coded))}) {
      RecordingSink sink = decode(ContentDecoder.gzip(NO_LIMIT), chunks);

      assertThat(sink.failure).isNull();
      assertThat(sink.bytes()).isEqualTo(join(HELLO, HELLO));
    }
  }

  @Test
  void noBytesAtAll_areAnEmptyBody() {
    assertThat(decode(ContentDecoder.gzip(NO_LIMIT)).isEnded()).isTrue();
    assertThat(decode(ContentDecoder.deflate(NO_LIMIT), new byte[0]).isEnded()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void truncatedBody_fails(Form form) throws IOException {
    byte[] coded = form.encode(HELLO);
    for (int length = 1; length < coded.length; length++) {
      RecordingSink sink = decode(form.decoder(NO_LIMIT), Arrays.copyOf(coded, length));

      assertThat(sink.failure)
          .as("%d of %d bytes", length, coded.length)
          .isInstanceOf(BodyDecodingException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void damagedBody_fails(Form form) throws IOException {
    byte[] coded = form.encode(HELLO);
    byte[] wrongEnd = coded.clone();
    wrongEnd[coded.length - 1] ^= 1;
    if (form != Form.RAW) {
      assertThat(decode(form.decoder(NO_LIMIT), wrongEnd).failure)
          .isInstanceOf(BodyDecodingException.class);
    }
    assertThat(decode(form.decoder(NO_LIMIT), join(coded, new byte[] {'x'})).failure)
        .isInstanceOf(BodyDecodingException.class);
    assertThat(
            decode(form.decoder(NO_LIMIT), "{\"not\":\"it\"}".getBytes(StandardCharsets.UTF_8))
                .failure)
        .isInstanceOf(BodyDecodingException.class);
  }

  @Test
  void anyBytes_areDecodedOrFail() throws IOException {
    long seed = 20261122L;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 600; round++) {
      Form form = Form.values()[round % 3];
      byte[] coded = join(form.encode(HELLO), form.encode(HELLO));
      for (int n = random.nextInt(4); n > 0; n--) {
        coded[random.nextInt(coded.length)] = (byte) random.nextInt(256);
      }
      RecordingSink sink = decode(form.decoder(100_000), cut(coded, random));

      assertThat(sink.isEnded() || sink.failure != null)
          .as("seed %d, round %d", seed, round)
          .isTrue();
    }
  }

  @Test
  void dictionary_isRefused() {
    byte[] coded = {0x78, (byte) 0xbb, 0, 0, 0, 1, 0};

    assertThat(decode(ContentDecoder.deflate(NO_LIMIT), coded).failure)
        .isInstanceOf(BodyDecodingException.class);
  }

  @ParameterizedTest
  @EnumSource
  void bytesOverTheLimit_failTheBody(Form form) throws IOException {
    byte[] coded = form.encode(new byte[100_000]);

    assertThat(decode(form.decoder(100_000), coded).isEnded()).isTrue();
    RecordingSink sink = decode(form.decoder(99_999), coded);

    assertThat(sink.failure)
        .isInstanceOf(BodyTooLargeException.class)
        .hasMessageContaining("99999");
    assertThat(sink.bytes().length).isLessThan(100_000);
  }

  @Test
  void limit_countsOverAllMembers() throws IOException {
    byte[] member = Form.GZIP.encode(new byte[60]);

    assertThat(decode(ContentDecoder.gzip(100), join(member, member)).failure)
        .isInstanceOf(BodyTooLargeException.class);
  }

  @Test
  void bombBehindASlowSink_costsOnePiece() throws IOException {
    byte[] bomb = Form.GZIP.encode(new byte[50_000_000]);
    ScriptedSource source = new ScriptedSource().add(bomb).withoutEnd();
    RecordingSink sink = new RecordingSink();
    sink.credit = 1;
    BodySource body = new TransformingSource(source, ContentDecoder.gzip(NO_LIMIT));

    body.start(sink);

    assertThat(sink.bytes()).hasSize(32 * 1024);
    sink.credit = 2;
    body.resume();
    assertThat(sink.bytes()).hasSize(3 * 32 * 1024);
    body.cancel();
  }

  @Test
  void compositeBuffer_isRead() throws IOException {
    byte[] coded = Form.GZIP.encode(HELLO);
    ByteBuf chunk =
        ByteBufAllocator.DEFAULT
            .compositeBuffer()
            .addComponent(true, Unpooled.copiedBuffer(coded, 0, 12))
            .addComponent(true, Unpooled.copiedBuffer(coded, 12, coded.length - 12));
    ContentDecoder decoder = ContentDecoder.gzip(NO_LIMIT);
    ByteArrayOutputStream plain = new ByteArrayOutputStream();

    decoder.accept(
        chunk,
        piece -> {
          plain.writeBytes(ByteBufUtil.getBytes(piece));
          piece.release();
        });
    while (decoder.hasMore()) {
      decoder.more(
          piece -> {
            plain.writeBytes(ByteBufUtil.getBytes(piece));
            piece.release();
          });
    }
    decoder.finish(ByteBuf::release);

    assertThat(plain.toByteArray()).isEqualTo(HELLO);
  }

  @Test
  void coding_choosesTheDecoder() {
    for (ContentCoding coding : ContentCoding.values()) {
      ContentDecoder decoder = ContentDecoder.of(coding, 1);
      boolean known = coding == ContentCoding.GZIP || coding == ContentCoding.DEFLATE;

      assertThat(decoder != null).isEqualTo(known);
      if (decoder != null) {
        decoder.discard();
      }
    }
  }
}
