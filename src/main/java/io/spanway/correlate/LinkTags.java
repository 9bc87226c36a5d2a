// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LabelNames;
import io.spanway.logql.ReservedWords;
import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import io.spanway.model.Attributes.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the resource attribute that makes Grafana offer the logs of spans that have none of its
 * tags. Its value is never made up: it is that of another attribute of the same resource which, by
 * the configured tags or by its name, says the same. Immutable.
 */
public final class LinkTags {
  /** Attributes that newer versions of Grafana give to every span by themselves. */
  private static final Set<String> GRAFANAS_OWN = Set.of("spanId", "traceId", "name", "duration");

  /** Names of one thing, as Loki writes them: OpenTelemetry's and those of log collectors. */
  private static final List<Set<String>> SAME =
      List.of(
          Set.of("cluster", "k8s_cluster_name"),
          Set.of("namespace", "k8s_namespace_name"),
          Set.of("pod", "k8s_pod_name"),
          Set.of("container", "k8s_container_name"),
          Set.of("hostname", "host_name"),
          Set.of("service", "service_name"));

  private static final int LONGEST = 1024;

  private final List<Tag> wanted;
  private final List<Tag> known;
  private final Set<String> keys;

  private LinkTags(List<Tag> wanted, List<Tag> known) {
    this.wanted = wanted;
    this.known = known;
    Set<String> all = new LinkedHashSet<>();
    wanted.forEach(tag -> all.add(tag.key()));
    this.keys = all;
  }

  /**
   * Makes one.
   *
   * @param grafanaKeys the keys of the tags that Grafana's data source has; empty for those of the
   *     settings
   */
  static LinkTags of(Settings settings, List<String> grafanaKeys) {
    QueryTemplate query = settings.query();
    if (query != null && !query.hasTags()) {
      // Grafana makes that link without any tag.
      return new LinkTags(List.of(), List.of());
    }
    List<Tag> known = settings.tags().stream().filter(tag -> !tag.metadata()).toList();
    List<Tag> wanted = new ArrayList<>();
    if (grafanaKeys.isEmpty()) {
      wanted.addAll(known);
    } else {
      for (String key : grafanaKeys) {
        Tag tag = tag(settings.tags(), key);
        if (tag != null && !tag.metadata()) {
          wanted.add(tag);
        }
      }
    }
    wanted.removeIf(tag -> GRAFANAS_OWN.contains(tag.key()));
    return new LinkTags(List.copyOf(wanted), known);
  }

  /** The tag of a key; without one, Grafana takes the key for the label. Null for no label. */
  private static @Nullable Tag tag(List<Tag> tags, String key) {
    for (Tag tag : tags) {
      if (tag.key().equals(key)) {
        return tag;
      }
    }
    String label = lokiName(key);
    return LabelNames.isLegal(label) && !ReservedWords.isReserved(label)
        ? new Tag(key, label, false)
        : null;
  }

  /** Whether there is nothing that Grafana would want. */
  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /** The attributes of which any one makes the link appear. */
  public Set<String> keys() {
    return keys;
  }

  /**
   * Chooses an attribute for a resource that has none of {@link #keys}.
   *
   * @param taken keys that must not be chosen, since a span would have them twice
   * @return null when no attribute of the resource says what a tag wants to know
   */
  public @Nullable Attribute missing(Attributes resource, Set<String> taken) {
    // The surest first, whatever the order of the tags.
    List<Source> sources = List.of(this::sameLabel, LinkTags::sameName, LinkTags::sameThing);
    for (Source source : sources) {
      for (Tag tag : wanted) {
        String value = isTaken(tag, taken) ? null : source.value(tag, resource);
        if (value != null) {
          return new Attribute(tag.key(), value, Kind.SCALAR);
        }
      }
    }
    return null;
  }

  /** Whether a span has the tag, or one of the same label: two values of a label fit no stream. */
  private boolean isTaken(Tag tag, Set<String> taken) {
    return wanted.stream()
        .anyMatch(other -> taken.contains(other.key()) && other.label().equals(tag.label()));
  }

  private interface Source {
    @Nullable String value(Tag tag, Attributes resource);
  }

  /** Another configured tag leads to the same label. */
  private @Nullable String sameLabel(Tag tag, Attributes resource) {
    for (Tag other : known) {
      String value = other.label().equals(tag.label()) ? resource.labelValue(other.key()) : null;
      if (value != null && isPlain(value)) {
        return value;
      }
    }
    return null;
  }

  /** An attribute is what Loki makes that label of, or the same key in another spelling. */
  private static @Nullable String sameName(Tag tag, Attributes resource) {
    return named(resource, List.of(tag.label(), lokiName(tag.key())));
  }

  private static @Nullable String sameThing(Tag tag, Attributes resource) {
    for (Set<String> names : SAME) {
      if (names.contains(tag.label()) || names.contains(lokiName(tag.key()))) {
        return named(resource, names);
      }
    }
    return null;
  }

  private static @Nullable String named(Attributes resource, Collection<String> names) {
    for (Attribute attribute : resource.all()) {
      if (attribute.kind() == Kind.SCALAR
          && names.contains(lokiName(attribute.key()))
          && isPlain(attribute.text())) {
        return attribute.text();
      }
    }
    return null;
  }

  /** The label that Loki makes of an attribute. */
  private static String lokiName(String key) {
    StringBuilder name = new StringBuilder(key.length());
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      name.append(letter || (c >= '0' && c <= '9') ? c : '_');
    }
    return name.toString();
  }

  /** Whether Grafana can put a value into a query: it escapes nothing. */
  private static boolean isPlain(String value) {
    if (value.isEmpty() || value.length() > LONGEST) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (Character.isISOControl(c) || "\"\\{}$".indexOf(c) >= 0) {
        return false;
      }
    }
    return StandardCharsets.UTF_8.newEncoder().canEncode(value);
  }
}
