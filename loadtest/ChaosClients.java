// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Clients that ask and look at each answer closely, and some that are a plague. */
final class ChaosClients {
  private static final AtomicLong PUSHES = new AtomicLong();
  private static final Set<Integer> ERRORS = Set.of(429, 500, 502, 503, 504);

  private final URI server;
  private final long seed;
  private final ChaosTally tally;
  private volatile boolean plague = true;
  private volatile boolean running = true;

  /** When somebody well-behaved last got something else than the answer. */
  private volatile long lastBadNanos = System.nanoTime();

  ChaosClients(URI server, long seed, ChaosTally tally) {
    this.server = server;
    this.seed = seed;
    this.tally = tally;
  }

  void start(int good, int tails, int bad) {
    for (int i = 0; i < good; i++) {
      int number = i;
      ChaosTally.thread("good-" + i, () -> beGood(new Random(seed + 17 * number)));
    }
    for (int i = 0; i < tails; i++) {
      int number = i;
      ChaosTally.thread("tail-" + i, () -> follow(number, new Random(seed + 19 * number)));
    }
    for (int i = 0; i < bad; i++) {
      int number = i;
      ChaosTally.thread("bad-" + i, () -> beBad(new Random(seed + 23 * number)));
    }
  }

  void endPlague() {
    plague = false;
  }

  void end() {
    plague = false;
    running = false;
  }

  long lastBadNanos() {
    return lastBadNanos;
  }

  private static ChaosTruth.Question question(Random random) {
    return ChaosTruth.random(random, System.currentTimeMillis() / 60_000);
  }

  static String request(ChaosTruth.Question q, Random random) {
    String more = q.kind().equals("folded") ? "" : "X-Loki-Response-Encoding-Flags: categorize-labels\r\n";
    if (random.nextBoolean()) {
      more += "Accept-Encoding: gzip\r\n";
    }
    if (q.target().startsWith("/loki/api/v1/query_range") && random.nextInt(4) == 0) {
      int mark = q.target().indexOf('?');
      String form = q.target().substring(mark + 1);
      more +=
          "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
              + form.length()
              + "\r\n";
      return ChaosWire.request("POST", q.target().substring(0, mark), q, more) + form;
    }
    if (q.kind().equals("trace")) {
      more += "Accept: application/json\r\n";
    }
    return ChaosWire.request("GET", q.target(), q, more);
  }

  private void beGood(Random random) {
    while (running) {
      ChaosTruth.Question q = question(random);
      try (ChaosWire wire = ChaosWire.to(server)) {
        int rounds = 1 + random.nextInt(50);
        for (int i = 0; i < rounds && running; i++) {
          q = question(random);
          switch (random.nextInt(12)) {
            case 0 -> push(wire, random, q);
            case 1 -> pipeline(wire, random);
            default -> {
              wire.send(request(q, random));
              judge(q, wire.answer());
            }
          }
          pause(random.nextInt(60));
        }
      } catch (IOException e) {
        broken(q, e);
        pause(50);
      }
    }
  }

  private void broken(ChaosTruth.Question q, IOException e) {
    if (!running) {
      return;
    }
    lastBadNanos = System.nanoTime();
    if (e instanceof ChaosWire.Silence || e instanceof ChaosWire.Malformed) {
      tally.failure(q.kind(), e.getMessage() + " for " + q);
    } else {
      tally.came("good clients: cut");
    }
  }

  private void pipeline(ChaosWire wire, Random random) throws IOException {
    List<ChaosTruth.Question> questions = new ArrayList<>();
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      ChaosTruth.Question q = question(random);
      questions.add(q);
      all.append(request(q, random));
    }
    wire.send(all.toString());
    for (ChaosTruth.Question q : questions) {
      ChaosWire.Answer answer = wire.answer();
      judge(q, answer);
      if ("close".equalsIgnoreCase(answer.headers().get("connection"))) {
        throw new IOException("closed");
      }
    }
  }

  private void push(ChaosWire wire, Random random, ChaosTruth.Question q) throws IOException {
    byte[] body = ("{\"streams\":[],\"x\":\"" + "p".repeat(random.nextInt(50_000)) + "\"}").getBytes();
    wire.send(pushHead(q, body, body.length));
    wire.send(body);
    ChaosWire.Answer answer = wire.answer();
    String told = "pushed for t" + q.tenant() + " Bearer c" + q.credential() + "\n";
    if (answer.status() == 204 || (answer.status() == 200 && answer.text().equals(told))) {
      tally.came("good clients: push taken");
    } else {
      error(q, answer);
    }
    if ("close".equalsIgnoreCase(answer.headers().get("connection"))) {
      throw new IOException("closed");
    }
  }

  private String pushHead(ChaosTruth.Question q, byte[] body, int length) {
    CRC32 crc = new CRC32();
    crc.update(body);
    return ChaosWire.request(
        "POST",
        "/loki/api/v1/push",
        q,
        "Content-Type: application/json\r\nContent-Length: "
            + length
            + "\r\nX-Push: "
            + PUSHES.incrementAndGet()
            + " "
            + crc.getValue()
            + " t"
            + q.tenant()
            + "\r\n");
  }

  private void judge(ChaosTruth.Question q, ChaosWire.Answer answer) throws IOException {
    if (answer.status() != 200) {
      error(q, answer);
    } else {
      String mistake = ChaosTruth.mistake(q, answer.body());
      String cache = answer.headers().getOrDefault("x-spanway-cache", "none");
      int mark = cache.indexOf(';');
      if (mistake != null) {
        lastBadNanos = System.nanoTime();
        tally.failure("wrong " + q.kind(), mistake + "; cache " + cache + "; for " + q);
      } else {
        tally.came("good clients: 200, cache " + (mark < 0 ? cache : cache.substring(0, mark)));
      }
    }
    if ("close".equalsIgnoreCase(answer.headers().get("connection"))) {
      throw new IOException("closed");
    }
  }

  private void error(ChaosTruth.Question q, ChaosWire.Answer answer) {
    lastBadNanos = System.nanoTime();
    String text = answer.text();
    String own = "fake " + answer.status() + " for t" + q.tenant() + " Bearer c" + q.credential();
    boolean fine =
        text.startsWith("fake ")
            ? text.equals(own + "\n")
            : text.length() < 400
                && text.indexOf('\n') == text.length() - 1
                && answer.status() != 500;
    if (!fine || !ERRORS.contains(answer.status())) {
      tally.failure("error " + q.kind(), answer.status() + " '" + text + "' for " + q);
    }
    tally.came(
        "good clients: "
            + answer.status()
            + (text.startsWith("fake ") ? " of the upstream" : " " + text.strip()));
  }

  private static String handshake(ChaosTruth.Question q, String name) {
    return ChaosWire.request(
        "GET",
        "/loki/api/v1/tail?query=%7Bapp%3D%22" + name + "%22%7D",
        q,
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Version: 13\r\n");
  }

  private void follow(int number, Random random) {
    while (running) {
      ChaosTruth.Question q = question(random);
      String name = "tail-" + number + "-" + random.nextInt(1000);
      try (ChaosWire wire = ChaosWire.to(server)) {
        wire.send(handshake(q, name));
        ChaosWire.Answer answer = wire.answer();
        if (answer.status() != 101) {
          tally.came("tails: " + answer.status());
          pause(300);
          continue;
        }
        tally.came("tails: 101");
        frames(wire, q, name, System.nanoTime() + (2 + random.nextInt(10)) * 1_000_000_000L);
      } catch (ChaosWire.Silence | ChaosWire.Malformed e) {
        tally.failure("tail", e.getMessage() + " for " + name);
      } catch (IOException e) {
        tally.came("tails: cut");
        pause(100);
      }
    }
  }

  private void frames(ChaosWire wire, ChaosTruth.Question q, String name, long until)
      throws IOException {
    int[] next = {0};
    while (running && System.nanoTime() - until < 0) {
      int opcode = frame(wire, q, name, next);
      if (opcode == 8) {
        tally.came("tails: closed");
        return;
      }
    }
    // A close frame, masked with nothing.
    wire.send(new byte[] {(byte) 0x88, (byte) 0x80, 0, 0, 0, 0});
  }

  private int frame(ChaosWire wire, ChaosTruth.Question q, String name, int[] next)
      throws IOException {
    byte[] head = wire.read(2);
    int length = head[1] & 0xFF;
    if (length == 126) {
      byte[] more = wire.read(2);
      length = (more[0] & 0xFF) << 8 | more[1] & 0xFF;
    } else if (length > 126) {
      throw new ChaosWire.Malformed("a frame of " + length);
    }
    String text = new String(wire.read(length), StandardCharsets.UTF_8);
    int opcode = head[0] & 0x0F;
    if (opcode == 9) {
      wire.send(new byte[] {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0});
    } else if (opcode == 1) {
      String mistake = message(text, "who=t" + q.tenant() + " Bearer c" + q.credential(), name, next);
      if (mistake != null) {
        tally.failure("tail", mistake + " in " + text + " for " + name);
      }
      tally.came("tails: messages");
    } else if (opcode != 8) {
      throw new ChaosWire.Malformed("opcode " + opcode + " in a tail: " + text);
    }
    return opcode;
  }

  private static String message(String text, String who, String name, int[] next) {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(text);
    } catch (RuntimeException e) {
      return "no JSON";
    }
    boolean dropped = !root.path("dropped_entries").isMissingNode();
    for (JsonNode stream : root.path("streams")) {
      String line = stream.path("values").path(0).path(1).asString("");
      if (!line.startsWith(who) || !line.contains(name + "%22")) {
        return "a foreign line";
      }
      int at = line.indexOf(" seq=") + 5;
      int seq = Integer.parseInt(line.substring(at, line.indexOf(' ', at)));
      if (seq != next[0] && !dropped) {
        return "line " + seq + " (expected: " + next[0] + ")";
      }
      next[0] = seq + 1;
      String id = line.substring(line.indexOf("trace_id=") + 9);
      if (!id.equals(stream.path("stream").path("TraceID").asString(""))) {
        return "no TraceID";
      }
    }
    return null;
  }

  private void beBad(Random random) {
    while (plague) {
      try {
        switch (random.nextInt(10)) {
          case 0 -> vanishInRequest(random);
          case 1, 2 -> vanishInAnswer(random);
          case 3 -> crawlInRequest(random);
          case 4 -> crawlInAnswer(random);
          case 5 -> flood(random);
          case 6 -> nonsense(random);
          case 7 -> tail(random);
          case 8 -> http2(random);
          default -> vanishInPush(random);
        }
      } catch (IOException e) {
        tally.came("bad clients: cut");
      }
      pause(random.nextInt(400));
    }
  }

  private static void leave(ChaosWire wire, Random random) throws IOException {
    if (random.nextBoolean()) {
      wire.reset();
    } else {
      wire.close();
    }
  }

  private void vanishInRequest(Random random) throws IOException {
    tally.thrown("client: vanishes in its request");
    try (ChaosWire wire = ChaosWire.to(server)) {
      String request = request(question(random), random);
      wire.send(request.substring(0, 1 + random.nextInt(request.length() - 1)));
      pause(random.nextInt(100));
      leave(wire, random);
    }
  }

  private void vanishInPush(Random random) throws IOException {
    tally.thrown("client: vanishes in its push");
    try (ChaosWire wire = ChaosWire.to(server)) {
      byte[] body = new byte[1 + random.nextInt(100_000)];
      java.util.Arrays.fill(body, (byte) 'v');
      wire.send(pushHead(question(random), body, body.length));
      byte[] part = java.util.Arrays.copyOf(body, random.nextInt(body.length));
      wire.send(part);
      pause(random.nextInt(100));
      leave(wire, random);
    }
  }

  private void vanishInAnswer(Random random) throws IOException {
    tally.thrown("client: vanishes in its answer");
    try (ChaosWire wire = ChaosWire.to(server, 4096)) {
      wire.send(request(question(random), random));
      for (int i = random.nextInt(400); i > 0 && wire.read() >= 0; i--) {
        // A little.
      }
      leave(wire, random);
    }
  }

  private void crawlInRequest(Random random) throws IOException {
    tally.thrown("client: crawls in its request");
    try (ChaosWire wire = ChaosWire.to(server)) {
      String request = request(question(random), random);
      for (int i = 0; i < request.length() - 1 && i < 80 && plague; i++) {
        wire.send(request.substring(i, i + 1));
        pause(100);
      }
      leave(wire, random);
    }
  }

  private void crawlInAnswer(Random random) throws IOException {
    tally.thrown("client: crawls in its answer");
    try (ChaosWire wire = ChaosWire.to(server, 2048)) {
      for (int i = 0; i < 4; i++) {
        wire.send(request(question(random), random));
      }
      for (int i = 0; i < 20 && plague && wire.socket().getInputStream().read() >= 0; i++) {
        pause(500);
      }
      leave(wire, random);
    }
  }

  private void flood(Random random) throws IOException {
    tally.thrown("client: floods, 30 connections of 10 requests");
    List<ChaosWire> wires = new ArrayList<>();
    try {
      for (int i = 0; i < 30; i++) {
        ChaosWire wire = ChaosWire.to(server);
        wires.add(wire);
        StringBuilder all = new StringBuilder();
        for (int j = 0; j < 10; j++) {
          all.append(request(question(random), random));
        }
        wire.send(all.toString());
      }
      pause(300);
    } finally {
      for (ChaosWire each : wires) {
        leave(each, random);
      }
    }
  }

  private void nonsense(Random random) throws IOException {
    tally.thrown("client: sends nonsense");
    try (ChaosWire wire = ChaosWire.to(server)) {
      wire.socket().setSoTimeout(3000);
      byte[] bytes = new byte[200];
      random.nextBytes(bytes);
      switch (random.nextInt(4)) {
        case 0 -> wire.send(bytes);
        case 1 ->
            wire.send(
                "POST /loki/api/v1/push HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /loki/api/v1/labels");
        case 2 -> wire.send("POST /loki/api/v1/push HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        default -> wire.send("GET /loki/api/v1/query_range?query=%zz HTTP/1.1\r\nHost: a\r\n\r\n");
      }
      while (wire.read() >= 0) {
        // Whatever it says.
      }
      tally.came("bad clients: answered or closed");
    } catch (ChaosWire.Silence e) {
      tally.came("bad clients: left waiting");
    }
  }

  private void tail(Random random) throws IOException {
    tally.thrown("client: tails and does not read");
    try (ChaosWire wire = ChaosWire.to(server, 2048)) {
      wire.send(handshake(question(random), "bad"));
      pause(random.nextInt(3000));
      leave(wire, random);
    }
  }

  private void http2(Random random) throws IOException {
    tally.thrown("client: HTTP/2 frames at random");
    try (ChaosWire wire = ChaosWire.to(server)) {
      wire.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      wire.send(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
      for (int i = 0; i < 20; i++) {
        byte[] frame = new byte[9 + random.nextInt(30)];
        random.nextBytes(frame);
        frame[0] = 0;
        frame[1] = 0;
        frame[2] = (byte) (frame.length - 9);
        frame[3] = (byte) random.nextInt(10);
        wire.send(frame);
      }
      pause(random.nextInt(200));
      leave(wire, random);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
