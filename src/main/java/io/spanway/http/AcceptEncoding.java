// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * What a client takes as {@code Content-Encoding} (RFC 9110 section 12.5.3), as far as a gateway
 * that writes gzip or nothing wants to know.
 *
 * @param gzip whether gzip may be sent; never true without the header, since clients that do not
 *     ask for it often cannot read it
 * @param identity whether an answer without coding may be sent
 */
public record AcceptEncoding(boolean gzip, boolean identity) {
  private static final AcceptEncoding NONE = new AcceptEncoding(false, true);

  /** Reads the header from a request. */
  public static AcceptEncoding of(HttpHeaders request) {
    if (!request.contains(HttpHeaderNames.ACCEPT_ENCODING)) {
      return NONE;
    }
    // Weights in thousandths; -1 where the client does not name the coding.
    int gzip = -1;
    int identity = -1;
    int any = -1;
    for (String line : request.getAll(HttpHeaderNames.ACCEPT_ENCODING)) {
      int from = 0;
      while (from < line.length()) {
        int comma = line.indexOf(',', from);
        int end = comma < 0 ? line.length() : comma;
        int semicolon = line.indexOf(';', from);
        int nameEnd = semicolon >= 0 && semicolon < end ? semicolon : end;
        String coding = line.substring(from, nameEnd).strip();
        int weight = nameEnd == end ? 1000 : weight(line.substring(nameEnd + 1, end));
        if (coding.equalsIgnoreCase("gzip") || coding.equalsIgnoreCase("x-gzip")) {
          gzip = Math.max(gzip, weight);
        } else if (coding.equalsIgnoreCase("identity")) {
          identity = Math.max(identity, weight);
        } else if (coding.equals("*")) {
          any = Math.max(any, weight);
        }
        from = end + 1;
      }
    }
    return new AcceptEncoding(
        gzip > 0 || (gzip < 0 && any > 0), identity != 0 && (identity > 0 || any != 0));
  }

  /** Reads {@code q=0.5} in thousandths; what cannot be read counts as a refusal. */
  private static int weight(String parameters) {
    for (int from = 0; from <= parameters.length(); ) {
      int semicolon = parameters.indexOf(';', from);
      int end = semicolon < 0 ? parameters.length() : semicolon;
      String parameter = parameters.substring(from, end).strip();
      int equals = parameter.indexOf('=');
      if (equals > 0 && parameter.substring(0, equals).strip().equalsIgnoreCase("q")) {
        return thousandths(parameter.substring(equals + 1).strip());
      }
      from = end + 1;
    }
    return 1000;
  }

  private static int thousandths(String value) {
    if (value.isEmpty() || value.length() > 5 || (value.length() > 1 && value.charAt(1) != '.')) {
      return 0;
    }
    int weight = 0;
    int unit = 1000;
    for (int i = 0; i < value.length(); i++) {
      if (i == 1) {
        continue;
      }
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return 0;
      }
      weight += (c - '0') * unit;
      unit /= 10;
    }
    return Math.min(weight, 1000);
  }
}
