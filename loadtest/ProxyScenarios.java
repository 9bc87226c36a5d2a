// SPDX-License-Identifier: Apache-2.0

import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/** Spanway as a proxy and as a cache, beside those that are nothing else. */
final class ProxyScenarios {
  /** A window that is over, so that the answer is one to keep. */
  static final String LABELS =
      "/loki/api/v1/labels?start=1700000000000000000&end=1700003600000000000";

  static final String JAVA_OPTIONS = "-Xmx128m";
  private static final String NO_CACHE = "cache: { maxSize: 0 }";
  private static final String LARGE_BUFFERS =
      "proxy_buffer_size 128k; proxy_buffers 8 128k; proxy_busy_buffers_size 256k;"
          + " proxy_max_temp_file_size 0;";

  private final Settings settings;
  private final Machine machine;
  private final LoadClient client;
  private final Report report;

  ProxyScenarios(Settings settings, Machine machine, LoadClient client, Report report) {
    this.settings = settings;
    this.machine = machine;
    this.client = client;
    this.report = report;
  }

  void passthrough() throws IOException, InterruptedException {
    try (Peers peers = new Peers(machine, settings)) {
      int origin = labels(peers, 2);
      var contenders = new ArrayList<Comparison.Contender>();
      add(contenders, "nginx", peers.nginx(origin, ";", "", ""), 2);
      add(contenders, "Spanway", peers.spanway(origin, NO_CACHE, JAVA_OPTIONS), 2);
      add(contenders, "HAProxy", peers.haproxy(origin, ""), 2);
      contenders.add(new Comparison.Contender("direct", null, ask(origin, 2, null)));
      Report.Row row =
          new Comparison(settings, client, report)
              .run("passthrough, 2 KiB", contenders, true)
              .get("Spanway");
      mark("passthrough, 2 KiB", "requests/s of nginx", row.ratio("rate"), true, 1.0);
      mark("passthrough, 2 KiB", "CPU of nginx", row.ratio("cpu"), false, 1.3);
      mark("passthrough, 2 KiB", "p99 at half load, of nginx", row.ratio("p99"), false, 1.5);
    }
    try (Peers peers = new Peers(machine, settings)) {
      int kib = 10 << 10;
      int origin = labels(peers, kib);
      var contenders = new ArrayList<Comparison.Contender>();
      add(contenders, "nginx as shipped", peers.nginx(origin, ";", "", ""), kib);
      add(contenders, "nginx, large buffers", peers.nginx(origin, ";", "", LARGE_BUFFERS), kib);
      add(contenders, "Spanway", peers.spanway(origin, NO_CACHE, JAVA_OPTIONS), kib);
      add(contenders, "HAProxy", peers.haproxy(origin, ""), kib);
      contenders.add(new Comparison.Contender("direct", null, ask(origin, kib, null)));
      Map<String, Report.Row> rows =
          new Comparison(settings.with(Math.min(16, settings.connections())), client, report)
              .run("passthrough, 10 MiB", contenders, false);
      Samples rate = rows.get("Spanway").samples("rate");
      mark(
          "passthrough, 10 MiB",
          "requests/s of nginx as shipped",
          rows.get("Spanway").ratio("rate"),
          true,
          2.0);
      mark(
          "passthrough, 10 MiB",
          "requests/s of nginx with large buffers",
          rate.of(rows.get("nginx, large buffers").samples("rate")),
          true,
          0.9);
    }
  }

  void tls() throws IOException, InterruptedException {
    Certificates certificates = Certificates.create(settings.work());
    SslContext tls = certificates.client();
    String pem = certificates.certificate().toString();
    Path key = certificates.key();
    try (Peers peers = new Peers(machine, settings)) {
      int origin = labels(peers, 2);
      var contenders = new ArrayList<Comparison.Contender>();
      Peer nginx =
          peers.nginx(
              origin,
              "ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate "
                  + pem
                  + "; ssl_certificate_key "
                  + key
                  + ";",
              "",
              "");
      contenders.add(new Comparison.Contender("nginx", nginx, ask(nginx.port(), 2, tls)));
      Peer spanway =
          peers.spanway(
              origin,
              "server: { listen: 127.0.0.1:0, threads: 1, tls: { certFile: '%s', keyFile: '%s' } }"
                  .formatted(pem, key),
              NO_CACHE,
              JAVA_OPTIONS);
      contenders.add(new Comparison.Contender("Spanway", spanway, ask(spanway.port(), 2, tls)));
      Peer haproxy = peers.haproxy(origin, "ssl crt " + certificates.both());
      if (haproxy != null) {
        contenders.add(new Comparison.Contender("HAProxy", haproxy, ask(haproxy.port(), 2, tls)));
      }
      new Comparison(settings, client, report).run("tls, 2 KiB", contenders, true);
    }
  }

  void cached() throws IOException, InterruptedException {
    if (Machine.find("varnishd") == null) {
      report.note("without Varnish, which is not here: apt-get install varnish");
    }
    for (int kib : new int[] {2, 1024}) {
      try (Peers peers = new Peers(machine, settings)) {
        int origin = labels(peers, kib);
        var contenders = new ArrayList<Comparison.Contender>();
        String cache =
            "proxy_cache_path " + settings.work().resolve("cache" + kib) + " keys_zone=here:10m;";
        add(
            contenders,
            "nginx",
            peers.nginx(origin, ";", cache, "proxy_cache here; proxy_cache_valid 200 1h;"),
            kib);
        add(
            contenders,
            "Spanway",
            peers.spanway(origin, "cache: { maxSize: 32MiB }", JAVA_OPTIONS),
            kib);
        add(contenders, "Varnish", peers.varnish(origin), kib);
        String name = "cached, " + (kib < 1024 ? kib + " KiB" : kib / 1024 + " MiB");
        Map<String, Report.Row> rows =
            new Comparison(settings, client, report).run(name, contenders, true);
        if (kib == 2) {
          Report.Row row = rows.get("Spanway");
          mark(name, "requests/s of nginx", row.ratio("rate"), true, 1.5);
          if (rows.containsKey("Varnish")) {
            Samples varnish = rows.get("Varnish").samples("rate");
            mark(name, "requests/s of Varnish", row.samples("rate").of(varnish), true, 1.5);
          }
        }
      }
    }
  }

  private int labels(Peers peers, int kib) throws IOException, InterruptedException {
    peers.file("/loki/api/v1/labels", Peers.labels(kib));
    return peers.origin().port();
  }

  private void mark(String scenario, String what, Samples measured, boolean atLeast, double limit) {
    report.add(new Report.Mark(scenario, what, measured, atLeast, limit, ""));
  }

  private static void add(List<Comparison.Contender> to, String name, Peer peer, int kib) {
    if (peer != null) {
      to.add(new Comparison.Contender(name, peer, ask(peer.port(), kib, null)));
    }
  }

  private static LoadClient.Ask ask(int port, int kib, SslContext tls) {
    LongFunction<ByteBuf> request = LoadClient.get(LABELS);
    return new LoadClient.Ask(port, tls, request, kib * 1024L);
  }
}
