// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.http.BadTargetException;
import io.spanway.http.QueryParameters;
import io.spanway.http.ResponseHead;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerExchange;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Supplier;

/** Answers what the story asks as Spanway does, so that the story itself can be tested. */
final class StandInSpanway implements RequestHandler {
  private final DemoLoki loki;
  private final DemoTempo tempo;
  private final Supplier<String> base;
  private int asked;

  StandInSpanway(DemoLoki loki, DemoTempo tempo, Supplier<String> base) {
    this.loki = loki;
    this.tempo = tempo;
    this.base = base;
  }

  @Override
  public void handle(ServerExchange exchange) {
    String path = exchange.request().target().path();
    if (path.startsWith("/api/")) {
      tempo.handle(exchange);
      return;
    }
    exchange.requestBody().cancel();
    HttpHeaders headers = new DefaultHttpHeaders();
    String query;
    String more = "";
    try {
      QueryParameters parameters = exchange.request().target().query();
      if (path.equals("/spanway/v1/logs") && !parameters.has("spanId")) {
        query = "{service_name=~\".+\"}" + template();
      } else {
        query = "{service_name=\"nginx\", namespace=\"production\"}" + template();
      }
      if (parameters.has("start")) {
        long start = Long.parseLong(parameters.first("start")) - 2_000_000_000L;
        long end = Long.parseLong(parameters.first("end")) + 2_000_000_000L;
        more = "&start=" + start + "&end=" + end;
        headers.set("X-Spanway-Rewrite", "grafana-g4");
        headers.set("X-Spanway-Cache", asked++ == 0 ? "miss" : "hit");
      }
    } catch (BadTargetException e) {
      throw new IllegalStateException(e);
    }
    String encoded = QueryParameters.of("query", query, "limit", "1000").encode();
    headers.set("X-Spanway-Query", encoded);
    String answer =
        FakeExchange.get(
                loki,
                "/loki/api/v1/query_range?" + encoded + more,
                "X-Loki-Response-Encoding-Flags",
                "categorize-labels")
            .body();
    String fields =
        "{\"structuredMetadata\":{\"TraceID\":\""
            + DemoData.NGINX_TRACE
            + "\",\"trace_link\":\""
            + base.get()
            + "/api/traces/"
            + DemoData.NGINX_TRACE
            + "\",";
    byte[] body =
        answer.replace("{\"structuredMetadata\":{", fields).getBytes(StandardCharsets.UTF_8);
    exchange.respond(new ResponseHead(200, headers), Bodies.of(body));
  }

  private static String template() {
    String id = DemoData.NGINX_TRACE;
    return " | label_format z=`{{ or (contains \""
        + id
        + "\" __line__) (contains \""
        + id.toUpperCase(Locale.ROOT)
        + "\" __line__) }}` | z=\"true\" or trace_id=\""
        + id
        + "\" | drop z";
  }
}
