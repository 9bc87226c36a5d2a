// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import io.spanway.config.UiConfig;
import io.spanway.config.UiConfig.Access;
import io.spanway.http.Origin;
import io.spanway.http.RequestHead;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request may have the page or its data. The listener asks for no credentials, so three
 * things must not pass: strangers where only this machine is let in, foreign pages that make a
 * user's browser ask, and names that an attacker's DNS leads here (rebinding). Immutable.
 */
final class UiGuard {
  /** A header that no page of another origin can send without asking first, and none may. */
  static final String PAGE = "X-Spanway-Page";

  /** What a proxy says of whom it asks for; then the peer's address says nothing. */
  private static final List<String> FORWARDED =
      List.of("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via");

  private final UiConfig config;

  UiGuard(UiConfig config) {
    this.config = config;
  }

  boolean isOff() {
    return config.access() == Access.OFF;
  }

  /** Returns why a request for a file of the page is refused; null when it is not. */
  @Nullable String refusal(RequestHead head, SocketAddress peer) {
    if (config.access() == Access.LOCAL && !isLocal(head.headers(), peer)) {
      return "the page is for this machine only: use a tunnel such as kubectl port-forward,"
          + " or set admin.ui.access: all";
    }
    Origin host = host(head);
    if (host == null) {
      return "exactly one readable Host header is needed";
    }
    return isKnown(host.host())
        ? null
        : "admin.ui.hosts does not have the name by which this page was asked for";
  }

  /** Returns why a request for data is refused; null when it is not. */
  @Nullable String dataRefusal(RequestHead head, SocketAddress peer) {
    String refusal = refusal(head, peer);
    if (refusal != null) {
      return refusal;
    }
    String site = head.header("Sec-Fetch-Site");
    if (!head.hasHeader(PAGE) || (site != null && !site.equals("same-origin"))) {
      return "this is for the page at /ui/: scripts ask the data listener";
    }
    for (String value : head.headerValues("Origin")) {
      Origin origin = Origin.parse(value);
      if (origin == null || !origin.equals(host(head, origin.scheme()))) {
        return "this is for the page at /ui/, not for pages of other origins";
      }
    }
    return null;
  }

  private static boolean isLocal(HttpHeaders headers, SocketAddress peer) {
    return peer instanceof InetSocketAddress inet
        && inet.getAddress() != null
        && inet.getAddress().isLoopbackAddress()
        && FORWARDED.stream().noneMatch(headers::contains);
  }

  private boolean isKnown(String host) {
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || host.startsWith("[")
        || NetUtil.isValidIpV4Address(host)
        || config.hosts().contains(host);
  }

  private static @Nullable Origin host(RequestHead head) {
    return host(head, "http");
  }

  /** Reads the Host header as an origin; TLS may end before this listener. */
  private static @Nullable Origin host(RequestHead head, String scheme) {
    List<String> hosts = head.headerValues("Host");
    return hosts.size() == 1 ? Origin.parse(scheme + "://" + hosts.get(0).strip()) : null;
  }
}
