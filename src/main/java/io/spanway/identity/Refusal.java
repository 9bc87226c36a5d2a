// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import java.util.Locale;

/** Why a caller is not let in: a closed set, so that it can be a metric label. */
public enum Refusal {
  /** No credentials were sent. */
  MISSING(401, "this Spanway asks for credentials"),
  /** The client showed no certificate where it has to have one. */
  NO_CERTIFICATE(401, "this Spanway asks for a client certificate"),
  /** What was sent is not of the kind that is asked for. */
  MALFORMED(401, "the credentials are not of the kind that this Spanway asks for"),
  /** Name, password, token or signature is wrong, or no longer valid. */
  WRONG(401, "the credentials are not accepted"),
  /** They are right, but no rule lets their owner in. */
  UNMAPPED(403, "nobody has set what you may do here"),
  /** The token is right, but its claim names no tenant, or one that cannot be. */
  NO_TENANT(403, "the token names no tenant that can be asked for"),
  /** The token is right, but its claim names a tenant that its owner's rule leaves out. */
  FOREIGN_TENANT(403, "the token names a tenant that is not among yours"),
  /** The caller may not do this. */
  FORBIDDEN(403, "you may not do this"),
  /** Too many wrong ones came from the address. */
  BACK_OFF(429, "too many wrong credentials: try again later"),
  /** They cannot be checked now. */
  UNAVAILABLE(503, "credentials cannot be checked now: try again");

  private final int status;
  private final String message;

  Refusal(int status, String message) {
    this.status = status;
    this.message = message;
  }

  /** Returns the HTTP status. */
  public int status() {
    return status;
  }

  /** Returns what the client is told. */
  public String message() {
    return message;
  }

  /** Returns the name used as metric label, such as {@code back_off}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
