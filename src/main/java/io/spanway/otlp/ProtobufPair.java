// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.spanway.model.Attributes.Attribute;
import io.spanway.model.Attributes.Kind;
import java.io.IOException;

/**
 * Reads one attribute at a time from where it stands. What nearly all have, a key and one scalar,
 * is read without an object; the rest is left to protobuf's own class.
 */
final class ProtobufPair {
  private static final int KEY = (1 << 3) | 2;
  private static final int VALUE = (2 << 3) | 2;
  private static final int STRING = (1 << 3) | 2;
  private static final int BOOL = 2 << 3;
  private static final int INT = 3 << 3;
  private static final int DOUBLE = (4 << 3) | 1;

  private final byte[] body;

  private int from;
  private int length;
  private int keyFrom;
  private int keyLength;
  private int textFrom;
  private int textLength;
  private long number;

  /** The tag of the scalar; 0 for what is not in the usual form. */
  private int kind;

  ProtobufPair(byte[] body) {
    this.body = body;
  }

  /**
   * Reads a pair and requires it to be well-formed.
   *
   * @param in stands at the length of the pair and is left behind it
   * @param base where {@code in} began in the body
   */
  void read(CodedInputStream in, int base) throws IOException {
    length = in.readRawVarint32();
    int limit = in.pushLimit(length);
    from = base + in.getTotalBytesRead();
    kind = 0;
    if (!readUsual(in, base)) {
      kind = 0;
      in.skipRawBytes(in.getBytesUntilLimit());
      // For its errors alone, which must come now and not when somebody looks at the attributes.
      var unused = parsed();
    }
    in.popLimit(limit);
  }

  /** The pair that was read last. */
  Attribute attribute(SharedTexts texts) {
    if (kind == 0) {
      try {
        return ProtobufValues.attribute(parsed());
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException("was read before", e);
      }
    }
    String text =
        switch (kind) {
          case STRING -> texts.text(textFrom, textLength);
          case BOOL -> Boolean.toString(number != 0);
          case INT -> Long.toString(number);
          default -> DoubleText.of(Double.longBitsToDouble(number));
        };
    return new Attribute(texts.text(keyFrom, keyLength), text, Kind.SCALAR);
  }

  private KeyValue parsed() throws InvalidProtocolBufferException {
    return KeyValue.parser()
        .parseFrom(body, from, length, ExtensionRegistryLite.getEmptyRegistry());
  }

  private boolean readUsual(CodedInputStream in, int base) throws IOException {
    if (in.isAtEnd() || in.readTag() != KEY) {
      return false;
    }
    keyLength = in.readRawVarint32();
    keyFrom = base + in.getTotalBytesRead();
    in.skipRawBytes(keyLength);
    requireText(body, keyFrom, keyLength);
    if (in.isAtEnd() || in.readTag() != VALUE) {
      return false;
    }
    int limit = in.pushLimit(in.readRawVarint32());
    boolean usual = readScalar(in, base) && in.isAtEnd();
    if (usual) {
      in.popLimit(limit);
      usual = in.isAtEnd();
    } else {
      in.skipRawBytes(in.getBytesUntilLimit());
      in.popLimit(limit);
    }
    return usual;
  }

  private boolean readScalar(CodedInputStream in, int base) throws IOException {
    if (in.isAtEnd()) {
      return false;
    }
    kind = in.readTag();
    switch (kind) {
      case STRING -> {
        textLength = in.readRawVarint32();
        textFrom = base + in.getTotalBytesRead();
        in.skipRawBytes(textLength);
        requireText(body, textFrom, textLength);
      }
      case BOOL -> number = in.readBool() ? 1 : 0;
      case INT -> number = in.readInt64();
      case DOUBLE -> number = in.readRawLittleEndian64();
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Requires UTF-8, as protobuf does of every text. */
  static void requireText(byte[] body, int from, int length) throws IOException {
    for (int i = from; i < from + length; i++) {
      if (body[i] < 0) {
        if (!UnsafeByteOperations.unsafeWrap(body, from, length).isValidUtf8()) {
          throw new InvalidProtocolBufferException("Protocol message had invalid UTF-8.");
        }
        return;
      }
    }
  }
}
