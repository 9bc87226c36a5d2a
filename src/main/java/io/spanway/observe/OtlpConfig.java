// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.spanway.units.Excerpts;
import io.spanway.units.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where Spanway's own spans go, by OTLP over HTTP.
 *
 * @param url where a collector takes traces, its path included; null for nowhere
 * @param headers sent with each export, such as {@code Authorization}
 * @param sampleRatio how many of the requests that come without a trace are recorded, from 0 for
 *     none to 1 for all; of those that come with one the caller has decided
 * @param timeout how long one attempt at an export may take; 100 ms to 60 s
 * @param queue how many spans may wait to be exported; what is beyond that is dropped and counted
 * @param serviceName what Spanway is called in its spans
 * @param attributes more of the resource, such as {@code deployment.environment.name}
 */
public record OtlpConfig(
    @Nullable String url,
    Map<String, Secret> headers,
    double sampleRatio,
    Duration timeout,
    int queue,
    String serviceName,
    Map<String, String> attributes) {
  private static final Duration MIN_TIMEOUT = Duration.ofMillis(100);
  private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);
  private static final int MAX_QUEUE = 1_000_000;
  private static final String EXPECTED_URL =
      " (expected: a collector's URL for traces, such as http://tempo:4318/v1/traces)";

  /** Headers that are made when a request is sent. */
  private static final Set<String> RESERVED =
      Set.of(
          "connection",
          "content-encoding",
          "content-length",
          "content-type",
          "expect",
          "host",
          "transfer-encoding",
          "upgrade");

  /** No spans. */
  public static final OtlpConfig DEFAULT =
      new OtlpConfig(null, Map.of(), 1, Duration.ofSeconds(10), 4096, "spanway", Map.of());

  /**
   * Checks the settings, and copies the maps.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public OtlpConfig {
    headers = Map.copyOf(headers);
    attributes = Map.copyOf(attributes);
    if (url != null) {
      checkUrl(url);
    }
    headers.forEach(OtlpConfig::checkHeader);
    if (!(sampleRatio >= 0 && sampleRatio <= 1)) {
      throw new IllegalArgumentException(
          "sampleRatio: was " + sampleRatio + " (expected: 0 to 1, such as 0.1)");
    }
    if (timeout.compareTo(MIN_TIMEOUT) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
      throw new IllegalArgumentException("timeout: was " + timeout + " (expected: 100ms to 60s)");
    }
    if (queue < 1 || queue > MAX_QUEUE) {
      throw new IllegalArgumentException("queue: was " + queue + " (expected: 1 to 1000000)");
    }
    if (serviceName.isBlank()) {
      throw new IllegalArgumentException("serviceName: was empty (expected: a name)");
    }
  }

  /** Says whether spans are recorded. */
  public boolean isOn() {
    return url != null;
  }

  private static void checkUrl(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      // Not the text itself: somebody may have put a password into it.
      throw new IllegalArgumentException("url: was not a URL" + EXPECTED_URL);
    }
    if (uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "url: was one with credentials (expected: them in headers, as Authorization)");
    }
    boolean http = "http".equalsIgnoreCase(uri.getScheme());
    String path = uri.getPath();
    if (!(http || "https".equalsIgnoreCase(uri.getScheme()))
        || uri.getHost() == null
        || uri.getQuery() != null
        || uri.getFragment() != null
        || path == null
        || path.isEmpty()
        || path.equals("/")) {
      throw new IllegalArgumentException("url: was " + Excerpts.quote(url) + EXPECTED_URL);
    }
  }

  private static void checkHeader(String name, Secret value) {
    boolean token =
        !name.isEmpty()
            && name.chars()
                .allMatch(
                    c ->
                        (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
    if (!token) {
      throw new IllegalArgumentException(
          "headers: was with " + Excerpts.quote(name) + " (expected: names of headers)");
    }
    if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "headers: was with " + name + " (expected: none that each request has of itself)");
    }
    if (!value.value().chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "headers: was with a control character or one outside ASCII in "
              + name
              + " (expected: a text without them)");
    }
  }
}
