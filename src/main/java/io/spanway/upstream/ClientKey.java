// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.units.PrivateKeys;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.util.Base64;

/** Reads the key of Spanway's own certificate. */
final class ClientKey {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

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
    PrivateKey key = PrivateKeys.read(der);
    if (key == null) {
      throw new InvalidKeyException("neither RSA nor EC nor Ed25519");
    }
    return key;
  }
}
