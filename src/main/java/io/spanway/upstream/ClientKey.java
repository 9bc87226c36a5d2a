// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the key of Spanway's own certificate, and tells whether it is that. */
final class ClientKey {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
  private static final byte[] SAMPLE = {1, 2, 3};

  private ClientKey() {}

  /**
   * Returns the key in {@code pem}.
   *
   * @throws GeneralSecurityException if there is none that can be read
   */
  static PrivateKey read(byte[] pem) throws GeneralSecurityException {
    String text = new String(pem, StandardCharsets.ISO_8859_1);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END, Math.max(begin, 0));
    if (begin < 0 || end < 0) {
      throw new InvalidKeyException("no PKCS#8");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyException("not base64", e);
    }
    // The encoding says which one it is, but not before it is read.
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      PrivateKey key = read(algorithm, der);
      if (key != null) {
        return key;
      }
    }
    throw new InvalidKeyException("neither RSA nor EC nor Ed25519");
  }

  private static @Nullable PrivateKey read(String algorithm, byte[] der) {
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (GeneralSecurityException e) {
      return null;
    }
  }

  /** Says whether {@code certificate} is for {@code key}; the handshake would be too late. */
  static boolean isOf(X509Certificate certificate, PrivateKey key) {
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
