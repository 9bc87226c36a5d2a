// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.ScriptLogs.TRACE;
import static io.spanway.testing.Browser.quote;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.app.DemoApp;
import io.spanway.testing.Browser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The page in a Chromium, against the demo. Without one on this machine nothing is tried, and the
 * report says so; {@code SPANWAY_BROWSER=required} makes that a failure.
 */
final class BrowserIT {
  private static final String CHOSEN = "document.querySelector('#rows .chosen .service').innerText";

  /** Checks what tools for accessibility check first; returns what is wrong. */
  private static final String AUDIT =
      """
      (() => {
        const wrong = [];
        const seen = (e) => e.checkVisibility({ visibilityProperty: true });
        const all = (s) => [...document.querySelectorAll(s)].filter(seen);
        if (document.documentElement.lang === '') wrong.push('the page has no language');
        for (const name of ['main', 'header', 'nav[aria-label]', '.skip']) {
          if (document.querySelectorAll(name).length !== 1) wrong.push('not one ' + name);
        }
        if (all('h1').length !== 1) wrong.push('not one h1');
        for (const e of all('input')) {
          if (e.labels.length === 0) wrong.push('no label: ' + e.id);
        }
        for (const e of all('button, a, summary, [role=tab]')) {
          if (e.innerText.trim() === '' && !e.ariaLabel) wrong.push('no name: ' + e.outerHTML);
          const r = e.getBoundingClientRect();
          if (e.tagName === 'BUTTON' && (r.height < 24 || r.width < 24)) {
            wrong.push('too small: ' + e.outerHTML);
          }
        }
        for (const e of all('img')) if (e.getAttribute('alt') === null) wrong.push('no alt');
        const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
        if (new Set(ids).size !== ids.length) wrong.push('an ID is there twice');
        for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls',
            'aria-activedescendant']) {
          for (const e of document.querySelectorAll('[' + name + ']')) {
            for (const id of e.getAttribute(name).split(' ')) {
              if (document.getElementById(id) === null) wrong.push(name + ' leads nowhere: ' + id);
            }
          }
        }
        for (const e of all('[role=tabpanel], [role=treegrid], .scroll')) {
          if (e.tabIndex !== 0) wrong.push('a keyboard cannot scroll ' + e.className);
        }
        for (const e of all('[role=gridcell], [role=columnheader]')) {
          if (e.parentElement.getAttribute('role') !== 'row') wrong.push('a cell without row');
        }
        for (const e of all('th')) if (!e.scope) wrong.push('no scope: ' + e.innerText);
        for (const e of all('table')) if (e.caption === null) wrong.push('no caption');
        const parse = (c) => c.match(/[\\d.]+/g).map(Number);
        const light = (c) => {
          const [r, g, b] = c.map((v) => v / 255)
              .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (e) => {
          for (let up = e; up !== null; up = up.parentElement) {
            const c = parse(getComputedStyle(up).backgroundColor);
            if (c.length === 3 || c[3] === 1) return c.slice(0, 3);
          }
          return [255, 255, 255];
        };
        for (const e of all('body *')) {
          const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '');
          if (!own || e.disabled) continue;
          const a = light(parse(getComputedStyle(e).color).slice(0, 3));
          const b = light(behind(e));
          const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (contrast < 4.5) wrong.push(contrast.toFixed(2) + ' contrast: ' + e.innerText);
        }
        return wrong;
      })()
      """;

  private static DemoApp demo;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.startIfThere();
    demo = DemoApp.start(0, true, "test");
  }

  @AfterAll
  static void stop() throws IOException {
    if (browser != null) {
      browser.close();
    }
    if (demo != null) {
      demo.close();
    }
  }

  @BeforeEach
  void reset() {
    browser.size(1400, 900);
    browser.dark(false);
    browser.forget();
  }

  @AfterEach
  void page_asksNobodyElseAndComplainsOfNothing() {
    String base = demo.admin() + "/";
    assertThat(browser.requests()).isNotEmpty().allMatch(url -> url.startsWith(base));
    assertThat(browser.complaints()).isEmpty();
  }

  private static void open(String query) {
    browser.open(demo.admin() + "/ui/" + query);
  }

  private static void openTrace(String more) {
    open("?trace=" + TRACE + more);
    browser.until("document.querySelectorAll('#rows .row').length === 4");
  }

  private static List<String> texts(String selector) {
    List<String> texts = new ArrayList<>();
    browser
        .eval(
            "[...document.querySelectorAll("
                + quote(selector)
                + ")].map((e) => e.innerText.trim())")
        .forEach(each -> texts.add(each.asString()));
    return texts;
  }

  private static void audit() {
    assertThat(browser.eval(AUDIT)).isEmpty();
  }

  @Test
  void traceId_leadsToItsWaterfallWithTheNumbersOfLines() throws Exception {
    open("");
    browser.until("document.activeElement.id === 'trace-id'");
    assertThat(browser.text("#trace-empty")).contains("Paste a trace ID");
    audit();

    browser.type(" " + TRACE.toUpperCase(Locale.ROOT) + " ");
    browser.press("Enter");
    browser.until("document.querySelectorAll('#rows .row').length === 4");

    assertThat(texts("#rows .service")).containsExactly("nginx", "checkout", "payments", "legacy");
    assertThat(texts("#rows .c-lines")).containsExactly("0", "5", "5", "0");
    assertThat(texts("#rows .c-took")).containsExactly("120 ms", "95.0 ms", "70.0 ms", "45.0 ms");
    assertThat(browser.text("#trace-facts")).contains(TRACE, "complete");
    assertThat(browser.text("#all-lines")).isEqualTo("All lines (20)");
    assertThat(browser.text("#no-span")).isEqualTo("Lines of no span (10)");
    assertThat(browser.eval("location.search").asString()).isEqualTo("?trace=" + TRACE);
    // Each bar begins no sooner than its parent's, which is inside it.
    JsonNode bars =
        browser.eval(
            "[...document.querySelectorAll('#rows .bar-of')].map((b) => {"
                + " const r = b.getBoundingClientRect(); return [r.left, r.right]; })");
    for (int i = 1; i < bars.size(); i++) {
      assertThat(bars.path(i).path(0).asDouble())
          .isGreaterThan(bars.path(i - 1).path(0).asDouble());
      assertThat(bars.path(i).path(1).asDouble()).isLessThan(bars.path(i - 1).path(1).asDouble());
    }
    audit();
    browser.screenshot("trace-light");
  }

  @Test
  void keyboard_isEnough() {
    openTrace("");
    browser.press("Tab");
    assertThat(browser.eval("document.activeElement.className").asString()).isEqualTo("skip");
    browser.press("Enter");
    browser.until("document.activeElement.id === 'main'");
    for (int i = 0; i < 12; i++) {
      if (browser.eval("document.activeElement.id").asString().equals("waterfall")) {
        break;
      }
      browser.press("Tab");
      assertThat(browser.eval("getComputedStyle(document.activeElement).outlineStyle").asString())
          .isNotEqualTo("none");
    }
    assertThat(browser.eval("document.activeElement.id").asString()).isEqualTo("waterfall");

    browser.press("ArrowDown");
    assertThat(browser.eval(CHOSEN).asString()).isEqualTo("checkout");
    assertThat(browser.text("#detail-title")).startsWith("checkout");
    assertThat(browser.text("#trace-status")).isEqualTo("checkout checkout op: 5 lines");
    assertThat(browser.eval("location.search").asString()).contains("&span=");
    browser.press("ArrowLeft");
    assertThat(texts("#rows .service")).containsExactly("nginx", "checkout");
    assertThat(browser.eval("document.querySelector('#rows .chosen').ariaExpanded").asString())
        .isEqualTo("false");
    browser.press("ArrowRight");
    browser.press("End");
    assertThat(browser.eval(CHOSEN).asString()).isEqualTo("legacy");
    browser.press("ArrowUp");
    browser.press("Enter");
    browser.until("document.activeElement.id === 'detail'");
    assertThat(texts("#panel-lines .log > li")).hasSize(5);

    browser.eval("document.getElementById('tab-lines').focus()");
    browser.press("ArrowRight");
    browser.until("document.activeElement.id === 'tab-why'");
    browser.until("document.querySelector('#panel-why .steps') !== null");
    assertThat(browser.eval("location.search").asString()).endsWith("&tab=why");
  }

  @Test
  void choice_showsLinesQueriesAndReasons() throws Exception {
    openTrace("");
    browser.click("#rows .row:nth-child(2) .operation");
    assertThat(texts("#panel-lines .text")).hasSize(5).allMatch(line -> line.contains("traceId"));
    browser.click("#panel-lines summary");
    browser.until("document.querySelector('#panel-lines .labels').innerText.includes('checkout')");

    browser.click("#tab-why");
    browser.until("document.querySelector('#panel-why .steps') !== null");
    assertThat(browser.text("#panel-why .query pre"))
        .startsWith("{service_name=\"checkout\"")
        .contains(TRACE);
    assertThat(browser.text("#panel-why .steps")).contains("recognition", "window", "queries");
    assertThat(browser.text("#panel-why"))
        .contains("Configured tags", "Labels in Loki", "service_name");
    audit();

    browser.click("#all-lines");
    browser.click("#tab-lines");
    assertThat(texts("#panel-lines .text")).hasSize(20);
    assertThat(browser.eval("document.getElementById('all-lines').ariaPressed").asString())
        .isEqualTo("true");
    browser.click("#no-span");
    assertThat(texts("#panel-lines .text")).hasSize(10);
    assertThat(browser.eval("location.search").asString()).contains("lines=none");
  }

  @Test
  void filter_findsSpans() {
    openTrace("");
    browser.eval("document.getElementById('filter').focus()");
    browser.type("PAY");
    browser.until("document.querySelectorAll('#rows .row').length === 1");
    assertThat(browser.text("#filter-count")).isEqualTo("1 of 4");
    browser.eval("document.getElementById('filter').select()");
    browser.type("op");
    browser.click("#only-lines");
    browser.until("document.querySelectorAll('#rows .row').length === 2");
    assertThat(texts("#rows .service")).containsExactly("checkout", "payments");
  }

  @Test
  void address_leadsToSpanAndTab() {
    openTrace("");
    browser.click("#rows .row:nth-child(3) .operation");
    String search = browser.eval("location.search").asString();

    open(search + "&tab=why");
    browser.until("document.querySelector('#panel-why .steps') !== null");
    assertThat(browser.eval(CHOSEN).asString()).isEqualTo("payments");

    openTrace("&span=00000000000000aa");
    assertThat(browser.text("#trace-status")).contains("00000000000000aa is not in this trace");
    browser.click("nav [data-view=gateway]");
    browser.until("document.getElementById('view-trace').hidden");
    browser.eval("history.back()");
    browser.until("!document.getElementById('view-trace').hidden");
    assertThat(texts("#rows .service")).hasSize(4);
  }

  @Test
  void lineWithMarkup_isText() throws Exception {
    String trace = otherTrace();
    JsonNode span =
        read(demo.spanway() + "/spanway/v1/traces/" + trace + "/logs").path("spans").path(1);
    String hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    String line =
        "{\"traceId\":\"%s\",\"spanId\":\"%s\",\"msg\":\"%s\"}"
            .formatted(trace, span.path("spanId").asString(), hostile);
    JsonNode labels = span.path("lines").path(0).path("labels");
    push(labels, Long.parseLong(span.path("start").asString()) + 1_000_000, line, hostile);
    send("DELETE", demo.admin() + "/-/cache", "");

    open("?trace=" + trace + "&span=" + span.path("spanId").asString());
    browser.until("document.getElementById('panel-lines').innerText.includes('<img src=x')");
    browser.eval(
        "document.querySelectorAll('#panel-lines details').forEach((d) => { d.open = true; })");
    browser.until("document.getElementById('panel-lines').innerText.includes('evil')");

    assertThat(texts("#panel-lines .text")).contains(line);
    assertThat(browser.eval("document.querySelectorAll('main img, main script').length").asInt())
        .isZero();
  }

  @Test
  void correlation_isATableOfServicesByTags() throws Exception {
    open("?view=correlation");
    browser.until("document.querySelector('.matrix') !== null");

    assertThat(texts(".matrix tbody th"))
        .extracting(text -> text.split("\\s", -1)[0])
        .containsExactly("checkout", "legacy", "nginx", "payments");
    assertThat(texts(".matrix thead th"))
        .hasSize(4)
        .anyMatch(head -> head.contains("service_name"));
    assertThat(texts(".matrix td"))
        .first()
        .asString()
        .contains("5 of 5", "in Loki", "1 of 1 match");
    assertThat(texts(".checks td:first-child")).hasSizeGreaterThan(8);
    audit();
    browser.screenshot("correlation-light");
  }

  @Test
  void gateway_showsUpstreamsCacheAndRewrites() throws Exception {
    openTrace("");
    browser.click("nav [data-view=gateway]");
    browser.until("document.querySelectorAll('.card').length === 4");

    assertThat(browser.text("#gateway"))
        .contains("Upstreams", demo.tempo().toString(), "script", "found");
    assertThat(texts("#gateway .card:first-child td .state")).containsExactly("up", "up");
    assertThat(browser.text("#health")).contains("loki up", "tempo up");
    assertThat(browser.eval("document.querySelector('meter').max").asDouble()).isEqualTo(256 << 20);
    audit();
    browser.screenshot("gateway-light");
  }

  @ParameterizedTest
  @ValueSource(strings = {"?trace=" + TRACE, "?trace=" + TRACE + "&tab=why", "?view=gateway"})
  void dark_isDarkAndReadable(String query) throws Exception {
    browser.dark(true);
    open(query);
    browser.until("document.querySelector('#rows .row, .card') !== null");
    browser.until("document.querySelector('.loading') === null");

    assertThat(browser.eval("getComputedStyle(document.body).backgroundColor").asString())
        .isEqualTo("rgb(16, 21, 27)");
    audit();
    browser.screenshot("dark-" + query.length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "?trace=" + TRACE,
        "?trace=" + TRACE + "&tab=why",
        "?view=gateway",
        "?view=correlation"
      })
  void narrowPage_needsNoScrollingSideways(String query) throws Exception {
    browser.size(320, 640);
    open(query);
    browser.until("document.querySelector('.loading') === null");
    browser.until(
        "document.querySelector('#trace-empty:not([hidden]), #rows .row, .card, .matrix')");

    assertThat(browser.eval("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(320);
    audit();
    browser.screenshot("narrow-" + query.length());
  }

  @Test
  void unknownTrace_isToldInTheGatewaysWords() {
    open("?trace=0af7651916cd43dd8448eb211c80319c");
    browser.until("!document.getElementById('trace-error').hidden");

    assertThat(browser.text("#trace-error")).contains("is not in tempo", "404");
    assertThat(browser.text("#trace-status")).isEmpty();
    audit();
    assertThat(browser.complaints()).hasSize(1).first().asString().contains("404");
    browser.forget();

    open("?trace=nonsense");
    browser.until("!document.getElementById('trace-error').hidden");
    assertThat(browser.text("#trace-error")).contains("hexadecimal");
  }

  @Test
  void identity_staysInTheTab() {
    openTrace("");
    browser.click("#options summary");
    browser.eval("document.getElementById('tenant').focus()");
    browser.type("team-a");
    browser.eval("document.getElementById('authorization').focus()");
    browser.type("Bearer mine");

    assertThat(browser.text("#asks-as")).isEqualTo("tenant team-a, with authorization");
    assertThat(browser.eval("localStorage.length + document.cookie.length").asInt()).isZero();
    assertThat(browser.eval("location.href").asString()).doesNotContain("mine", "team-a");
    browser.eval("sessionStorage.clear()");
  }

  /** Returns a trace of the demo that no other test looks at. */
  private static String otherTrace() throws Exception {
    for (JsonNode each : read(demo.tempo() + "/api/search?limit=20").path("traces")) {
      String id = each.path("traceID").asString();
      if (!TRACE.endsWith(id)) {
        return id;
      }
    }
    throw new AssertionError("the demo has one trace only");
  }

  /** Adds a line to a stream of the demo's Loki, with a field of that value too. */
  private static void push(JsonNode labels, long timeNs, String line, String field)
      throws Exception {
    var root = JsonMapper.shared().createObjectNode();
    var stream = root.putArray("streams").addObject();
    var names = stream.putObject("stream");
    for (String name : List.of("service_name", "namespace", "pod")) {
      names.put(name, labels.path(name).asString());
    }
    stream
        .putArray("values")
        .addArray()
        .add(Long.toString(timeNs))
        .add(line)
        .addObject()
        .put("note", field + " evil");
    send("POST", demo.spanway() + "/loki/api/v1/push", root.toString());
  }

  private static JsonNode read(String url) throws Exception {
    return JsonMapper.shared().readTree(send("GET", url, ""));
  }

  private static String send(String method, String url, String body) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(url))
                    .header("Content-Type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isIn(200, 204);
    return answer.body();
  }
}
