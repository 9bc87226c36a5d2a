// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.spanway.model.Attributes.Attribute;
import io.spanway.model.Attributes.Kind;

/** Attributes of any shape, from protobuf's own objects. */
final class ProtobufValues {
  private ProtobufValues() {}

  static Attribute attribute(KeyValue pair) {
    AnyValue value = pair.getValue();
    return switch (value.getValueCase()) {
      case STRING_VALUE -> scalar(pair.getKey(), value.getStringValue());
      case BOOL_VALUE -> scalar(pair.getKey(), Boolean.toString(value.getBoolValue()));
      case INT_VALUE -> scalar(pair.getKey(), Long.toString(value.getIntValue()));
      case DOUBLE_VALUE -> scalar(pair.getKey(), DoubleText.of(value.getDoubleValue()));
      default -> {
        var json = new JsonText();
        write(value, json);
        yield new Attribute(pair.getKey(), json.toString(), Kind.COMPOSITE);
      }
    };
  }

  private static Attribute scalar(String key, String text) {
    return new Attribute(key, text, Kind.SCALAR);
  }

  // Recursion is bounded: protobuf refuses messages nested more than a hundred deep.
  private static void write(AnyValue value, JsonText json) {
    switch (value.getValueCase()) {
      case STRING_VALUE -> json.string(value.getStringValue());
      case BOOL_VALUE -> json.raw(Boolean.toString(value.getBoolValue()));
      case INT_VALUE -> json.raw(Long.toString(value.getIntValue()));
      case DOUBLE_VALUE -> json.number(value.getDoubleValue());
      case BYTES_VALUE -> json.bytes(value.getBytesValue().toByteArray());
      case ARRAY_VALUE -> {
        json.raw("[");
        String separator = "";
        for (AnyValue element : value.getArrayValue().getValuesList()) {
          json.raw(separator);
          write(element, json);
          separator = ",";
        }
        json.raw("]");
      }
      case KVLIST_VALUE -> {
        json.raw("{");
        String separator = "";
        for (KeyValue pair : value.getKvlistValue().getValuesList()) {
          json.raw(separator);
          json.string(pair.getKey());
          json.raw(":");
          write(pair.getValue(), json);
          separator = ",";
        }
        json.raw("}");
      }
      default -> json.raw("null");
    }
  }
}
