// SPDX-License-Identifier: Apache-2.0
package io.spanway;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.config.ConfigLoader;
import io.spanway.config.GatewayConfig;
import io.spanway.config.LoadedConfig;
import io.spanway.testing.Dockerfile;
import io.spanway.testing.Dockerfile.Stage;
import io.spanway.units.DataSize;
import io.spanway.upstream.UpstreamAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What is shipped for running Spanway fits together, and fits the image and the product. */
final class DeploymentFilesTest {
  private static final Path CONFIG = Path.of("config");
  private static final Path COMPOSE = CONFIG.resolve("compose");
  private static final Path KUBERNETES = CONFIG.resolve("kubernetes");
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  @TempDir private Path folder;

  @Test
  void files_canAllBeRead() throws IOException {
    int read = 0;
    try (Stream<Path> files = Files.walk(CONFIG)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".json")) {
          assertThat(JSON.readTree(Files.readString(file)).isObject()).as(name).isTrue();
          read++;
        } else if (name.endsWith(".yaml")) {
          assertThat(documents(file)).as(name).isNotEmpty().allMatch(JsonNode::isObject);
          read++;
        }
      }
    }
    assertThat(read).isGreaterThan(15);
  }

  // Compose.

  @Test
  void images_haveVersions() throws IOException {
    for (JsonNode service : compose().path("services")) {
      String image = service.path("image").asString();
      assertThat(image)
          .matches(service.has("build") ? "spanway:local" : "[a-z/]+:v?\\d+\\.\\d+\\.\\d+");
    }
    Path context = COMPOSE.resolve(service("spanway").path("build").asString());
    assertThat(context.resolve("Dockerfile")).exists();
  }

  @Test
  void mounts_areFilesThatThereAreOrVolumes() throws IOException {
    Set<String> volumes = new TreeSet<>(compose().path("volumes").propertyNames());
    int files = 0;
    for (JsonNode service : compose().path("services")) {
      for (JsonNode mount : service.path("volumes")) {
        String source = mount.asString().split(":", -1)[0];
        if (source.startsWith(".")) {
          assertThat(COMPOSE.resolve(source)).isRegularFile();
          assertThat(mount.asString()).endsWith(":ro");
          files++;
        } else {
          assertThat(volumes).contains(source);
        }
      }
      for (JsonNode other : service.path("depends_on")) {
        assertThat(service(other.asString()).isMissingNode()).as(other.asString()).isFalse();
      }
      for (JsonNode port : service.path("ports")) {
        assertThat(port.asString()).as("nobody else reaches it").startsWith("127.0.0.1:");
      }
    }
    assertThat(files).isGreaterThan(7);
  }

  @Test
  void mountedFiles_areWhereTheirProgramsLook() throws IOException {
    List<String> command = image().last("CMD").orElseThrow().command();
    assertThat(target("spanway", "spanway.yaml")).isEqualTo(command.get(command.size() - 1));
    for (String service : List.of("loki", "tempo")) {
      assertThat(command(service)).contains("-config.file=" + target(service, service + ".yaml"));
    }
    assertThat(command("alloy")).contains(target("alloy", "config.alloy"));
    String rules = "../prometheus/spanway-rules.yaml";
    assertThat(command("prometheus"))
        .contains("--config.file=" + target("prometheus", "../prometheus/prometheus.yaml"));
    assertThat(one("prometheus/prometheus.yaml").path("rule_files").path(0).asString())
        .isEqualTo(target("prometheus", rules));
    String dashboard = target("grafana", "../grafana/spanway-dashboard.json");
    assertThat(
            one("grafana/dashboards.yaml").at("/providers/0/options/path").asString()
                + "/spanway-dashboard.json")
        .isEqualTo(dashboard)
        .isEqualTo(
            service("grafana")
                .at("/environment/GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH")
                .asString());
  }

  @Test
  void addresses_areThoseOfServices() throws Exception {
    GatewayConfig config = load(COMPOSE.resolve("spanway.yaml")).config();
    String loki = one("compose/loki.yaml").at("/server/http_listen_port").asString();
    String tempo = one("compose/tempo.yaml").at("/server/http_listen_port").asString();
    String otlp =
        one("compose/tempo.yaml")
            .at("/distributor/receivers/otlp/protocols/grpc/endpoint")
            .asString();
    String alloy = Files.readString(COMPOSE.resolve("config.alloy"));
    Set<String> sources = new TreeSet<>();
    for (String file : List.of("grafana/datasources.yaml", "grafana/prometheus-datasource.yaml")) {
      one(file).path("datasources").forEach(each -> sources.add(each.path("url").asString()));
    }

    assertThat(config.loki().urls())
        .extracting(Object::toString)
        .containsExactly("http://loki:" + loki);
    assertThat(config.tempo().urls())
        .extracting(Object::toString)
        .containsExactly("http://tempo:" + tempo);
    assertThat(alloy)
        .contains("\"http://loki:" + loki + "/otlp\"")
        .contains("\"tempo:" + otlp.substring(otlp.lastIndexOf(':') + 1) + "\"");
    assertThat(sources)
        .containsExactly(
            "http://prometheus:9090", "http://spanway:" + config.server().listen().port());
    assertThat(
            one("prometheus/prometheus.yaml")
                .at("/scrape_configs/0/static_configs/0/targets/0")
                .asString())
        .isEqualTo("spanway:" + config.admin().listen().port());
    assertThat(service("spanway").path("ports").valueStream().map(JsonNode::asString))
        .extracting(port -> port.substring(port.lastIndexOf(':') + 1))
        .containsExactlyElementsOf(image().last("EXPOSE").orElseThrow().words());
  }

  @Test
  void configurationOfCompose_isWithoutProblems() throws Exception {
    LoadedConfig loaded = load(COMPOSE.resolve("spanway.yaml"));

    assertThat(loaded.notes()).isEmpty();
    assertFitsTheHeap(loaded, service("spanway").path("mem_limit").asString().replace("g", "GiB"));
    String grace = service("spanway").path("stop_grace_period").asString().replace("s", "");
    assertThat(Long.parseLong(grace))
        .isGreaterThan(loaded.config().server().drainTimeout().toSeconds());
  }

  // Kubernetes.

  @Test
  void resources_areListedAndInOneNamespace() throws IOException {
    JsonNode list = one("kubernetes/kustomization.yaml");
    List<String> listed = list.path("resources").valueStream().map(JsonNode::asString).toList();
    Set<String> files = new TreeSet<>();
    try (Stream<Path> all = Files.list(KUBERNETES)) {
      all.forEach(file -> files.add(file.getFileName().toString()));
    }

    assertThat(files).containsAll(listed).hasSize(listed.size() + 2);
    for (String file : listed) {
      for (JsonNode resource : documents(KUBERNETES.resolve(file))) {
        String place = resource.path("kind").asString().equals("Namespace") ? "name" : "namespace";
        assertThat(resource.path("metadata").path(place).asString())
            .as(file)
            .isEqualTo(list.path("namespace").asString());
      }
    }
  }

  @Test
  void configMap_isAConfigurationThatThePodReads() throws Exception {
    LoadedConfig loaded = configMap();
    JsonNode pod = pod();
    JsonNode container = pod.at("/containers/0");
    List<String> args = container.path("args").valueStream().map(JsonNode::asString).toList();

    assertThat(loaded.notes()).isEmpty();
    assertThat(args.subList(0, 2)).containsExactly("serve", "--config");
    assertThat(args.get(2))
        .isEqualTo(container.at("/volumeMounts/0/mountPath").asString() + "/spanway.yaml");
    assertThat(container.at("/volumeMounts/0/subPath").isMissingNode())
        .as("a single file would never change")
        .isTrue();
    assertThat(pod.at("/volumes/0/configMap/name"))
        .isEqualTo(one("kubernetes/configmap.yaml").at("/metadata/name"));
    assertFitsTheHeap(loaded, container.at("/resources/limits/memory").asString() + "B");
    assertThat(pod.path("terminationGracePeriodSeconds").asLong())
        .isGreaterThan(
            loaded.config().server().drainTimeout().toSeconds()
                + container.at("/lifecycle/preStop/sleep/seconds").asLong());
  }

  @Test
  void ports_areThoseOfTheListeners() throws Exception {
    GatewayConfig config = configMap().config();
    Map<String, Integer> ports = new HashMap<>();
    JsonNode container = pod().at("/containers/0");
    container
        .path("ports")
        .forEach(
            port -> ports.put(port.path("name").asString(), port.path("containerPort").asInt()));

    assertThat(ports)
        .containsOnly(
            Map.entry("http", config.server().listen().port()),
            Map.entry("admin", config.admin().listen().port()));
    for (JsonNode service : documents(KUBERNETES.resolve("service.yaml"))) {
      for (JsonNode port : service.at("/spec/ports")) {
        assertThat(ports.get(port.path("targetPort").asString()))
            .isEqualTo(port.path("port").asInt());
      }
    }
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      assertThat(container.at("/" + probe + "/httpGet/path").asString()).isEqualTo("/healthz");
      assertThat(container.at("/" + probe + "/httpGet/port").asString()).isEqualTo("admin");
    }
    assertThat(one("kubernetes/servicemonitor.yaml").at("/spec/endpoints/0/port").asString())
        .isEqualTo("admin");
  }

  @Test
  void container_isLockedDown() throws IOException {
    JsonNode pod = pod();
    JsonNode container = pod.at("/containers/0/securityContext");
    String[] user = image().last("USER").orElseThrow().arguments().split(":", -1);

    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(pod.at("/securityContext/runAsUser").asString()).isEqualTo(user[0]);
    assertThat(pod.at("/securityContext/runAsGroup").asString()).isEqualTo(user[1]);
    assertThat(pod.at("/securityContext/seccompProfile/type").asString())
        .isEqualTo("RuntimeDefault");
    assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
    assertThat(container.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(container.path("readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(container.at("/capabilities/drop/0").asString()).isEqualTo("ALL");
  }

  @Test
  void selectors_findThePod() throws IOException {
    JsonNode labels = one("kubernetes/deployment.yaml").at("/spec/template/metadata/labels");
    List<JsonNode> selectors = new ArrayList<>();
    selectors.add(one("kubernetes/deployment.yaml").at("/spec/selector/matchLabels"));
    selectors.add(one("kubernetes/poddisruptionbudget.yaml").at("/spec/selector/matchLabels"));
    selectors.add(one("kubernetes/networkpolicy.yaml").at("/spec/podSelector/matchLabels"));
    documents(KUBERNETES.resolve("service.yaml"))
        .forEach(service -> selectors.add(service.at("/spec/selector")));

    assertThat(labels.isObject()).isTrue();
    assertThat(selectors).hasSize(5).allSatisfy(each -> assertThat(each).isEqualTo(labels));
    assertThat(one("kubernetes/horizontalpodautoscaler.yaml").at("/spec/scaleTargetRef/name"))
        .isEqualTo(one("kubernetes/deployment.yaml").at("/metadata/name"));
    JsonNode admin = documents(KUBERNETES.resolve("service.yaml")).get(1);
    assertThat(one("kubernetes/servicemonitor.yaml").at("/spec/selector/matchLabels"))
        .isEqualTo(admin.at("/metadata/labels"));
  }

  @Test
  void networkPolicy_letsThroughWhatIsConfiguredAndNoMore() throws Exception {
    GatewayConfig config = configMap().config();
    JsonNode policy = one("kubernetes/networkpolicy.yaml").path("spec");
    List<Integer> in = new ArrayList<>();
    policy.path("ingress").forEach(rule -> in.add(rule.at("/ports/0/port").asInt()));

    assertThat(in).containsExactly(config.server().listen().port(), config.admin().listen().port());
    assertThat(policy.path("ingress")).allSatisfy(rule -> assertThat(rule.has("from")).isTrue());
    assertThat(policy.path("egress")).allSatisfy(rule -> assertThat(rule.has("to")).isTrue());
    for (UpstreamAddress url : config.tempo().urls()) {
      assertThat(policy.path("egress").findValuesAsString("port"))
          .as("%s, whose Service has the pods' port", url)
          .contains(url.toString().substring(url.toString().lastIndexOf(':') + 1));
    }
  }

  // What the files say.

  private static List<JsonNode> documents(Path file) throws IOException {
    try (MappingIterator<JsonNode> all = YAML.readerFor(JsonNode.class).readValues(file.toFile())) {
      return all.readAll();
    }
  }

  private static JsonNode one(String file) throws IOException {
    List<JsonNode> documents = documents(CONFIG.resolve(file));
    assertThat(documents).hasSize(1);
    return documents.get(0);
  }

  private static JsonNode compose() throws IOException {
    return one("compose/docker-compose.yaml");
  }

  private static JsonNode service(String name) throws IOException {
    return compose().path("services").path(name);
  }

  private static List<String> command(String service) throws IOException {
    return service(service).path("command").valueStream().map(JsonNode::asString).toList();
  }

  /** Returns where a service has a file. */
  private static String target(String service, String source) throws IOException {
    for (JsonNode mount : service(service).path("volumes")) {
      String[] parts = mount.asString().split(":", -1);
      if (parts[0].equals(source) || parts[0].equals("./" + source)) {
        return parts[1];
      }
    }
    throw new AssertionError(service + " does not mount " + source);
  }

  private static JsonNode pod() throws IOException {
    return one("kubernetes/deployment.yaml").at("/spec/template/spec");
  }

  private LoadedConfig configMap() throws Exception {
    return load(
        Files.writeString(
            folder.resolve("spanway.yaml"),
            one("kubernetes/configmap.yaml").path("data").path("spanway.yaml").asString()));
  }

  private static LoadedConfig load(Path file) throws Exception {
    return ConfigLoader.load(file, Map.of());
  }

  private static Stage image() throws IOException {
    return Dockerfile.read(Path.of("Dockerfile")).image();
  }

  /** The cache takes half of the heap at most, which is a part of the container's memory. */
  private static void assertFitsTheHeap(LoadedConfig loaded, String memory) throws IOException {
    String option =
        image().last("ENTRYPOINT").orElseThrow().command().stream()
            .filter(each -> each.startsWith("-XX:MaxRAMPercentage="))
            .findFirst()
            .orElseThrow();
    double share = Double.parseDouble(option.substring(option.indexOf('=') + 1)) / 100;

    assertThat((double) loaded.config().cache().maxSize().bytes())
        .isLessThan(DataSize.parse(memory).bytes() * share / 2);
  }
}
