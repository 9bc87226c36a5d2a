// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.units.DataSize;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

/** The annotator on bytes against {@link ReferenceAnnotator} on a tree, with random answers. */
final class LogStreamAnnotatorDifferentialTest {
  private static final int ROUNDS = 500;
  private static final List<DerivedField> FIELDS =
      List.of(
          new DerivedField(
              "TraceID",
              "regex",
              "trace_id=([\\w-]+)",
              "https://t.example/${__value.raw}",
              null,
              null,
              null,
              null),
          DerivedField.regex("json_id", "\"traceId\":\"(\\w+)\""),
          DerivedField.regex("path", "/(.?)"),
          new DerivedField("who", "label", "user|x\"", null, null, null, null, null));

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void randomAnswers_becomeWhatTheReferenceMakes(boolean categorised) throws Exception {
    DerivedFieldSet fields = fields(AnnotateConfig.DEFAULT);
    long seed = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      var random = new Random(seed + round);
      byte[] answer = new RandomAnswer(random).write(categorised);
      if (random.nextInt(10) == 0) {
        damageText(answer, random);
      }

      byte[] annotated = annotate(answer, fields, random);

      assertThat(ReferenceAnnotator.JSON.readTree(new String(annotated, UTF_8)))
          .as("seed %d: %s", seed + round, new String(answer, UTF_8))
          .isEqualTo(ReferenceAnnotator.annotated(new String(answer, UTF_8), fields));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void randomAnswersWithoutMatch_passByteForByte(boolean categorised) throws Exception {
    DerivedFieldSet fields = neverMatching();
    long seed = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      var random = new Random(seed + round);
      byte[] answer = new RandomAnswer(random).write(categorised);

      assertThat(annotate(answer, fields, random)).as("seed %d", seed + round).isEqualTo(answer);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void chunks_neverMatterNotEvenForWhatIsTooLarge(boolean categorised) throws Exception {
    DerivedFieldSet fields = fields(new AnnotateConfig(new DataSize(90)));
    long seed = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      var random = new Random(seed + round);
      byte[] answer = new RandomAnswer(random).write(categorised);
      var listener = new CountingListener();
      byte[] whole = Annotating.whole(new LogStreamAnnotator(fields, listener), answer);

      assertThat(new String(annotate(answer, fields, random), UTF_8))
          .as("seed %d", seed + round)
          .isEqualTo(new String(whole, UTF_8));
    }
  }

  @Test
  void brokenAnswers_neverBecomeWorse() throws Exception {
    DerivedFieldSet fields = fields(AnnotateConfig.DEFAULT);
    DerivedFieldSet never = neverMatching();
    long seed = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      var random = new Random(seed + round);
      byte[] answer = new RandomAnswer(random).write(random.nextBoolean());
      answer[random.nextInt(answer.length)] =
          (byte) "{}[]:,\"\\x\u0000 ".charAt(random.nextInt(11));

      assertThat(isJson(annotate(answer, fields, random)) || !isJson(answer))
          .as("seed %d", seed + round)
          .isTrue();
      assertThat(annotate(answer, never, random)).as("seed %d", seed + round).isEqualTo(answer);
    }
  }

  private static boolean isJson(byte[] text) {
    try {
      ReferenceAnnotator.JSON.readTree(new String(text, UTF_8));
      return true;
    } catch (JacksonException e) {
      return false;
    }
  }

  private static void damageText(byte[] answer, Random random) {
    for (int i = 0; i < answer.length; i++) {
      if (answer[i] == 'x' && answer[i - 1] != '\\' && random.nextBoolean()) {
        answer[i] = (byte) (0x80 + random.nextInt(0x80));
      }
    }
  }

  private static byte[] annotate(byte[] answer, DerivedFieldSet fields, Random random) {
    int largest = 1 + random.nextInt(random.nextBoolean() ? 4 : 400);
    return Annotating.inChunks(
        new LogStreamAnnotator(fields, AnnotateListener.NONE),
        answer,
        () -> 1 + random.nextInt(largest));
  }

  private static DerivedFieldSet neverMatching() throws AnnotateConfigException {
    return DerivedFieldSet.compile(
        List.of(DerivedField.regex("never", "no such thing(.)")), null, AnnotateConfig.DEFAULT);
  }

  private static DerivedFieldSet fields(AnnotateConfig config) throws AnnotateConfigException {
    return DerivedFieldSet.compile(FIELDS, null, config);
  }
}
