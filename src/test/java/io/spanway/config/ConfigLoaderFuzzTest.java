// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever stands in a file, the loader answers with a configuration or with its own exception. */
final class ConfigLoaderFuzzTest {
  private static final List<String> SEEDS =
      List.of(
          "server: {listen: '0.0.0.0:3100', threads: 2}\nloki: {urls: [http://a:1], tenant: x}\n",
          "a: &x [1, {b: *x}]\n? c\n: !!binary aGk=\n<<: *x\n",
          "loki: {auth: {username: '${A:-b}', password: '${B'}}\n",
          "tracesToLogs: {tags: [a, {b: c}], mapTagNamesEnabled: yes, mappedTags: 5}\n",
          "derivedFields:\n- name: '$${__x}'\n  matcherRegex: (\n- 5\n- [~]\n",
          "%YAML 1.1\n--- |2-\n  x\n...\n--- >\n y\n",
          "limits: {maxForm: 99999999999999999999KiB, allowAdminPaths: [/, '']}\n",
          "'\\u0000': \"\\x00\\U0010FFFF\\uD800\"\n");

  static List<String> seeds() {
    return SEEDS;
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("seeds")
  void seedCutAnywhere_isLoadedOrRefused(String seed) {
    for (int length = 0; length <= seed.length(); length++) {
      load(seed.substring(0, length).getBytes(StandardCharsets.UTF_8));
    }
  }

  @FuzzTest
  void bytes_areLoadedOrRefused(byte[] bytes) {
    load(bytes);
  }

  private static void load(byte[] bytes) {
    Problems problems = new Problems("f.yaml");
    SecretFiles secretFiles = new SecretFiles(Path.of("no-such-directory"));
    try {
      ConfigLoader.parse(bytes, Map.of("A", "a: b"), secretFiles, problems);
    } catch (ConfigException refused) {
      assertThat(refused.problems()).isNotEmpty();
      assertThat(refused.problems())
          .allSatisfy(problem -> assertThat(problem.message()).isNotBlank());
    }
  }
}
