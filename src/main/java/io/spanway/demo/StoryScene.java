// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What the steps of a story share: the servers, what was found so far, and what is to be told. */
final class StoryScene {
  /** The span that the story is about. */
  record FoundSpan(String id, String service, String namespace, long startNs, long endNs) {}

  private final StoryClient client;
  private final String spanway;
  private final String loki;
  private final String tempo;
  private final List<String> lines = new ArrayList<>();
  private @Nullable FoundSpan span;
  private @Nullable JsonNode entry;

  StoryScene(StoryClient client, URI spanway, URI loki, URI tempo) {
    this.client = client;
    this.spanway = base(spanway);
    this.loki = base(loki);
    this.tempo = base(tempo);
  }

  /** Returns {@code uri} without a slash at its end. */
  static String base(URI uri) {
    String text = uri.toString();
    return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  StoryClient client() {
    return client;
  }

  String spanway() {
    return spanway;
  }

  String loki() {
    return loki;
  }

  String tempo() {
    return tempo;
  }

  void tell(String line) {
    lines.add(line);
  }

  List<String> takeLines() {
    List<String> taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }

  void found(FoundSpan found) {
    span = found;
  }

  FoundSpan span() {
    FoundSpan found = span;
    if (found == null) {
      throw new StoryException("the span was not found");
    }
    return found;
  }

  void sawEntry(JsonNode seen) {
    entry = seen;
  }

  /** Returns an entry of the answer that came through Spanway. */
  JsonNode entry() {
    JsonNode seen = entry;
    if (seen == null) {
      throw new StoryException("no line came through Spanway");
    }
    return seen;
  }
}
