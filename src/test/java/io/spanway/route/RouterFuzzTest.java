// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RouterFuzzTest {
  private static final Router ROUTER = Router.compile(RouteConfig.DEFAULT);
  private static final Set<String> DOTS = Set.of(".", "..");

  @FuzzTest
  void anyPath_isRoutedOrRefused(FuzzedDataProvider data) {
    check("/" + data.consumeRemainingAsString());
  }

  /** Paths of pieces that matter, which bytes alone seldom make. */
  @Test
  void pathsOfKnownPieces_areRoutedOrRefused() {
    String[] pieces = {
      "/",
      "%2F",
      "%2f",
      "//",
      ".",
      "..",
      "%2e",
      "%2E",
      "%252e",
      "%25",
      "%00",
      ";",
      ";x=y",
      "\\",
      "%5c",
      "loki",
      "api",
      "v1",
      "query_range",
      "label",
      "values",
      "rules",
      "search",
      "tag",
      "traces",
      "flush",
      "config",
      "ingester",
      "loki-ds",
      "tempo-ds",
      "prom",
      "a",
      "?",
      "*",
    };
    long seed = 20261122L;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 4_000; i++) {
      StringBuilder path = new StringBuilder("/");
      for (int n = random.nextInt(9); n > 0; n--) {
        path.append(pieces[random.nextInt(pieces.length)]);
        if (random.nextBoolean()) {
          path.append('/');
        }
      }
      try {
        check(path.toString());
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + i + ": " + path, e);
      }
    }
  }

  private static void check(String raw) {
    RequestTarget target;
    try {
      target = RequestTarget.parse(raw);
    } catch (BadTargetException e) {
      return;
    }
    String path = target.path();
    boolean dots = Arrays.stream(path.split("/", -1)).anyMatch(DOTS::contains);
    try {
      RouteMatch match = ROUTER.match(new RequestHead("GET", target, new DefaultHttpHeaders()));
      assertThat(dots).as("dot segment in %s", path).isFalse();
      assertThat(path).doesNotContain("\0");
      assertThat(match.path()).startsWith("/");
      assertThat(target.rawPath())
          .satisfiesAnyOf(
              p -> assertThat(p).endsWith(match.path()),
              p -> assertThat(match.path()).isEqualTo("/"));
      assertThat(match.operation().kind()).isNotEqualTo(Operation.Kind.ADMIN);
      // However the slashes are meant, no reader comes out at an administrative path.
      String read = match.path().replace("%2F", "/").replace("%2f", "/").replace("//", "/");
      assertThat(read).doesNotStartWith("/flush/").doesNotStartWith("/ingester/");
      assertThat(match.variables().values()).noneMatch(String::isEmpty);
    } catch (RefusedPathException e) {
      assertThat(e.status()).isIn(400, 403);
      if (dots) {
        assertThat(e.status()).isEqualTo(400);
      }
    }
  }
}
