// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.CacheFixture.MINUTE;
import static io.spanway.cache.CacheFixture.answer;
import static io.spanway.cache.CacheFixture.append;
import static io.spanway.cache.CacheFixture.finish;
import static io.spanway.cache.CacheFixture.result;
import static io.spanway.cache.CacheFixture.text;
import static io.spanway.cache.Requests.headers;
import static io.spanway.cache.Requests.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.http.QueryParameters;
import io.spanway.model.TenantId;
import io.spanway.route.Operation;
import io.spanway.units.DataSize;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponseCacheTest {
  private static final CacheKey KEY = key("a", "{app=\"x\"}");

  private final CacheFixture fixture = new CacheFixture();
  private final ResponseCache cache = fixture.cache;

  @Test
  void answer_isFetchedOnceAndServedUntilItsTimeIsOver() {
    fixture.fetch(KEY, "body", MINUTE);
    fixture.ticks.advance(Duration.ofSeconds(59));

    Lookup.Hit hit = fixture.hit(KEY);
    assertThat(text(hit.response())).isEqualTo("body");
    assertThat(hit.response().status()).isEqualTo(200);
    assertThat(hit.response().header("content-type")).isEqualTo("application/json");
    assertThat(hit.age()).isEqualTo(Duration.ofSeconds(59));

    fixture.ticks.advance(Duration.ofSeconds(1));
    assertThat(fixture.isStored(KEY)).isFalse();
    assertThat(fixture.events.all())
        .containsExactly("miss", "stored", "hit 4", "removed EXPIRED", "miss");
  }

  @Test
  void retiredCache_letsEverythingGo_andKeepsNothing() {
    fixture.fetch(KEY, "body", MINUTE);
    Fill underWay = fixture.lead(key("a", "other"));

    cache.retire();

    assertThat(fixture.isStored(KEY)).isFalse();
    append(underWay, "late");
    assertThat(text(finish(underWay, MINUTE))).isEqualTo("late");
    assertThat(fixture.isStored(key("a", "other"))).isFalse();
    assertThat(cache.stats().bytes()).isZero();
  }

  @Test
  void tenants_getOnlyTheirOwnAlsoWhileInFlight() {
    Fill a = fixture.lead(key("a", "q"));
    Fill b = fixture.lead(key("b", "q"));
    append(a, "of a");
    append(b, "of b");
    finish(a, MINUTE);
    finish(b, MINUTE);

    assertThat(text(fixture.hit(key("a", "q")).response())).isEqualTo("of a");
    assertThat(text(fixture.hit(key("b", "q")).response())).isEqualTo("of b");
    assertThat(fixture.events.count("coalesced")).isZero();
  }

  @Test
  void requestsInFlight_shareOneFetch() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow early = fixture.follow(KEY);
    append(fill, "bo");
    Lookup.Follow late = fixture.follow(KEY);
    append(fill, "dy");
    assertThat(fill.followers()).isEqualTo(2);
    assertThat(result(early)).isNull();

    CachedResponse response = finish(fill, Duration.ZERO);

    assertThat(text(response)).isEqualTo("body");
    assertThat(answer(early)).isEqualTo("body");
    assertThat(answer(late)).isEqualTo("body");
    assertThat(fixture.isStored(KEY)).isFalse();
    assertThat(cache.stats().fetchedBytes()).isZero();
    assertThat(cache.stats().fetches()).isZero();
  }

  @Test
  void leadersClientGone_followersStillGetTheAnswer() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow follow = fixture.follow(KEY);
    AtomicInteger cancelled = new AtomicInteger();

    assertThat(fill.leaderLeft(cancelled::incrementAndGet)).isFalse();
    append(fill, "body");
    finish(fill, MINUTE);

    assertThat(answer(follow)).isEqualTo("body");
    assertThat(cancelled).hasValue(0);
    assertThat(fixture.isStored(KEY)).isTrue();
  }

  @Test
  void fetch_endsWhenAllAreGone() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow first = fixture.follow(KEY);
    Lookup.Follow second = fixture.follow(KEY);
    AtomicInteger cancelled = new AtomicInteger();
    append(fill, "bo");
    fill.leaderLeft(cancelled::incrementAndGet);

    first.place().leave();
    first.place().leave();
    assertThat(cancelled).hasValue(0);
    second.place().leave();
    assertThat(cancelled).hasValue(1);

    append(fill, "dy");
    assertThat(finish(fill, MINUTE)).isNull();
    assertThat(result(first)).isNull();
    assertThat(fixture.isStored(KEY)).isFalse();
    assertThat(cache.stats().fetchedBytes()).isZero();
  }

  @Test
  void leaderWithoutFollowers_endsTheFetchItself() {
    Fill fill = fixture.lead(KEY);

    assertThat(fill.leaderLeft(() -> {})).isTrue();
    assertThat(fill.isCollecting()).isFalse();
    assertThat(cache.begin(KEY, false)).isInstanceOf(Lookup.Lead.class);
  }

  @Test
  void followersGone_leaveTheLeaderItsFetch() {
    Fill fill = fixture.lead(KEY);
    fixture.follow(KEY).place().leave();

    assertThat(fill.followers()).isZero();
    append(fill, "body");
    assertThat(finish(fill, MINUTE)).isNotNull();
    assertThat(fixture.isStored(KEY)).isTrue();
  }

  @Test
  void failure_reachesAllOnceAndIsForgotten() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow first = fixture.follow(KEY);
    Lookup.Follow second = fixture.follow(KEY);
    Throwable error = new IllegalStateException("upstream gone");

    fill.fail(error);

    assertThat(result(first)).isEqualTo(new FollowResult.Failed(error));
    assertThat(result(second)).isEqualTo(new FollowResult.Failed(error));
    assertThat(cache.begin(KEY, false)).isInstanceOf(Lookup.Lead.class);
    assertThat(fixture.events.count("miss")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 429, 500, 503})
  void errorAnswers_reachThoseInFlightAndAreNotStored(int status) {
    CachePolicy policy = new CachePolicy(CacheConfig.DEFAULT);
    Fill fill = fixture.lead(KEY);
    Lookup.Follow follow = fixture.follow(KEY);
    append(fill, "no");

    fill.finish(
        status,
        headers("Retry-After", "7", "Content-Type", "text/plain"),
        body ->
            policy.ttl(
                Operation.LOKI_QUERY_RANGE,
                QueryParameters.of("end", "1700000000"),
                AnswerFacts.ofStatus(status),
                Requests.NOW));

    CachedResponse shared = ((FollowResult.Answered) result(follow)).response();
    assertThat(shared.status()).isEqualTo(status);
    assertThat(shared.header("retry-after")).isEqualTo("7");
    assertThat(text(shared)).isEqualTo("no");
    assertThat(fixture.isStored(KEY)).isFalse();
  }

  @Test
  void abandonedFetch_leavesNobodyWaiting() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow follow = fixture.follow(KEY);

    fill.abandon();

    assertThat(result(follow)).isEqualTo(new FollowResult.FetchYourself(BypassReason.NOT_SHARED));
    assertThat(cache.begin(KEY, false)).isInstanceOf(Lookup.Lead.class);
  }

  @Test
  void policyThatFails_leavesNobodyWaiting() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow follow = fixture.follow(KEY);

    assertThatThrownBy(
            () ->
                fill.finish(
                    200,
                    headers(),
                    body -> {
                      throw new IllegalStateException("broken");
                    }))
        .hasMessage("broken");

    assertThat(result(follow)).isEqualTo(new FollowResult.FetchYourself(BypassReason.NOT_SHARED));
    assertThat(cache.stats().fetches()).isZero();
  }

  @Test
  void answerTooLarge_isFetchedByEachForItself() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow follow = fixture.follow(KEY);
    append(fill, "x".repeat(16 * 1024));
    assertThat(result(follow)).isNull();
    append(fill, "x");

    assertThat(result(follow)).isEqualTo(new FollowResult.FetchYourself(BypassReason.TOO_LARGE));
    assertThat(fill.isCollecting()).isFalse();
    assertThat(finish(fill, MINUTE)).isNull();
    assertThat(fill.leaderLeft(() -> {})).isTrue();
    assertThat(cache.stats().fetchedBytes()).isZero();
    assertThat(fixture.events.all()).containsExactly("miss", "coalesced", "too large");
  }

  @Test
  void announcedLengthTooLarge_givesUpBeforeTheBody() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow follow = fixture.follow(KEY);

    fill.expect(16 * 1024);
    assertThat(fill.isCollecting()).isTrue();
    fill.expect(16 * 1024 + 1);

    assertThat(result(follow)).isEqualTo(new FollowResult.FetchYourself(BypassReason.TOO_LARGE));
  }

  @Test
  void bodiesInFlight_areBoundedTogether() {
    CacheFixture small = new CacheFixture(DataSize.kib(40), DataSize.kib(16));
    Fill one = small.lead(key("a", "1"));
    Fill two = small.lead(key("a", "2"));
    Fill three = small.lead(key("a", "3"));
    String body = "x".repeat(16 * 1024);
    append(one, body);
    append(two, body);
    append(three, body);

    assertThat(one.isCollecting()).isTrue();
    assertThat(two.isCollecting()).isTrue();
    assertThat(three.isCollecting()).isFalse();
    one.abandon();
    two.abandon();
    assertThat(small.cache.stats().fetchedBytes()).isZero();
  }

  @Test
  void refresh_fetchesAnewAndReplaces() {
    fixture.fetch(KEY, "old", MINUTE);
    Fill fill = fixture.refresh(KEY);
    append(fill, "new");
    assertThat(text(fixture.hit(KEY).response())).isEqualTo("old");
    finish(fill, MINUTE);

    assertThat(text(fixture.hit(KEY).response())).isEqualTo("new");
  }

  @Test
  void refreshDuringAFetch_winsWhicheverEndsLast() {
    Fill older = fixture.lead(KEY);
    Lookup.Follow ofOlder = fixture.follow(KEY);
    Fill newer = fixture.refresh(KEY);
    Lookup.Follow ofNewer = fixture.follow(KEY);
    append(older, "old");
    append(newer, "new");
    finish(newer, MINUTE);
    finish(older, MINUTE);

    assertThat(answer(ofOlder)).isEqualTo("old");
    assertThat(answer(ofNewer)).isEqualTo("new");
    assertThat(text(fixture.hit(KEY).response())).isEqualTo("new");
  }

  @Test
  void purge_forgetsWhatTheTenantCouldSee() {
    CacheKey ofOther = key("c", "q");
    CacheKey ofSeveral = key("a|b", "q");
    CacheKey ofNone = key(Requests.queryRange(), QueryParameters.empty());
    fixture.fetch(KEY, "a", MINUTE);
    fixture.fetch(ofSeveral, "ab", MINUTE);
    fixture.fetch(ofOther, "c", MINUTE);
    fixture.fetch(ofNone, "-", MINUTE);

    cache.purgeTenant(TenantId.parse("a"));

    assertThat(fixture.isStored(KEY)).isFalse();
    assertThat(fixture.isStored(ofSeveral)).isFalse();
    assertThat(fixture.isStored(ofOther)).isTrue();
    assertThat(fixture.isStored(ofNone)).isTrue();
    assertThat(fixture.events.count("removed PURGED")).isEqualTo(2);

    cache.purgeTenant(null);
    assertThat(fixture.isStored(ofNone)).isFalse();
    cache.purgeAll();
    assertThat(fixture.isStored(ofOther)).isFalse();
    assertThat(cache.stats().bytes()).isZero();
  }

  @Test
  void purgeWhileAFillIsInFlight_winsOverIt() {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow before = fixture.follow(KEY);
    append(fill, "old");

    cache.purgeTenant(TenantId.parse("a"));
    Fill after = fixture.lead(KEY);
    finish(fill, MINUTE);

    assertThat(answer(before)).isEqualTo("old");
    append(after, "new");
    finish(after, MINUTE);
    assertThat(text(fixture.hit(KEY).response())).isEqualTo("new");
  }

  @Test
  void purgeWhileTheAnswerIsJudged_winsOverIt() {
    Fill fill = fixture.lead(KEY);
    append(fill, "old");

    fill.finish(
        200,
        headers(),
        body -> {
          cache.purgeTenant(TenantId.parse("a"));
          return MINUTE;
        });

    assertThat(fixture.isStored(KEY)).isFalse();
  }

  @Test
  void purgeWhileARefreshHasTakenTheSlot_reachesBothFills() {
    Fill older = fixture.lead(KEY);
    Fill newer = fixture.refresh(KEY);
    cache.purgeAll();
    finish(newer, MINUTE);
    finish(older, MINUTE);

    assertThat(fixture.isStored(KEY)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "Set-Cookie, s=1, true",
    "Cache-Control, no-store, true",
    "Cache-Control, 'max-age=5, private', true",
    "Vary, *, false",
    "Vary, 'Accept-Encoding, X-Other', false",
    "Access-Control-Allow-Origin, https://g.example, false",
  })
  void headersThatForbidIt_keepAnswersOutOfTheStore(String name, String value, boolean shared) {
    Fill fill = fixture.lead(KEY);
    Lookup.Follow follow = fixture.follow(KEY);
    append(fill, "body");
    finish(fill, 200, headers(name, value), MINUTE);

    assertThat(result(follow) instanceof FollowResult.Answered).isEqualTo(shared);
    assertThat(fixture.isStored(KEY)).isFalse();
  }

  @Test
  void headersOfOneRequest_areNotGivenToOthers() {
    Fill fill = fixture.lead(KEY);
    finish(
        fill,
        200,
        headers(
            "Content-Type", "application/json",
            "Content-Length", "0",
            "Content-Encoding", "gzip",
            "Vary", "Accept-Encoding",
            "Server-Timing", "total;dur=1",
            "Connection", "close"),
        MINUTE);

    assertThat(fixture.hit(KEY).response().headers().names()).containsExactly("content-type");
  }

  @Test
  void cacheSwitchedOff_sharesNothing() {
    CacheFixture off = new CacheFixture(new DataSize(0), DataSize.kib(16));
    Fill fill = off.lead(KEY);
    off.lead(KEY);
    append(fill, "body");

    assertThat(finish(fill, MINUTE)).isNull();
    assertThat(off.isStored(KEY)).isFalse();
    assertThat(off.events.all()).containsExactly("bypass OFF", "bypass OFF", "bypass OFF");
  }

  @Test
  void timeBeyondReason_isCapped() {
    fixture.fetch(KEY, "body", Duration.ofSeconds(Long.MAX_VALUE));

    fixture.ticks.advance(Duration.ofDays(364));
    assertThat(fixture.isStored(KEY)).isTrue();
    fixture.ticks.advance(Duration.ofDays(2));
    assertThat(fixture.isStored(KEY)).isFalse();
  }

  @Test
  void lateLinesInAFreshWindow_appearAfterTwoSeconds() {
    CachePolicy policy = new CachePolicy(CacheConfig.DEFAULT);
    var parameters = QueryParameters.of("query", "{a=\"b\"}", "end", Long.toString(Requests.NOW));
    Duration ttl =
        policy.ttl(
            Operation.LOKI_QUERY_RANGE,
            parameters,
            new AnswerFacts(200, true, false, 0),
            Requests.NOW);
    fixture.fetch(KEY, "without the late line", ttl);

    fixture.ticks.advance(Duration.ofSeconds(2));

    assertThat(fixture.isStored(KEY)).isFalse();
  }
}
