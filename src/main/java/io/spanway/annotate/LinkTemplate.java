// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The link of a derived field: an address with the value in it, or Grafana's Explore with the value
 * in a query. The value is data: it is percent-encoded and can stand neither in the scheme nor in
 * the host, so that no log line decides where a link leads.
 */
final class LinkTemplate {
  private static final String UNRESERVED = "-._~";
  private static final String HEX = "0123456789ABCDEF";

  /** The text between the places of the value; one more than there are places. */
  private final List<String> parts;

  private final @Nullable Explore explore;

  private LinkTemplate(List<String> parts, @Nullable Explore explore) {
    this.parts = List.copyOf(parts);
    this.explore = explore;
  }

  /**
   * Makes the template of an address.
   *
   * @throws IllegalArgumentException with the reason why {@code url} is none
   */
  static LinkTemplate external(String url) {
    requireHttp(url);
    int host = url.indexOf("://") + 3;
    int hostEnd = host;
    while (hostEnd < url.length() && "/?#".indexOf(url.charAt(hostEnd)) < 0) {
      hostEnd++;
    }
    String authority = url.substring(host, hostEnd);
    if (authority.isEmpty() || authority.contains("${")) {
      throw new IllegalArgumentException(
          "was " + url + " (expected: a host that does not depend on the log line)");
    }
    return new LinkTemplate(split(url), null);
  }

  /**
   * Makes the template of a link to Explore.
   *
   * @param query the text of the query for the data source
   * @throws IllegalArgumentException with the reason why {@code query} cannot be filled in
   */
  static LinkTemplate explore(String grafanaUrl, String datasourceUid, String query) {
    return new LinkTemplate(split(query), new Explore(grafanaUrl, datasourceUid));
  }

  /** Checks that an address begins with {@code http://} or {@code https://}. */
  static void requireHttp(String url) {
    String lower = url.toLowerCase(Locale.ROOT);
    if (!lower.startsWith("http://") && !lower.startsWith("https://")) {
      throw new IllegalArgumentException(
          "was " + url + " (expected: an address with http:// or https://)");
    }
  }

  String link(String value) {
    if (explore == null) {
      return String.join(percentEncoded(value), parts);
    }
    return explore.link(String.join(value, parts));
  }

  private static List<String> split(String template) {
    var parts = new ArrayList<String>();
    int from = 0;
    for (int at = template.indexOf("${"); at >= 0; at = template.indexOf("${", from)) {
      int close = template.indexOf('}', at);
      String name = close < 0 ? template.substring(at) : template.substring(at + 2, close);
      int format = name.indexOf(':');
      String variable = format < 0 ? name : name.substring(0, format);
      if (!variable.equals("__value.raw") && !variable.equals("__value.text")) {
        throw new IllegalArgumentException(
            "has the variable " + name + " (expected: ${__value.raw} and no other)");
      }
      // Provisioning files double the dollar so that Grafana does not expand it.
      int textEnd = at > from && template.charAt(at - 1) == '$' ? at - 1 : at;
      parts.add(template.substring(from, textEnd));
      from = close + 1;
    }
    parts.add(template.substring(from));
    return parts;
  }

  private static String percentEncoded(String value) {
    var out = new StringBuilder(value.length() + 16);
    for (byte b : value.getBytes(UTF_8)) {
      boolean plain =
          (b >= '0' && b <= '9')
              || (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b > 0 && UNRESERVED.indexOf(b) >= 0);
      if (plain) {
        out.append((char) b);
      } else {
        out.append('%').append(HEX.charAt((b >> 4) & 0xf)).append(HEX.charAt(b & 0xf));
      }
    }
    return out.toString();
  }

  /** Grafana's Explore with one query, as its address bar has it since version 10. */
  private record Explore(String grafanaUrl, String datasourceUid) {
    String link(String query) {
      var uid = new StringBuilder();
      JsonStrings.quote(datasourceUid, uid);
      var panes = new StringBuilder("{\"spanway\":{\"datasource\":").append(uid);
      panes.append(",\"queries\":[{\"refId\":\"A\",\"datasource\":{\"type\":\"tempo\",\"uid\":");
      panes.append(uid).append("},\"queryType\":\"traceql\",\"query\":");
      JsonStrings.quote(query, panes);
      panes.append("}],\"range\":{\"from\":\"now-1h\",\"to\":\"now\"}}}");
      return grafanaUrl + "/explore?schemaVersion=1&panes=" + percentEncoded(panes.toString());
    }
  }
}
