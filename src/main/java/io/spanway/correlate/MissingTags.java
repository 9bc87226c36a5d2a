// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.model.Attributes;
import io.spanway.model.Span;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Tells a person why no tag fits, and which one nearly does. */
final class MissingTags {
  private static final int MAX_NAMED = 30;
  private static final int MAX_COMPARED = 500;

  private MissingTags() {}

  static String explain(List<Span> spans, List<Tag> tags) {
    Set<String> present = present(spans);
    var message = new StringBuilder();
    message
        .append(spans.size() == 1 ? "the span has" : "the spans of the trace share")
        .append(" no stream label to look for; tags looked for: ");
    var keys = new ArrayList<String>();
    for (Tag tag : tags) {
      keys.add(tag.metadata() ? tag.key() + " (structured metadata)" : tag.key());
    }
    list(keys, message);
    message.append("; attributes found: ");
    if (present.isEmpty()) {
      return message.append("none").toString();
    }
    list(present, message);
    String nearest = null;
    Tag forTag = null;
    int best = Integer.MAX_VALUE;
    for (String attribute : present) {
      for (Tag tag : tags) {
        int distance = NearestName.distance(attribute, tag.key());
        if (!tag.metadata() && distance < best) {
          best = distance;
          nearest = attribute;
          forTag = tag;
        }
      }
    }
    if (nearest != null && forTag != null) {
      message
          .append("; nearest: { key: ")
          .append(nearest)
          .append(", value: ")
          .append(forTag.label())
          .append(" }");
    }
    return message.toString();
  }

  private static Set<String> present(List<Span> spans) {
    var keys = new LinkedHashSet<String>();
    for (Span span : spans) {
      for (Attributes attributes :
          List.of(span.resource().attributes(), span.attributes(), span.scopeAttributes())) {
        for (Attributes.Attribute attribute : attributes.all()) {
          if (keys.size() < MAX_COMPARED && attributes.labelValue(attribute.key()) != null) {
            keys.add(shorten(attribute.key()));
          }
        }
      }
    }
    return keys;
  }

  private static void list(Iterable<String> names, StringBuilder message) {
    int count = 0;
    for (String name : names) {
      if (count == MAX_NAMED) {
        message.append(", …");
        return;
      }
      message.append(count++ == 0 ? "" : ", ").append(name);
    }
  }

  // Attribute keys come from applications: they may be anything, and of any length.
  private static String shorten(String key) {
    var shown = new StringBuilder();
    for (int i = 0; i < key.length() && i < 100; i++) {
      char c = key.charAt(i);
      shown.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return shown.toString();
  }
}
