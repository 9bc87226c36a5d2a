// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;

/** Opens the same tail at Loki and at Spanway, and compares the entries that were there before. */
final class EqualTail {
  private static final long LISTEN_MILLIS = 3_000;
  private static final long SECOND = 1_000_000_000L;

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI loki;
  private final URI spanway;
  private final Map<String, String> identity;

  EqualTail(URI loki, URI spanway, Map<String, String> identity) {
    this.loki = loki;
    this.spanway = spanway;
    this.identity = identity;
  }

  /** What differs; null for nothing. */
  String compare(String query) throws IOException, InterruptedException {
    long now = System.currentTimeMillis() * 1_000_000;
    String target =
        "/loki/api/v1/tail?limit=100&start="
            + (now - 3600 * SECOND)
            + "&query="
            + URLEncoder.encode(query, StandardCharsets.UTF_8);
    // What is younger may have come to one and not yet to the other.
    Entries direct = new Entries(now - 10 * SECOND);
    Entries through = new Entries(now - 10 * SECOND);
    String refusal = open(loki, target, direct);
    String other = open(spanway, target, through);
    if (!refusal.equals(other)) {
      return "handshake: " + refusal + " is " + other;
    }
    if (refusal.equals("101")) {
      long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LISTEN_MILLIS);
      synchronized (direct) {
        while (System.nanoTime() < until) {
          direct.wait(100);
        }
      }
      direct.socket.abort();
      through.socket.abort();
    }
    return EqualMeaning.textDifference(direct.toString(), through.toString());
  }

  /** 101, or why there is no tail. */
  private String open(URI base, String target, Entries entries) throws InterruptedException {
    var builder = client.newWebSocketBuilder();
    identity.forEach(builder::header);
    try {
      entries.socket =
          builder
              .buildAsync(URI.create(base.toString().replaceFirst("^http", "ws") + target), entries)
              .get(30, TimeUnit.SECONDS);
      return "101";
    } catch (ExecutionException | CompletionException e) {
      return e.getCause() instanceof java.net.http.WebSocketHandshakeException refused
          ? "" + refused.getResponse().statusCode()
          : "" + e.getCause();
    } catch (TimeoutException e) {
      return "no answer";
    }
  }

  private static final class Entries implements WebSocket.Listener {
    private final Set<String> entries = new TreeSet<>();
    private final StringBuilder frame = new StringBuilder();
    private final long until;
    private WebSocket socket;

    Entries(long until) {
      this.until = until;
    }

    @Override
    public synchronized CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      frame.append(text);
      if (last) {
        JsonNode message = Loki.json(frame.toString().getBytes(StandardCharsets.UTF_8));
        frame.setLength(0);
        for (JsonNode stream : message.path("streams")) {
          for (JsonNode value : stream.path("values")) {
            if (Long.parseLong(value.path(0).asString("0")) <= until) {
              entries.add(EqualMeaning.canonical(stream.path("stream").toString()) + value);
            }
          }
        }
      }
      from.request(1);
      return null;
    }

    @Override
    public synchronized String toString() {
      return entries.toString();
    }
  }
}
