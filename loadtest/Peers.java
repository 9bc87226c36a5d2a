// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts contenders and the origin behind them, each with a configuration as one would give it. */
final class Peers implements AutoCloseable {
  private static final String ONE_LOOP = "server: { listen: 127.0.0.1:0, threads: 1 }";

  private final Machine machine;
  private final Settings settings;
  private final List<Peer> running = new ArrayList<>();

  /** Of all runs: names are not used twice in one directory. */
  private static int started;

  private Path site;

  Peers(Machine machine, Settings settings) {
    this.machine = machine;
    this.settings = settings;
    site();
  }

  /** Another set of files, for the next origin. */
  void site() {
    site = settings.work().resolve("www" + ++started);
  }

  /** A file of the origin. */
  void file(String path, byte[] body) throws IOException {
    Files.write(file(path), body);
  }

  /** Where a file of the origin is to be written. */
  Path file(String path) throws IOException {
    Path file = site.resolve(path.substring(1));
    Files.createDirectories(file.getParent());
    return file;
  }

  /** An nginx that serves the files, on the processors that contenders do not have. */
  Peer origin() throws IOException, InterruptedException {
    int port = Peer.freePort();
    return nginx(
        "origin" + ++started,
        port,
        machine.forOthers(),
        """
        access_log off;
        open_file_cache max=100;
        server { listen 127.0.0.1:%d backlog=4096; root %s; default_type application/json;
          location ~ ^/api/(v2/)?traces/ { default_type application/protobuf; } }
        """
            .formatted(port, site));
  }

  /**
   * An nginx in front of the origin: one worker, kept connections, its access log as it comes.
   *
   * @param listen what goes behind the port in {@code listen}, and further lines of the server
   * @param location further lines
   */
  Peer nginx(int origin, String listen, String http, String location)
      throws IOException, InterruptedException {
    int port = Peer.freePort();
    return nginx(
        "nginx" + ++started,
        port,
        machine.forContender(),
        """
        access_log %s combined;
        %s
        upstream origin { server 127.0.0.1:%d; keepalive 128; keepalive_requests 1000000; }
        map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
        server { listen 127.0.0.1:%d backlog=4096 %s
          location / {
            proxy_pass http://origin; proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
            %s } }
        """
            .formatted(output("nginx" + started), http, origin, port, listen, location));
  }

  /** The same for gRPC over HTTP/2 in clear text. */
  Peer nginxGrpc(int origin) throws IOException, InterruptedException {
    int port = Peer.freePort();
    String name = "nginx" + ++started;
    return nginx(
        name,
        port,
        machine.forContender(),
        """
        access_log %s combined;
        http2_max_requests 100000000;
        upstream origin { server 127.0.0.1:%d; keepalive 16; keepalive_requests 1000000; }
        server { listen 127.0.0.1:%d http2; location / { grpc_pass grpc://origin; } }
        """
            .formatted(output(name), origin, port));
  }

  private Peer nginx(String name, int port, List<String> before, String http)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(settings.work().resolve(name));
    Path config = directory.resolve("nginx.conf");
    // As root its worker would have no right to read what root wrote.
    String user = System.getProperty("user.name").equals("root") ? "user root;" : "";
    Files.writeString(
        config,
        """
        %s daemon off; worker_processes 1; worker_rlimit_nofile 65536; pid %2$s/pid; error_log %3$s warn;
        events { worker_connections 8192; }
        http { keepalive_requests 1000000; client_body_temp_path %2$s/body; proxy_temp_path %2$s/temp;
        %4$s
        }
        """
            .formatted(user, directory, output(name), http));
    return keep(
        Peer.start(
                output(name),
                port,
                before,
                List.of(
                    program("nginx", "nginx-light"),
                    "-e",
                    output(name).toString(),
                    "-p",
                    directory.toString(),
                    "-c",
                    config.toString()))
            .await());
  }

  /** An HAProxy in front of the origin with one thread and a log; null where there is none. */
  Peer haproxy(int origin, String bind) throws IOException, InterruptedException {
    if (Machine.find("haproxy") == null) {
      return null;
    }
    int port = Peer.freePort();
    String name = "haproxy" + ++started;
    Path config = settings.work().resolve(name + ".cfg");
    Files.writeString(
        config,
        """
        global
          nbthread 1
          maxconn 8192
          log stdout format raw local0
        defaults
          mode http
          log global
          option httplog
          http-reuse always
          timeout connect 5s
          timeout client 120s
          timeout server 300s
          timeout tunnel 1h
        frontend data
          bind 127.0.0.1:%d %s
          default_backend origin
        backend origin
          server origin 127.0.0.1:%d
        """
            .formatted(port, bind, origin));
    return keep(
        Peer.start(
                output(name),
                port,
                machine.forContender(),
                List.of(program("haproxy", "haproxy"), "-db", "-f", config.toString()))
            .await());
  }

  /** A Varnish with everything in memory; null where there is none. It logs into memory only. */
  Peer varnish(int origin) throws IOException, InterruptedException {
    if (Machine.find("varnishd") == null) {
      return null;
    }
    int port = Peer.freePort();
    String name = "varnish" + ++started;
    return keep(
        Peer.start(
                output(name),
                port,
                machine.forContender(),
                List.of(
                    program("varnishd", "varnish"),
                    "-F",
                    "-j",
                    "none",
                    "-n",
                    Files.createDirectories(settings.work().resolve(name)).toString(),
                    "-a",
                    "127.0.0.1:" + port,
                    "-b",
                    "127.0.0.1:" + origin,
                    "-s",
                    "malloc,32m",
                    "-t",
                    "3600",
                    "-p",
                    "thread_pools=1",
                    "-p",
                    "workspace_client=128k"))
            .await());
  }

  /** A Spanway in front of the origin, with access log, metrics and time-outs as they come. */
  Peer spanway(int origin, String yaml, String javaOptions)
      throws IOException, InterruptedException {
    return spanway(origin, ONE_LOOP, yaml, javaOptions);
  }

  Peer spanway(int origin, String server, String yaml, String javaOptions)
      throws IOException, InterruptedException {
    String tempo = "tempo: { urls: ['http://127.0.0.1:%d'] }\n".formatted(origin);
    return start(origin, server, tempo + yaml, javaOptions);
  }

  /** A Spanway whose Tempo serves gRPC elsewhere than the rest. */
  Peer spanwayGrpc(int origin, int grpc, String javaOptions)
      throws IOException, InterruptedException {
    String tempo =
        "tempo: { urls: ['http://127.0.0.1:%d'], grpcUrls: ['http://127.0.0.1:%d'] }"
            .formatted(origin, grpc);
    return start(origin, ONE_LOOP, tempo, javaOptions);
  }

  private Peer start(int origin, String server, String yaml, String javaOptions)
      throws IOException, InterruptedException {
    String name = "spanway" + ++started;
    Path config = settings.work().resolve(name + ".yaml");
    Path ports = settings.work().resolve(name + ".ports");
    Files.writeString(
        config,
        """
        %s
        admin: { listen: 127.0.0.1:0 }
        loki: { urls: ['http://127.0.0.1:%d'] }
        %s
        """
            .formatted(server, origin, yaml));
    return keep(
        Peer.start(
                output(name),
                0,
                machine.forContender(),
                List.of(
                    settings.home().resolve("spanway").toString(),
                    "serve",
                    "--config",
                    config.toString(),
                    "--port-file",
                    ports.toString()),
                javaOptions)
            .await(ports));
  }

  private Path output(String name) {
    return settings.work().resolve(name + ".log");
  }

  private static String program(String name, String debianPackage) throws IOException {
    Path found = Machine.find(name);
    if (found == null) {
      throw new IOException(name + " is missing; on Debian: apt-get install " + debianPackage);
    }
    return found.toString();
  }

  private Peer keep(Peer peer) {
    running.add(peer);
    return peer;
  }

  /** Something that Loki could answer when it is asked for labels, of so many KiB. */
  static byte[] labels(int kib) {
    int size = kib * 1024 - 2;
    var text = new StringBuilder("{\"status\":\"success\",\"data\":[\"label_000000\"");
    for (int i = 1; text.length() + 15 <= size; i++) {
      text.append(",\"label_").append("%06d".formatted(i % 1_000_000)).append('"');
    }
    text.append(" ".repeat(size - text.length()));
    return text.append("]}").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Ends all that were started, so that the next comparison has the machine to itself. */
  @Override
  public void close() {
    for (int i = running.size() - 1; i >= 0; i--) {
      running.get(i).close();
    }
    running.clear();
  }
}
