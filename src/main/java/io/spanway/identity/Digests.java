// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.netty.util.concurrent.FastThreadLocal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 (FIPS 180-4). */
public final class Digests {
  /** One a thread: looking for the algorithm costs as much as hashing a key does. */
  private static final FastThreadLocal<MessageDigest> SHA256 =
      new FastThreadLocal<>() {
        @Override
        protected MessageDigest initialValue() throws NoSuchAlgorithmException {
          return MessageDigest.getInstance("SHA-256");
        }
      };

  private Digests() {}

  /** Returns this thread's digest, empty: to be finished before anybody else asks for it. */
  static MessageDigest sha256() {
    MessageDigest digest = SHA256.get();
    digest.reset();
    return digest;
  }

  static byte[] sha256(byte[] bytes) {
    return sha256(bytes, bytes.length);
  }

  /** Returns the hash of the first {@code length} bytes, a fresh array. */
  public static byte[] sha256(byte[] bytes, int length) {
    MessageDigest digest = sha256();
    digest.update(bytes, 0, length);
    return digest.digest();
  }
}
