// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway tells an upstream about the client's side of the connection: {@code
 * X-Forwarded-For} (appended to), {@code X-Forwarded-Proto} and {@code X-Forwarded-Host} (unless
 * the client, itself a proxy, set them), {@code Forwarded} (RFC 7239, only where the client sent
 * one). Immutable; made once a connection.
 */
public final class Forwarded {
  private static final AsciiString X_FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
  private static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");
  private static final AsciiString X_FORWARDED_HOST = AsciiString.cached("x-forwarded-host");
  private static final AsciiString FORWARDED = AsciiString.cached("forwarded");

  private final @Nullable String address;
  private final String node;
  private final String proto;

  private Forwarded(@Nullable String address, String node, String proto) {
    this.address = address;
    this.node = node;
    this.proto = proto;
  }

  /**
   * Returns what is to be said of a connection.
   *
   * @param client the client's address; one that is not an IP address is called {@code unknown}
   * @param secure whether the connection is encrypted
   */
  public static Forwarded of(SocketAddress client, boolean secure) {
    String proto = secure ? "https" : "http";
    if (!(client instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return new Forwarded(null, "unknown", proto);
    }
    InetAddress ip = inet.getAddress();
    String text = ip.getHostAddress();
    // The zone of a link-local address (fe80::1%eth0) means something on this host only.
    int zone = text.indexOf('%');
    String address = zone < 0 ? text : text.substring(0, zone);
    boolean v6 = address.indexOf(':') >= 0;
    return new Forwarded(address, v6 ? "\"[" + address + "]\"" : address, proto);
  }

  /** Returns the client's address as text; {@code unknown} if it is not an IP address. */
  public String client() {
    return address == null ? node : address;
  }

  /**
   * Adds this hop to the headers of a request to an upstream.
   *
   * @param outbound the request's headers, copied from the client's
   * @param host the authority that the client asked for, null when it named none
   */
  public void addTo(HttpHeaders outbound, @Nullable String host) {
    if (address != null) {
      append(outbound, X_FORWARDED_FOR, address);
    }
    if (!outbound.contains(X_FORWARDED_PROTO)) {
      outbound.set(X_FORWARDED_PROTO, proto);
    }
    if (host != null && !outbound.contains(X_FORWARDED_HOST)) {
      outbound.set(X_FORWARDED_HOST, host);
    }
    if (outbound.contains(FORWARDED)) {
      StringBuilder element =
          new StringBuilder("for=").append(node).append(";proto=").append(proto);
      if (host != null) {
        element.append(";host=");
        quote(host, element);
      }
      append(outbound, FORWARDED, element.toString());
    }
  }

  /** Joins lines into one: many readers look at the first line only. */
  private static void append(HttpHeaders headers, AsciiString name, String element) {
    String first = headers.get(name);
    if (first == null) {
      headers.set(name, element);
      return;
    }
    StringBuilder joined = new StringBuilder();
    for (String line : headers.getAll(name)) {
      if (!line.isBlank()) {
        joined.append(line.strip()).append(", ");
      }
    }
    headers.set(name, joined.append(element).toString());
  }

  /** Appends {@code text} as an RFC 9110 token or, where it is none, as a quoted string. */
  private static void quote(String text, StringBuilder to) {
    boolean token = !text.isEmpty();
    for (int i = 0; i < text.length() && token; i++) {
      token = isTokenCharacter(text.charAt(i));
    }
    if (token) {
      to.append(text);
      return;
    }
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        to.append('\\');
      }
      to.append(c);
    }
    to.append('"');
  }

  private static boolean isTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }
}
