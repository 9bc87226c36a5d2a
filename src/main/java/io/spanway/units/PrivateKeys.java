// SPDX-License-Identifier: Apache-2.0
package io.spanway.units;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Private keys of certificates. */
public final class PrivateKeys {
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");
  private static final byte[] SAMPLE = {1, 2, 3};

  private PrivateKeys() {}

  /**
   * Returns the key that {@code pkcs8} is, null when it is none of RSA, EC or Ed25519. The encoding
   * says which one it is, but not before it is read.
   */
  public static @Nullable PrivateKey read(byte[] pkcs8) {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException e) {
        // Another one, or none at all.
      }
    }
    return null;
  }

  /** Says whether {@code certificate} is for {@code key}; the handshake would be too late. */
  public static boolean isOf(X509Certificate certificate, PrivateKey key) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(SAMPLE);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(SAMPLE);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      // Keys of different kinds.
      return false;
    }
  }
}
