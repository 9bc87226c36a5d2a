// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Users and bcrypt hashes of their passwords, as {@code htpasswd -B} writes them. */
final class Passwords extends Credentials {
  /** Bytes of a password that bcrypt tells from longer ones, which are no user's. */
  private static final int MAX_PASSWORD = 71;

  /** A hash beyond this takes seconds to compare with. */
  private static final int MAX_COST = 15;

  private static final int HASH_LENGTH = 60;

  private static final int MIN_COST = 4;

  /** Compares a password with a hash, in a time that the hash's cost says. */
  @FunctionalInterface
  interface Comparison {
    boolean isOf(byte[] password, byte[] hash);
  }

  private final Map<String, byte[]> hashes;
  private final Comparison comparison;

  /**
   * Nobody's hashes by their cost, from the least on. Compared with where there is no such user, or
   * one whose hash costs less than another's, so that the time does not tell.
   */
  private final byte[][] nobody;

  private Passwords(
      String content, Map<String, byte[]> hashes, int mostCost, Comparison comparison) {
    super(content);
    this.hashes = hashes;
    this.comparison = comparison;
    this.nobody = new byte[mostCost - MIN_COST + 1][];
    for (int i = 0; i < nobody.length; i++) {
      nobody[i] = BCrypt.withDefaults().hash(MIN_COST + i, new byte[] {'-'});
    }
  }

  /**
   * Reads the lines of a file.
   *
   * @throws IllegalArgumentException if a line is not a user and a bcrypt hash, or none is there
   */
  static Passwords parse(String content) {
    return parse(content, (password, hash) -> BCrypt.verifyer().verify(password, hash).verified);
  }

  static Passwords parse(String content, Comparison comparison) {
    Map<String, byte[]> hashes = new HashMap<>();
    int most = MIN_COST;
    List<String> lines = content.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      int cost = colon < 1 ? -1 : cost(line.substring(colon + 1));
      if (cost < 0) {
        throw new IllegalArgumentException(
            "file: has no bcrypt hash in line "
                + (i + 1)
                + " (expected: user:$2y$…, as htpasswd -B writes it, with a cost of 4 to 15)");
      }
      most = Math.max(most, cost);
      byte[] hash = line.substring(colon + 1).getBytes(StandardCharsets.ISO_8859_1);
      if (hashes.put(line.substring(0, colon), hash) != null) {
        throw new IllegalArgumentException("file: has the user of line " + (i + 1) + " twice");
      }
    }
    if (hashes.isEmpty()) {
      throw new IllegalArgumentException("file: has no user (expected: lines user:$2y$…)");
    }
    return new Passwords(content, hashes, most, comparison);
  }

  /** Returns the cost of a bcrypt hash, -1 if {@code hash} is none that is used here. */
  private static int cost(String hash) {
    boolean known =
        hash.length() == HASH_LENGTH
            && (hash.startsWith("$2y$") || hash.startsWith("$2b$") || hash.startsWith("$2a$"))
            && hash.charAt(6) == '$'
            && hash.substring(7).chars().allMatch(Passwords::isOfBcrypt);
    int tens = known ? hash.charAt(4) - '0' : -1;
    int ones = known ? hash.charAt(5) - '0' : -1;
    int cost = tens * 10 + ones;
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 && cost >= MIN_COST && cost <= MAX_COST
        ? cost
        : -1;
  }

  private static boolean isOfBcrypt(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '.' && c <= '9');
  }

  @Override
  String scheme() {
    return "Basic";
  }

  @Override
  Proof check(String value, Instant now) {
    byte[] pair;
    try {
      pair = Base64.getDecoder().decode(value);
    } catch (IllegalArgumentException e) {
      return new Proof.None(Refusal.MALFORMED);
    }
    int colon = 0;
    while (colon < pair.length && pair[colon] != ':') {
      colon++;
    }
    if (colon == pair.length) {
      return new Proof.None(Refusal.MALFORMED);
    }
    String user = new String(pair, 0, colon, StandardCharsets.UTF_8);
    byte[] password = Arrays.copyOfRange(pair, colon + 1, pair.length);
    boolean usable = password.length <= MAX_PASSWORD && !hasZero(password);
    byte[] hash = hashes.get(user);
    byte[] tried = usable ? password : new byte[] {'-'};
    byte[] last = nobody[nobody.length - 1];
    boolean right = comparison.isOf(tried, hash == null ? last : hash);
    if (hash != null) {
      // Each cost is twice the one before: with these, any user's takes as long as the dearest.
      int cost = (hash[4] - '0') * 10 + hash[5] - '0';
      for (int i = cost - MIN_COST; i < nobody.length - 1; i++) {
        comparison.isOf(tried, nobody[i]);
      }
    }
    return right && usable && hash != null
        ? new Proof.Of(user, null)
        : new Proof.None(Refusal.WRONG);
  }

  /** Where bcrypt is written in C, a password ends there. */
  private static boolean hasZero(byte[] password) {
    for (byte b : password) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }
}
