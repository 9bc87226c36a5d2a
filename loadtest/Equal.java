// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Asks Loki and Tempo the same as Spanway in front of them, and compares the answers by meaning.
 * Writes nothing to either. Each question goes to the server, twice to Spanway (the second answer
 * may be one that it kept), and where they differ to the server once more: a server that differs
 * from itself by then has other data, and proves nothing.
 */
final class Equal {
  private static final int MOST_SHOWN = 50;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private final URI loki;
  private final URI tempo;
  private final URI tempoGrpc;
  private final URI spanway;
  private final Map<String, String> identity;
  private final Map<String, int[]> counts = new TreeMap<>();
  private int shown;

  /** Where they are, and the headers of whoever asks. */
  Equal(URI loki, URI tempo, URI tempoGrpc, URI spanway, Map<String, String> identity) {
    this.loki = loki;
    this.tempo = tempo;
    this.tempoGrpc = tempoGrpc;
    this.spanway = spanway;
    this.identity = identity;
  }

  /**
   * Something to ask.
   *
   * @param endpoint its name in the summary
   * @param form the body of a POST; null for a GET
   */
  record Question(
      boolean ofLoki, String endpoint, String target, String form, Map<String, String> headers) {
    @Override
    public String toString() {
      return (form == null ? "GET " + target : "POST " + target + " " + form)
          + (headers.isEmpty() ? "" : " " + headers);
    }
  }

  /** True if all answers are equal. */
  boolean run() throws IOException, InterruptedException {
    EqualQuestions discovery = new EqualQuestions(this);
    List<Question> questions = discovery.all();
    System.err.println("loadtest: " + questions.size() + " questions, each asked three times");
    int differ = 0;
    for (Question question : questions) {
      differ += compare(question);
    }
    EqualTail tails = new EqualTail(loki, spanway, identity);
    for (String query : discovery.tailQueries()) {
      differ += count("loki tail (WebSocket)", query, tails.compare(query));
    }
    try (EqualGrpc grpc = new EqualGrpc(tempoGrpc, spanway, identity)) {
      boolean served = grpc.isServed(discovery.calls().get(0));
      if (!served) {
        System.err.println(
            "loadtest: no gRPC at " + tempoGrpc + ": not compared; see --tempo-grpc");
      }
      for (EqualGrpc.Call call : served ? discovery.calls() : List.<EqualGrpc.Call>of()) {
        differ += count("tempo gRPC", call.toString(), grpc.compare(call));
      }
    }
    System.out.println("\n| endpoint | compared | status 200 | unstable | differ |");
    System.out.println("| --- | --- | --- | --- | --- |");
    int compared = 0;
    int good = 0;
    int unstable = 0;
    for (Map.Entry<String, int[]> entry : counts.entrySet()) {
      int[] c = entry.getValue();
      System.out.printf("| %s | %d | %d | %d | %d |%n", entry.getKey(), c[0], c[3], c[1], c[2]);
      compared += c[0];
      good += c[3];
      unstable += c[1];
    }
    System.out.printf("| all | %d | %d | %d | %d |%n", compared, good, unstable, differ);
    return differ == 0 && compared > 0;
  }

  private int compare(Question question) throws IOException, InterruptedException {
    int[] count = counts.computeIfAbsent(question.endpoint(), e -> new int[4]);
    count[0]++;
    HttpResponse<byte[]> direct = ask(question, question.ofLoki() ? loki : tempo);
    count[3] += direct.statusCode() == 200 ? 1 : 0;
    for (int again = 0; again < 2; again++) {
      HttpResponse<byte[]> through = ask(question, spanway);
      String difference = EqualMeaning.difference(question, direct, through);
      for (int retry = 0; retry < 3 && difference != null; retry++) {
        HttpResponse<byte[]> newer = ask(question, question.ofLoki() ? loki : tempo);
        boolean itself = EqualMeaning.difference(question, direct, newer) == null;
        direct = newer;
        if (itself) {
          break;
        }
        difference = EqualMeaning.difference(question, direct, ask(question, spanway));
        if (difference != null && retry == 2) {
          count[1]++;
          return 0;
        }
      }
      if (difference != null) {
        count[2]++;
        show((again == 0 ? "" : "asked again: ") + question, difference);
        return 1;
      }
    }
    return 0;
  }

  /** Counts what something else has compared; null for equal. */
  private int count(String endpoint, String what, String difference) {
    int[] count = counts.computeIfAbsent(endpoint, e -> new int[4]);
    count[0]++;
    if (difference == null) {
      count[3]++;
      return 0;
    }
    count[2]++;
    show(endpoint + " " + what, difference);
    return 1;
  }

  private void show(String question, String difference) {
    if (++shown <= MOST_SHOWN) {
      System.out.println("DIFFERENT: " + question + "\n  " + difference.replace("\n", "\n  "));
    } else if (shown == MOST_SHOWN + 1) {
      System.out.println("… and more, which are only counted");
    }
  }

  HttpResponse<byte[]> ask(Question question) throws IOException, InterruptedException {
    return ask(question, question.ofLoki() ? loki : tempo);
  }

  private HttpResponse<byte[]> ask(Question question, URI base)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(base + question.target())).timeout(Duration.ofMinutes(2));
    identity.forEach(request::header);
    question.headers().forEach(request::header);
    if (question.form() != null) {
      request
          .header("Content-Type", "application/x-www-form-urlencoded")
          .POST(HttpRequest.BodyPublishers.ofString(question.form()));
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  static List<String> firstOf(Iterable<String> all, int most) {
    var first = new ArrayList<String>();
    for (String one : all) {
      if (first.size() < most) {
        first.add(one);
      }
    }
    return first;
  }
}
