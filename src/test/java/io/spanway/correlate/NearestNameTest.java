// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NearestNameTest {
  private static final Set<String> KNOWN =
      Set.of("service_name", "namespace", "k8s_pod_name", "level", "cluster");

  @ParameterizedTest
  @CsvSource({
    "service.name, service_name",
    "service_nam, service_name",
    "serviceName, service_name",
    "pod_name, k8s_pod_name",
    "name_space, namespace",
    "Cluster, cluster",
    "service, service_name",
    "thread, ",
    "job, ",
  })
  void name_findsWhatWasMeant(String name, String nearest) {
    assertThat(NearestName.of(name, KNOWN)).isEqualTo(nearest);
  }

  @org.junit.jupiter.api.Test
  void longNames_areNotCompared() {
    assertThat(NearestName.of("a".repeat(101), KNOWN)).isNull();
    assertThat(NearestName.of("aa", List.of("a".repeat(101)))).isNull();
    assertThat(NearestName.of("a", List.of())).isNull();
  }
}
