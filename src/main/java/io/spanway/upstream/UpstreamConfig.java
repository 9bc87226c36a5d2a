// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.units.Excerpts;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One of the two upstreams.
 *
 * @param urls where it listens; every address of each name is a replica
 * @param grpcUrls where it serves gRPC; empty for where it listens; Tempo alone has it
 * @param prefix a path under which the data listener serves this upstream alone, taken off before
 *     forwarding; it decides where both upstreams know a path; empty for none
 * @param timeouts how long it is waited for
 * @param maxConnections open connections to each replica, shared out among the event loops; 0 for
 *     no limit
 * @param health when a replica is left out
 * @param retries when a read goes to a second replica
 * @param tls how {@code https} URLs are connected to
 * @param tenant {@code X-Scope-OrgID} of everything that is asked, in place of the caller's own
 * @param auth {@code Authorization} of everything that is asked, in place of the caller's own
 */
public record UpstreamConfig(
    List<UpstreamAddress> urls,
    List<UpstreamAddress> grpcUrls,
    String prefix,
    UpstreamTimeouts timeouts,
    int maxConnections,
    UpstreamHealth health,
    UpstreamRetries retries,
    UpstreamTls tls,
    @Nullable String tenant,
    UpstreamAuth auth) {
  private static final int MAX_CONNECTIONS = 100_000;
  private static final int MAX_URLS = 64;

  /** Loki's where the file says nothing. */
  public static final UpstreamConfig LOKI = at("loki", 3100, "/loki-ds");

  /** Tempo's where the file says nothing. */
  public static final UpstreamConfig TEMPO = at("tempo", 3200, "/tempo-ds");

  /**
   * Checks the ranges and copies the list.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public UpstreamConfig {
    urls = List.copyOf(urls);
    grpcUrls = List.copyOf(grpcUrls);
    requireUrls("urls", urls, 1);
    requireUrls("grpcUrls", grpcUrls, 0);
    if (maxConnections < 0 || maxConnections > MAX_CONNECTIONS) {
      throw new IllegalArgumentException(
          "maxConnections: was " + maxConnections + " (expected: 0 to " + MAX_CONNECTIONS + ")");
    }
    if (tenant != null && !isTenant(tenant)) {
      throw new IllegalArgumentException(
          "tenant: was "
              + Excerpts.quote(tenant)
              + " (expected: ASCII letters, digits and !-_.*'()|, at most 150 each)");
    }
  }

  /** Returns how many connections each of {@code loops} event loops may open, at least one. */
  public int connectionsPerLoop(int loops) {
    return maxConnections == 0 ? Integer.MAX_VALUE : (maxConnections + loops - 1) / loops;
  }

  private static void requireUrls(String key, List<UpstreamAddress> urls, int least) {
    if (urls.size() < least || urls.size() > MAX_URLS) {
      throw new IllegalArgumentException(
          key
              + ": was a list of "
              + urls.size()
              + " (expected: "
              + least
              + " to "
              + MAX_URLS
              + ")");
    }
    if (Set.copyOf(urls).size() < urls.size()) {
      throw new IllegalArgumentException(
          key + ": was a list with the same URL twice (expected: each once)");
    }
  }

  private static UpstreamConfig at(String host, int port, String prefix) {
    return new UpstreamConfig(
        List.of(new UpstreamAddress(host, port, "")),
        List.of(),
        prefix,
        UpstreamTimeouts.DEFAULT,
        256,
        UpstreamHealth.DEFAULT,
        UpstreamRetries.DEFAULT,
        UpstreamTls.DEFAULT,
        null,
        UpstreamAuth.DEFAULT);
  }

  /** What Loki and Tempo take as {@code X-Scope-OrgID} (dskit's rules), several with bars. */
  private static boolean isTenant(String text) {
    for (String one : text.split("\\|", -1)) {
      if (one.isEmpty()
          || one.length() > 150
          || one.equals(".")
          || one.equals("..")
          || !one.chars().allMatch(c -> isAlphanumeric(c) || "!-_.*'()".indexOf(c) >= 0)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAlphanumeric(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
