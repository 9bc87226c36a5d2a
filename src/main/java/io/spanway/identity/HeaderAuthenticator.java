// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.spanway.http.RequestHead;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out who calls, from {@code Authorization}. Credentials that were right a moment ago are
 * recognised by a digest, at once; others cost CPU or a look at the network, and are looked at
 * where that holds up nobody. Files are read again when they change. Thread-safe.
 */
final class HeaderAuthenticator implements Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(HeaderAuthenticator.class);

  /** How many credentials are remembered. */
  private static final int KNOWN = 2_048;

  private static final Duration KNOWN_FOR = Duration.ofMinutes(5);

  /** Looks under way at a time: more would keep the workers from everything else. */
  private static final int MOST_CHECKS = 64;

  /** What holds while files have one content. */
  private record InForce(Credentials credentials, Cache<ByteBuffer, Proof.Of> known) {}

  private final IdentityConfig config;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final BackOff backOff;
  private final CallerRules rules;
  private final byte[] salt = new byte[32];
  private final AtomicLong lookAt;

  /** When the next request may be sent to look at the files. */
  private final AtomicLong sendAt;

  private final AtomicInteger checks = new AtomicInteger();
  private volatile InForce inForce;
  private volatile boolean broken;

  /**
   * Reads the files of {@code config}. Blocks.
   *
   * @throws IllegalArgumentException if a file cannot be used; the message names its key
   */
  HeaderAuthenticator(IdentityConfig config, InstantSource clock, LongSupplier nanos) {
    this.config = config;
    this.clock = clock;
    this.nanos = nanos;
    this.backOff = new BackOff(nanos);
    this.rules = new CallerRules(config);
    new SecureRandom().nextBytes(salt);
    this.lookAt = new AtomicLong(nanos.getAsLong() + config.auth().reloadInterval().toNanos());
    this.sendAt = new AtomicLong(lookAt.get());
    this.inForce = taken(Credentials.load(config.auth()));
  }

  @Override
  public String challenge() {
    String scheme = inForce.credentials().scheme();
    String realm = scheme + " realm=\"" + config.auth().realm() + "\"";
    return scheme.equals("Basic") ? realm + ", charset=\"UTF-8\"" : realm;
  }

  @Override
  public @Nullable Verdict recognize(
      RequestHead head, String address, @Nullable X509Certificate certificate) {
    return recognize(head, address);
  }

  private @Nullable Verdict recognize(RequestHead head, String address) {
    List<String> sent = head.headerValues("Authorization");
    if (sent.size() != 1) {
      return refused(sent.isEmpty() ? Refusal.MISSING : Refusal.MALFORMED);
    }
    if (isToLook()) {
      return null;
    }
    Proof.Of known = inForce.known().getIfPresent(digest(sent.get(0)));
    if (known != null && isValid(known)) {
      return rules.judge(head, known);
    }
    long held = backOff.heldSeconds(address);
    return held > 0 ? new Verdict.Refused(Refusal.BACK_OFF, held) : null;
  }

  @Override
  public Verdict verify(RequestHead head, String address, @Nullable X509Certificate certificate) {
    look();
    Verdict simple = recognize(head, address);
    if (simple != null) {
      return simple;
    }
    if (checks.incrementAndGet() > MOST_CHECKS) {
      checks.decrementAndGet();
      return refused(Refusal.UNAVAILABLE);
    }
    try {
      return check(head, address);
    } finally {
      checks.decrementAndGet();
    }
  }

  private Verdict check(RequestHead head, String address) {
    String sent = head.headerValues("Authorization").get(0);
    ByteBuffer key = digest(sent);
    // Held on to: what the files said before may not be remembered with what they say now.
    InForce force = inForce;
    Proof.Of past = force.known().getIfPresent(key);
    if (past != null && !isValid(past)) {
      force.known().invalidate(key);
    }
    AtomicReference<@Nullable Refusal> none = new AtomicReference<>();
    // Of many requests that come at once with the same credentials one does the work.
    Proof.Of proof =
        force
            .known()
            .get(
                key,
                k -> {
                  Proof made = force.credentials().prove(sent, clock.instant());
                  if (made instanceof Proof.None refused) {
                    none.set(refused.why());
                  }
                  return made instanceof Proof.Of of ? of : null;
                });
    if (proof != null) {
      return rules.judge(head, proof);
    }
    Refusal why = Objects.requireNonNullElse(none.get(), Refusal.WRONG);
    if (why == Refusal.WRONG || why == Refusal.MALFORMED) {
      backOff.failed(address);
    }
    return refused(why);
  }

  /**
   * Says whether a request is to go and look at the files. One of them does: if all went, a flood
   * of guesses before them would hold up those who are known too.
   */
  private boolean isToLook() {
    long now = nanos.getAsLong();
    long from = sendAt.get();
    return now - lookAt.get() >= 0
        && now - from >= 0
        && sendAt.compareAndSet(from, now + config.auth().reloadInterval().toNanos());
  }

  private static Verdict refused(Refusal why) {
    return new Verdict.Refused(why, 0);
  }

  private boolean isValid(Proof.Of known) {
    Instant until = known.until();
    return until == null || clock.instant().isBefore(until);
  }

  /** A secret goes in, so that what is remembered is of no use to who reads the memory. */
  private ByteBuffer digest(String authorization) {
    MessageDigest digest = Digests.sha256();
    digest.update(salt);
    return ByteBuffer.wrap(digest.digest(authorization.getBytes(StandardCharsets.UTF_8)));
  }

  /** Reads the files if it is time to; what cannot be used leaves the old in force. */
  private void look() {
    long due = lookAt.get();
    long now = nanos.getAsLong();
    long next = now + config.auth().reloadInterval().toNanos();
    if (now - due < 0 || !lookAt.compareAndSet(due, next)) {
      return;
    }
    try {
      Credentials read = Credentials.load(config.auth());
      if (!read.isAs(inForce.credentials())) {
        inForce = taken(read);
        LOG.info("new credentials of callers are in use");
      }
      broken = false;
    } catch (IllegalArgumentException e) {
      if (!broken) {
        LOG.warn("the credentials of callers in use stay: {}", e.getMessage());
      }
      broken = true;
    }
  }

  private InForce taken(Credentials credentials) {
    return new InForce(
        credentials,
        Caffeine.newBuilder()
            .maximumSize(KNOWN)
            .expireAfterWrite(KNOWN_FOR)
            .ticker(nanos::getAsLong)
            .executor(Runnable::run)
            .build());
  }
}
