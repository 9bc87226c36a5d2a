// SPDX-License-Identifier: Apache-2.0

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a dashboard costs a real Loki, with Spanway before it and without. loadtest/run starts it;
 * README.md says how to read what it prints. It writes some thousand lines with a label {@code
 * job="spanway-loadtest-…"} to that Loki.
 */
final class Dashboard {
  private static final long SECOND = 1_000_000_000L;
  private static final long REFRESH_MILLIS = 10_000;
  private static final List<String> TENANTS = List.of("loadtest-a", "loadtest-b");
  private static final List<String> APPS = List.of("checkout", "cart", "payments");

  /**
   * Lines of an earlier run have streams of their own: Loki takes none far behind a stream's last.
   */
  private static final String RUN = "spanway-loadtest-" + Instant.now().getEpochSecond();

  private static final List<String> LOGS =
      List.of(
          "{job=\"" + RUN + "\",app=\"checkout\"}",
          "{job=\"" + RUN + "\",app=\"cart\"} |= \"GET\"",
          "{job=\"" + RUN + "\",app=\"payments\"} | logfmt | status >= 200");
  private static final List<String> METRICS =
      List.of(
          "sum by (level) (count_over_time({job=\"" + RUN + "\",app=\"checkout\"}[1m]))",
          "sum(rate({job=\"" + RUN + "\",app=\"cart\"}[5m]))");

  /**
   * Spanway uses what is younger than its freshWindow for two seconds; the rest is for the push.
   */
  private static final long UNSETTLED_NS = 4 * SECOND;

  private static final Pattern ENTRY =
      Pattern.compile("\\[\"(\\d{19})\",\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern SERIES =
      Pattern.compile("\\{\"metric\":\\{([^}]*)},\"values\":\\[(\\[.*?])]}");
  private static final Pattern POINT = Pattern.compile("\\[(\\d+(?:\\.\\d+)?),\"([^\"]*)\"]");

  /** Requests and the bytes of their answers. */
  private record Sum(AtomicLong requests, AtomicLong bytes) {
    Sum() {
      this(new AtomicLong(), new AtomicLong());
    }

    void add(long more) {
      requests.incrementAndGet();
      bytes.addAndGet(more);
    }
  }

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .executor(Executors.newFixedThreadPool(4, Dashboard::daemon))
          .build();
  private final String loki;
  private final Map<String, Sum> counted = new ConcurrentHashMap<>();
  private final AtomicLong wrong = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong number = new AtomicLong();
  private final Random random = new Random(1);

  private Dashboard(String loki) {
    this.loki = loki;
  }

  /** Starts a Spanway, as soon as what it asks is counted, and says where it is. */
  interface Start {
    String spanway() throws IOException, InterruptedException;
  }

  /**
   * Runs all of it.
   *
   * @param port on which requests to Loki are counted
   * @param logcli where it is; null for nowhere
   * @return 0 if no answer was wrong and none failed
   */
  static int run(String loki, int port, Start start, int users, int refreshes, String logcli)
      throws Exception {
    Dashboard dashboard = new Dashboard(loki);
    dashboard.count(port);
    String spanway = start.spanway();
    dashboard.seed();
    ScheduledExecutorService pushing =
        Executors.newSingleThreadScheduledExecutor(Dashboard::daemon);
    pushing.scheduleAtFixedRate(dashboard::pushNow, 0, 4, TimeUnit.SECONDS);
    System.out.println(
        "| users of each tenant | phase | panels | asked | MB | asked of Loki | MB | fewer requests"
            + " | fewer bytes | differ | failed |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (boolean inPhase : new boolean[] {true, false}) {
      dashboard.dashboards(spanway, users, refreshes, inPhase);
    }
    if (logcli != null) {
      pushing.shutdownNow();
      dashboard.page(logcli, spanway);
    }
    return dashboard.wrong.get() + dashboard.failed.get() == 0 ? 0 : 1;
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    return thread;
  }

  /** Passes requests on to Loki and counts them. */
  private void count(int port) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 256);
    server.setExecutor(Executors.newFixedThreadPool(16, Dashboard::daemon));
    server.createContext("/", this::pass);
    server.start();
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(loki + exchange.getRequestURI()))
              .method(
                  exchange.getRequestMethod(),
                  HttpRequest.BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()));
      for (String name : List.of("X-Scope-OrgID", "Content-Type", "X-Query-Tags")) {
        String value = exchange.getRequestHeaders().getFirst(name);
        if (value != null) {
          request.header(name, value);
        }
      }
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      answer
          .headers()
          .firstValue("Content-Type")
          .ifPresent(type -> exchange.getResponseHeaders().set("Content-Type", type));
      byte[] body = answer.body();
      if (exchange.getRequestURI().getPath().endsWith("/query_range")) {
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        sum(query.contains("query=sum") ? "Loki metric" : "Loki log").add(body.length);
      }
      exchange.sendResponseHeaders(answer.statusCode(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Sum sum(String what) {
    return counted.computeIfAbsent(what, unused -> new Sum());
  }

  /** A day of lines, sparse, and an hour of one every four seconds. */
  private void seed() throws Exception {
    long now = nanos(Instant.now());
    for (String tenant : TENANTS) {
      for (String app : APPS) {
        List<Long> times = new ArrayList<>();
        for (long at = now - 24 * 3600 * SECOND; at < now; ) {
          times.add(at);
          at += at < now - 3600 * SECOND ? 30 * SECOND : 4 * SECOND;
        }
        for (int i = 0; i < times.size(); i += 1000) {
          push(tenant, app, times.subList(i, Math.min(times.size(), i + 1000)));
        }
      }
    }
  }

  private void pushNow() {
    for (String tenant : TENANTS) {
      for (String app : APPS) {
        try {
          push(tenant, app, List.of(nanos(Instant.now())));
        } catch (Exception e) {
          failed.incrementAndGet();
        }
      }
    }
  }

  private void push(String tenant, String app, List<Long> times) throws Exception {
    StringBuilder values = new StringBuilder();
    for (long at : times) {
      long n = number.incrementAndGet();
      values.append(values.length() == 0 ? "" : ",");
      values
          .append("[\"")
          .append(at)
          .append("\",\"GET level=")
          .append(n % 7 == 0 ? "error" : "info");
      values.append(" status=200 n=").append(n).append(" tenant=").append(tenant);
      values
          .append(" path=/api/")
          .append(n % 50)
          .append(" host=shop-7d9f8b6c5-x2k4z thread=worker-");
      values
          .append(n % 16)
          .append(" duration=12.345ms trace_id=")
          .append(String.format("%032x", n));
      values.append("\"]");
    }
    String body =
        "{\"streams\":[{\"stream\":{\"job\":\""
            + RUN
            + "\",\"level\":\"info\",\"app\":\""
            + app
            + "\"},\"values\":["
            + values
            + "]}]}";
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(loki + "/loki/api/v1/push"))
                .header("Content-Type", "application/json")
                .header("X-Scope-OrgID", tenant)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IOException("Loki refuses lines: " + answer.statusCode() + " " + answer.body());
    }
  }

  private static long nanos(Instant at) {
    return at.getEpochSecond() * SECOND + at.getNano();
  }

  private void dashboards(String spanway, int users, int refreshes, boolean inPhase)
      throws Exception {
    counted.clear();
    long wrongBefore = wrong.get();
    long failedBefore = failed.get();
    ScheduledExecutorService all = Executors.newScheduledThreadPool(64, Dashboard::daemon);
    long begin = System.currentTimeMillis() + 1000;
    for (String tenant : TENANTS) {
      for (int user = 0; user < users; user++) {
        long phase = inPhase ? 0 : random.nextInt((int) REFRESH_MILLIS);
        for (int i = 0; i < refreshes; i++) {
          long at = begin + phase + i * REFRESH_MILLIS;
          long wait = at - System.currentTimeMillis();
          all.schedule(() -> refresh(spanway, tenant, at), wait, TimeUnit.MILLISECONDS);
        }
      }
    }
    all.shutdown();
    if (!all.awaitTermination((refreshes + 6) * REFRESH_MILLIS, TimeUnit.MILLISECONDS)) {
      failed.incrementAndGet();
    }
    for (String kind : List.of("log", "metric")) {
      Sum asked = sum("direct " + kind);
      Sum needed = sum("Loki " + kind);
      System.out.printf(
          "| %d | %s | %s | %d | %.1f | %d | %.2f | %.1f | %.1f | %d | %d |%n",
          users,
          inPhase ? "the same" : "random",
          kind,
          asked.requests().get(),
          asked.bytes().get() / 1e6,
          needed.requests().get(),
          needed.bytes().get() / 1e6,
          (double) asked.requests().get() / Math.max(1, needed.requests().get()),
          (double) asked.bytes().get() / Math.max(1, needed.bytes().get()),
          wrong.get() - wrongBefore,
          failed.get() - failedBefore);
    }
  }

  /** Asks for all panels of the last hour, as Grafana does: times in ms, a step that is none. */
  private void refresh(String spanway, String tenant, long atMillis) {
    long end = atMillis * 1_000_000;
    String window = "&start=" + (end - 3600 * SECOND) + "&end=" + end + "&step=15000ms";
    Map<String, CompletableFuture<String>> answers = new LinkedHashMap<>();
    for (String query : LOGS) {
      ask(answers, spanway, tenant, query, window + "&direction=backward&limit=1000");
    }
    for (String query : METRICS) {
      ask(answers, spanway, tenant, query, window + "&direction=backward");
    }
    // The dashboard is there before its answers are looked at: that must not slow it down.
    answers.forEach((target, answer) -> compare(answer, tenant, target, end));
  }

  /** Asks for a panel, all of a dashboard at once. */
  private void ask(
      Map<String, CompletableFuture<String>> answers,
      String spanway,
      String tenant,
      String query,
      String rest) {
    String target =
        "/loki/api/v1/query_range?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8) + rest;
    answers.put(
        target,
        client
            .sendAsync(request(spanway + target, tenant), HttpResponse.BodyHandlers.ofString())
            .thenApply(answer -> answer.statusCode() == 200 ? answer.body() : ""));
  }

  private void compare(CompletableFuture<String> answer, String tenant, String target, long end) {
    boolean logs = !target.contains("query=sum");
    try {
      String got = answer.get(60, TimeUnit.SECONDS);
      Thread.sleep(200);
      String direct = get(loki + target, tenant);
      sum(logs ? "direct log" : "direct metric").add(direct.length());
      long settled = end - UNSETTLED_NS;
      Set<String> mine = logs ? entries(got, settled) : points(got, settled);
      Set<String> want = logs ? entries(direct, settled) : points(direct, settled);
      if (logs) {
        sameOldest(mine, want);
      }
      if (!mine.equals(want) || want.isEmpty()) {
        wrong.incrementAndGet();
        Set<String> missing = new TreeSet<>(want);
        missing.removeAll(mine);
        mine.removeAll(want);
        System.err.println(target + " lacks " + missing + " and has " + mine);
      }
    } catch (IOException | ExecutionException | TimeoutException e) {
      failed.incrementAndGet();
      System.err.println(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A limit cuts later where younger lines are missing. */
  private static void sameOldest(Set<String> mine, Set<String> want) {
    if (mine.isEmpty() || want.isEmpty()) {
      return;
    }
    String a = new TreeSet<>(mine).first();
    String b = new TreeSet<>(want).first();
    String oldest = a.compareTo(b) < 0 ? b : a;
    mine.removeIf(each -> each.compareTo(oldest) < 0);
    want.removeIf(each -> each.compareTo(oldest) < 0);
  }

  private String get(String url, String tenant) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(request(url, tenant), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(answer.statusCode() + " " + answer.body());
    }
    return answer.body();
  }

  private static HttpRequest request(String url, String tenant) {
    return HttpRequest.newBuilder(URI.create(url))
        .header("X-Scope-OrgID", tenant)
        .timeout(Duration.ofSeconds(60))
        .build();
  }

  private static Set<String> entries(String body, long until) {
    Set<String> found = new HashSet<>();
    for (Matcher entry = ENTRY.matcher(body); entry.find(); ) {
      if (Long.parseLong(entry.group(1)) <= until) {
        found.add(entry.group(1) + " " + entry.group(2));
      }
    }
    return found;
  }

  private static Set<String> points(String body, long until) {
    Set<String> found = new HashSet<>();
    for (Matcher series = SERIES.matcher(body); series.find(); ) {
      for (Matcher point = POINT.matcher(series.group(2)); point.find(); ) {
        if (Double.parseDouble(point.group(1)) * 1e9 <= until) {
          found.add(series.group(1) + " " + point.group(1) + " " + point.group(2));
        }
      }
    }
    return found;
  }

  /** Has logcli page through a day, straight and twice by way of Spanway. */
  private void page(String logcli, String spanway) throws Exception {
    Instant to = Instant.now().minusSeconds(7200);
    to = to.minusNanos(to.getNano());
    System.out.println();
    System.out.println("| logcli, a day by pages of 200 | lines | asked of Loki | MB | differ |");
    System.out.println("| --- | --- | --- | --- | --- |");
    Set<String> want = Set.of();
    for (String by : List.of("straight", "Spanway", "Spanway again")) {
      counted.clear();
      String address = by.equals("straight") ? loki : spanway;
      Process process =
          new ProcessBuilder(
                  logcli,
                  "query",
                  "--quiet",
                  "--addr=" + address,
                  "--org-id=" + TENANTS.get(0),
                  "--from=" + to.minusSeconds(86_400),
                  "--to=" + to,
                  "--limit=100000",
                  "--batch=200",
                  "--output=jsonl",
                  LOGS.get(0))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      List<String> lines =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList();
      Set<String> got = new HashSet<>(lines);
      boolean differs = process.waitFor() != 0 || lines.size() != got.size() || lines.isEmpty();
      if (by.equals("straight")) {
        want = got;
      } else if (!got.equals(want)) {
        differs = true;
      }
      wrong.addAndGet(differs ? 1 : 0);
      Sum asked = sum("Loki log");
      System.out.printf(
          "| %s | %d | %s | %.2f | %s |%n",
          by,
          lines.size(),
          by.equals("straight") ? "–" : asked.requests(),
          asked.bytes().get() / 1e6,
          differs ? 1 : 0);
    }
  }
}
