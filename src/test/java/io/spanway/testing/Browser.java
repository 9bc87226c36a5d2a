// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Chromium without a window, with one page, driven over its DevTools protocol
 * (chromedevtools.github.io/devtools-protocol).
 */
public final class Browser implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final String OUTPUT = "output.txt";

  private final Process process;
  private final Path profile;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> open = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private String session = "";

  private Browser(Process process, Path profile, URI devTools) throws Exception {
    this.process = process;
    this.profile = profile;
    this.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(devTools, new Listener())
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /**
   * Starts one with an empty profile. Where this machine has none, the tests are left out and
   * reported so; they fail if {@code SPANWAY_BROWSER=required} is in the environment.
   */
  public static Browser startIfThere() throws Exception {
    Path program = find();
    if (program == null) {
      String missing = "there is no Chromium on the PATH";
      assumeTrue("required".equals(System.getenv("SPANWAY_BROWSER")), missing);
      throw new AssertionError(missing + ", and SPANWAY_BROWSER=required");
    }
    return start(program);
  }

  private static @Nullable Path find() {
    for (String directory :
        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      for (String name : NAMES) {
        Path program = Path.of(directory, name);
        if (Files.isExecutable(program)) {
          return program;
        }
      }
    }
    return null;
  }

  private static Browser start(Path program) throws Exception {
    Path profile = Files.createTempDirectory("spanway-browser");
    // Nothing here is from a stranger, and the sandbox needs rights that builds do not have.
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve(OUTPUT).toFile())
            .start();
    Browser browser = new Browser(process, profile, devTools(process, profile));
    browser.attach();
    return browser;
  }

  /** Waits for the file in which it says where it listens: its port, and a path. */
  private static URI devTools(Process process, Path profile) throws IOException {
    Path file = profile.resolve("DevToolsActivePort");
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                !process.isAlive() || (Files.exists(file) && Files.readAllLines(file).size() == 2));
    if (!process.isAlive()) {
      throw new IOException(
          "the browser did not start:\n" + Files.readString(profile.resolve(OUTPUT)));
    }
    return URI.create(
        "ws://127.0.0.1:" + Files.readAllLines(file).get(0) + Files.readAllLines(file).get(1));
  }

  private void attach() {
    String target = "";
    for (JsonNode each : send("Target.getTargets", Map.of()).path("targetInfos")) {
      if (each.path("type").asString().equals("page")) {
        target = each.path("targetId").asString();
      }
    }
    session =
        send("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .path("sessionId")
            .asString();
    for (String domain : List.of("Page", "Runtime", "Network", "Log")) {
      send(domain + ".enable", Map.of());
    }
  }

  /** Goes to a URL. */
  public void open(String url) {
    send("Page.navigate", Map.of("url", url));
    await().atMost(PATIENCE).until(() -> eval("document.readyState").asString().equals("complete"));
  }

  /** Evaluates an expression, and waits where it is a promise. */
  public JsonNode eval(String expression) {
    JsonNode answer =
        send(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer.path("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  /** Returns the text of the first element that matches, as a person sees it; empty for none. */
  public String text(String selector) {
    return eval("document.querySelector(" + quote(selector) + ")?.innerText ?? ''").asString();
  }

  /** Waits until an expression is true. */
  public void until(String expression) {
    await()
        .atMost(PATIENCE)
        .failFast("the browser ended", () -> !process.isAlive())
        .untilAsserted(
            () -> {
              if (!eval("Boolean(" + expression + ")").asBoolean()) {
                throw new AssertionError("not true: " + expression);
              }
            });
  }

  /** Clicks on the middle of the first element that matches. */
  public void click(String selector) {
    JsonNode at =
        eval(
            "(() => { const e = document.querySelector("
                + quote(selector)
                + "); e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect();"
                + " return [r.x + r.width / 2, r.y + r.height / 2]; })()");
    for (String type : List.of("mousePressed", "mouseReleased")) {
      send(
          "Input.dispatchMouseEvent",
          Map.of("type", type, "x", at.get(0), "y", at.get(1), "button", "left", "clickCount", 1));
    }
  }

  /** Presses a key, such as {@code Tab} or {@code ArrowDown}. */
  public void press(String key) {
    int code =
        switch (key) {
          case "Tab" -> 9;
          case "Enter" -> 13;
          case "End" -> 35;
          case "Home" -> 36;
          case "ArrowLeft" -> 37;
          case "ArrowUp" -> 38;
          case "ArrowRight" -> 39;
          case "ArrowDown" -> 40;
          default -> throw new IllegalArgumentException(key);
        };
    String text = key.equals("Enter") ? "\r" : "";
    for (String type : List.of(text.isEmpty() ? "rawKeyDown" : "keyDown", "keyUp")) {
      send(
          "Input.dispatchKeyEvent",
          Map.of(
              "type", type, "key", key, "code", key, "windowsVirtualKeyCode", code, "text", text));
    }
  }

  /** Types a text into what has the focus. */
  public void type(String text) {
    send("Input.insertText", Map.of("text", text));
  }

  /** Sets the size of the page, in pixels of CSS. */
  public void size(int width, int height) {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Says whether the user likes it dark. */
  public void dark(boolean dark) {
    Map<String, String> feature =
        Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light");
    send("Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
  }

  /** Writes what is seen into a directory that the property {@code spanway.screenshots} names. */
  public void screenshot(String name) throws IOException {
    String directory = System.getProperty("spanway.screenshots");
    if (directory != null) {
      String data = send("Page.captureScreenshot", Map.of()).path("data").asString();
      Files.createDirectories(Path.of(directory));
      Files.write(Path.of(directory, name + ".png"), Base64.getDecoder().decode(data));
    }
  }

  /** Returns what went to the console as an error or a warning, and what was thrown. */
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Forgets all complaints and requests. */
  public void forget() {
    complaints.clear();
    requests.clear();
  }

  /** Returns the URLs of all requests, of whatever kind. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Writes a text as JavaScript does. */
  public static String quote(String text) {
    return JSON.writeValueAsString(text);
  }

  private JsonNode send(String method, Map<String, Object> parameters) {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    open.put(id, answer);
    var message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    try {
      socket.sendText(JSON.writeValueAsString(message), true).get(20, TimeUnit.SECONDS);
      JsonNode got = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (got.has("error")) {
        throw new AssertionError(method + ": " + got.path("error"));
      }
      return got.path("result");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(method + " got no answer", e);
    } finally {
      open.remove(id);
    }
  }

  private void received(JsonNode message) {
    CompletableFuture<JsonNode> waiting = open.get(message.path("id").asInt(0));
    if (waiting != null) {
      waiting.complete(message);
      return;
    }
    JsonNode told = message.path("params");
    switch (message.path("method").asString("")) {
      case "Network.requestWillBeSent" -> requests.add(told.path("request").path("url").asString());
      case "Runtime.exceptionThrown" -> complaints.add(told.path("exceptionDetails").toString());
      case "Log.entryAdded" -> complain(told.path("entry").path("level"), told.path("entry"));
      case "Runtime.consoleAPICalled" -> complain(told.path("type"), told.path("args"));
      default -> {}
    }
  }

  private void complain(JsonNode level, JsonNode what) {
    if (List.of("error", "warning", "assert").contains(level.asString(""))) {
      complaints.add(what.toString());
    }
  }

  @Override
  public void close() throws IOException {
    socket.abort();
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    process.destroy();
    all.forEach(ProcessHandle::destroy);
    await().atMost(PATIENCE).until(() -> !process.isAlive());
    all.forEach(ProcessHandle::destroyForcibly);
    await().atMost(PATIENCE).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
    try (Stream<Path> files = Files.walk(profile)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Puts messages together from their frames. */
  private final class Listener implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      message.append(data);
      if (last) {
        received(JSON.readTree(message.toString()));
        message.setLength(0);
      }
      from.request(1);
      return null;
    }
  }
}
