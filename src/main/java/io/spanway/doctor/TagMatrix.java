// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.correlate.Correlator;
import io.spanway.correlate.TagUse;
import io.spanway.explain.LokiLabelNames;
import io.spanway.model.Span;
import io.spanway.model.Trace;
import io.spanway.route.BackendKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Services by tags: whether recent spans have a tag, whether Loki has the label that it leads to,
 * and whether Loki has the spans' values of it. The numbers behind what {@link TagsCheck} judges.
 *
 * @param services by name, in the order in which people look for them
 */
record TagMatrix(List<Service> services) {
  private static final int MAX_SPANS = 200;

  /** Each label costs a request. */
  private static final int MAX_LABELS = 10;

  TagMatrix {
    services = List.copyOf(services);
  }

  /**
   * What is known of one service.
   *
   * @param spans how many of its spans were looked at
   */
  record Service(String name, int spans, List<Cell> tags) {
    Service {
      tags = List.copyOf(tags);
    }
  }

  /**
   * A service's tag.
   *
   * @param inLoki whether Loki has the label; null when nobody knows
   * @param matching how many of {@code use.values()} Loki has; null when nobody knows
   */
  record Cell(TagUse use, @Nullable Boolean inLoki, @Nullable Integer matching) {}

  static TagMatrix of(Examination examination) throws InterruptedException {
    Map<String, List<Span>> services = new TreeMap<>();
    for (Trace trace : examination.traces()) {
      for (Span span : trace.spans().subList(0, Math.min(trace.spans().size(), MAX_SPANS))) {
        String service = span.resource().serviceName();
        services
            .computeIfAbsent(
                service == null ? "(without service.name)" : service, any -> new ArrayList<>())
            .add(span);
      }
    }
    Values values = new Values(examination);
    Correlator correlator = examination.correlator();
    List<Service> rows = new ArrayList<>();
    for (Map.Entry<String, List<Span>> service : services.entrySet()) {
      List<Cell> cells = new ArrayList<>();
      for (TagUse use : correlator.tagUses(service.getValue())) {
        cells.add(cell(use, examination.labels(), values));
      }
      rows.add(new Service(service.getKey(), service.getValue().size(), cells));
    }
    return new TagMatrix(rows);
  }

  private static Cell cell(TagUse use, @Nullable Set<String> known, Values values)
      throws InterruptedException {
    if (use.structuredMetadata() || known == null) {
      return new Cell(use, null, null);
    }
    if (!known.contains(use.label())) {
      return new Cell(use, false, 0);
    }
    Set<String> there = use.values().isEmpty() ? null : values.of(use.label());
    return new Cell(
        use,
        true,
        there == null ? null : (int) use.values().stream().filter(there::contains).count());
  }

  /** Writes it into a report. */
  void writeTo(ArrayNode array) {
    for (Service service : services) {
      ObjectNode node =
          array.addObject().put("service", service.name()).put("spans", service.spans());
      ArrayNode tags = node.putArray("tags");
      for (Cell cell : service.tags()) {
        TagUse use = cell.use();
        ObjectNode each =
            tags.addObject()
                .put("key", use.key())
                .put("label", use.label())
                .put("spans", use.spans());
        if (use.structuredMetadata()) {
          each.put("in", "structuredMetadata");
        }
        if (cell.inLoki() != null) {
          each.put("inLoki", cell.inLoki());
        }
        ArrayNode values = each.putArray("values");
        use.values().forEach(values::add);
        if (cell.matching() != null) {
          each.put("matching", cell.matching());
        }
      }
    }
  }

  /** The values that Loki has of labels, each asked for once. */
  private static final class Values {
    private final Examination examination;
    private final Map<String, Set<String>> asked = new HashMap<>();

    Values(Examination examination) {
      this.examination = examination;
    }

    @Nullable Set<String> of(String label) throws InterruptedException {
      Set<String> known = asked.get(label);
      if (known != null || asked.size() >= MAX_LABELS) {
        return known;
      }
      UpstreamAsker.Reply reply =
          examination.ask(BackendKind.LOKI, "/loki/api/v1/label/" + label + "/values?since=6h");
      Set<String> found = reply.status() == 200 ? LokiLabelNames.read(reply.body()) : null;
      if (found != null) {
        asked.put(label, found);
      }
      return found;
    }
  }
}
