// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.List;
import java.util.Random;

/** Traces of every shape that protobuf allows. */
final class RandomTrace {
  private static final List<String> TEXTS =
      List.of("", "a", "service.name", "http.route", "käse", "日本", "x".repeat(200), "a\"b\\\n");

  private RandomTrace() {}

  static TracesData of(Random random) {
    var trace = TracesData.newBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      var batch = ResourceSpans.newBuilder().setSchemaUrl(text(random));
      if (random.nextInt(5) > 0) {
        batch.setResource(Resource.newBuilder().addAllAttributes(pairs(random)));
      }
      for (int j = random.nextInt(3); j > 0; j--) {
        var scope = ScopeSpans.newBuilder();
        if (random.nextBoolean()) {
          scope.setScope(
              InstrumentationScope.newBuilder()
                  .setName(text(random))
                  .addAllAttributes(pairs(random)));
        }
        for (int k = random.nextInt(6); k > 0; k--) {
          scope.addSpans(span(random));
        }
        batch.addScopeSpans(scope);
      }
      trace.addResourceSpans(batch);
    }
    return trace.build();
  }

  private static Span span(Random random) {
    var span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFrom(new byte[16]))
            .setSpanId(id(random))
            .setParentSpanId(id(random))
            .setName(text(random))
            .setKindValue(random.nextInt(9) - 1)
            .setStartTimeUnixNano(random.nextLong())
            .setEndTimeUnixNano(random.nextLong())
            .setFlags(random.nextInt())
            .addAllAttributes(pairs(random));
    if (random.nextBoolean()) {
      span.addEvents(Span.Event.newBuilder().setName(text(random)).addAllAttributes(pairs(random)));
      span.addLinks(Span.Link.newBuilder().setSpanId(id(random)));
      span.setStatus(Status.newBuilder().setMessage(text(random)));
    }
    return span.build();
  }

  private static ByteString id(Random random) {
    byte[] id = new byte[random.nextInt(8) == 0 ? random.nextInt(10) : 8];
    if (random.nextInt(8) > 0) {
      random.nextBytes(id);
    }
    return ByteString.copyFrom(id);
  }

  private static List<KeyValue> pairs(Random random) {
    return random
        .ints(random.nextInt(4), 0, 1)
        .mapToObj(
            i -> {
              var pair = KeyValue.newBuilder().setKey(text(random));
              return (random.nextInt(10) == 0 ? pair : pair.setValue(value(random, 3))).build();
            })
        .toList();
  }

  private static AnyValue value(Random random, int depth) {
    var value = AnyValue.newBuilder();
    switch (random.nextInt(depth == 0 ? 6 : 8)) {
      case 0, 1 -> value.setStringValue(text(random));
      case 2 -> value.setBoolValue(random.nextBoolean());
      case 3 -> value.setIntValue(random.nextLong());
      case 4 -> value.setDoubleValue(random.nextInt(4) == 0 ? Double.NaN : random.nextGaussian());
      case 5 -> value.setBytesValue(id(random));
      case 6 ->
          value.setArrayValue(
              ArrayValue.newBuilder()
                  .addValues(value(random, depth - 1))
                  .addValues(value(random, depth - 1)));
      default ->
          value.setKvlistValue(
              KeyValueList.newBuilder()
                  .addValues(
                      KeyValue.newBuilder()
                          .setKey(text(random))
                          .setValue(value(random, depth - 1))));
    }
    return value.build();
  }

  private static String text(Random random) {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }
}
