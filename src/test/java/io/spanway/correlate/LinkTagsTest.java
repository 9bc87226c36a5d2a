// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.correlate.CorrelateConfig.TagMapping;
import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import io.spanway.model.Attributes.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LinkTagsTest {
  /** Tags as {@code key>label}, with {@code !} behind it for structured metadata. */
  private static LinkTags tags(String tags, @Nullable String query, String... grafanas)
      throws CorrelateConfigException {
    List<TagMapping> mappings = new ArrayList<>();
    for (String each : tags.isEmpty() ? new String[0] : tags.split(" ", -1)) {
      boolean metadata = each.endsWith("!");
      String[] parts = (metadata ? each.substring(0, each.length() - 1) : each).split(">", -1);
      mappings.add(
          new TagMapping(
              parts[0],
              parts.length > 1 ? parts[1] : null,
              metadata ? "structuredMetadata" : null));
    }
    CorrelateConfig none = CorrelateConfig.DEFAULT;
    return Correlator.compile(
            new CorrelateConfig(
                mappings,
                null,
                null,
                null,
                null,
                query == null ? null : true,
                query,
                none.idFields(),
                null,
                null,
                List.of()))
        .linkTags(List.of(grafanas));
  }

  private static String chosen(LinkTags tags, String attributes, Set<String> taken) {
    List<Attribute> all = new ArrayList<>();
    for (String each : attributes.split(" ", -1)) {
      String[] parts = each.split("=", -1);
      all.add(new Attribute(parts[0], parts[1], Kind.SCALAR));
    }
    Attribute chosen = tags.missing(new Attributes(all), taken);
    return chosen == null ? "" : chosen.key() + "=" + chosen.text();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Grafana's defaults, and what OpenTelemetry calls these.
        "''|k8s.pod.name=p|pod=p",
        "''|k8s.namespace.name=n k8s.pod.name=p|namespace=n",
        "''|host.name=h|hostname=h",
        "''|k8s.cluster.name=c|cluster=c",
        "''|service_name=s|service.name=s",
        "''|service=s|service.name=s",
        "''|x=y host.id=h|''",
        // The label of the tag is what Loki makes of another attribute.
        "app>service_name|service.name=s|app=s",
        "team>k8s_namespace_name|k8s.namespace.name=n|team=n",
        "team|k8s.namespace.name=n|''",
        // The same key spelt otherwise.
        "pod-name>instance|pod.name=p|pod-name=p",
        "container>c|k8s.container.name=x|container=x",
        "k8s.pod.name>pod|pod=p|k8s.pod.name=p",
        // The surest first: a name before a convention.
        "pod app>service_name|k8s.pod.name=p service.name=s|app=s",
        // A label that is no label of a stream makes no selector.
        "pod! app>service_name|k8s.pod.name=p|''",
        // Keys that Grafana gives to each span by itself.
        "traceId>trace_id pod|trace_id=t k8s.pod.name=p|pod=p",
      })
  void attribute_isChosenFromWhatTheResourceSays(String tags, String attributes, String expected)
      throws Exception {
    assertThat(chosen(tags(tags, null), attributes, Set.of())).isEqualTo(expected);
  }

  @Test
  void tagOfTheSameLabel_isTheSurestSource() throws Exception {
    LinkTags grafanas = tags("app>svc service.name>svc namespace", null, "namespace", "app");

    assertThat(grafanas.keys()).containsExactly("namespace", "app");
    assertThat(chosen(grafanas, "service.name=s k8s.namespace.name=n", Set.of()))
        .isEqualTo("app=s");
    assertThat(chosen(grafanas, "service.name=s k8s.namespace.name=n", Set.of("app")))
        .isEqualTo("namespace=n");
  }

  @Test
  void keyThatOnlyGrafanaHas_isTakenForItsLabel() throws Exception {
    LinkTags grafanas = tags("service.name>service_name", null, "cluster", "k8s.pod.name", "by");

    assertThat(grafanas.keys()).containsExactly("cluster", "k8s.pod.name");
    assertThat(chosen(grafanas, "k8s.cluster.name=c", Set.of())).isEqualTo("cluster=c");
    assertThat(chosen(grafanas, "pod=p", Set.of())).isEqualTo("k8s.pod.name=p");
  }

  @Test
  void labelThatASpanHasByAnotherTag_isNotGivenASecondValue() throws Exception {
    LinkTags tags = tags("app>service_name svc>service_name", null);

    assertThat(chosen(tags, "service.name=s", Set.of())).isEqualTo("app=s");
    assertThat(chosen(tags, "service.name=s", Set.of("svc"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\"b", "a\\b", "a\nb", "a{b", "a}b", "${x}", "\ud800", "\u007f"})
  void valueThatGrafanaWouldBreakItsQueryWith_isNotUsed(String value) throws Exception {
    assertThat(
            tags("pod", null)
                .missing(
                    new Attributes(List.of(new Attribute("k8s.pod.name", value, Kind.SCALAR))),
                    Set.of()))
        .isNull();
  }

  @Test
  void composite_isNotUsed() throws Exception {
    assertThat(
            tags("pod", null)
                .missing(
                    new Attributes(List.of(new Attribute("k8s.pod.name", "[1]", Kind.COMPOSITE))),
                    Set.of()))
        .isNull();
    assertThat(chosen(tags("pod", null), "k8s.pod.name=" + "x".repeat(1025), Set.of())).isEmpty();
  }

  @Test
  void customQuery_needsATagOnlyIfItHasThem() throws Exception {
    assertThat(tags("pod", "{a=\"b\"} |= `${__trace.traceId}`").isEmpty()).isTrue();
    assertThat(tags("pod", "{${__tags}} |= `x`").keys()).containsExactly("pod");
  }
}
