// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.model.TenantId;
import io.spanway.route.Operation;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What makes two requests the same: a SHA-256 over everything that decides the answer. Operation
 * and tenant are part of the digest; they are kept beside it for counting and purging.
 */
public final class CacheKey {
  private static final int LENGTH = 32;

  private final long a;
  private final long b;
  private final long c;
  private final long d;
  private final Operation operation;
  private final @Nullable TenantId tenant;

  CacheKey(byte[] sha256, Operation operation, @Nullable TenantId tenant) {
    if (sha256.length != LENGTH) {
      throw new IllegalArgumentException(
          "sha256: " + sha256.length + " bytes (expected: " + LENGTH + ")");
    }
    ByteBuffer words = ByteBuffer.wrap(sha256);
    this.a = words.getLong();
    this.b = words.getLong();
    this.c = words.getLong();
    this.d = words.getLong();
    this.operation = operation;
    this.tenant = tenant;
  }

  /** Returns what was asked for. */
  public Operation operation() {
    return operation;
  }

  /** Returns whose answer it is; null for callers that name no tenant. */
  public @Nullable TenantId tenant() {
    return tenant;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CacheKey that
        && a == that.a
        && b == that.b
        && c == that.c
        && d == that.d;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(a);
  }

  /** Returns the digest in hex: nothing of the request can be read from it. */
  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
  }
}
