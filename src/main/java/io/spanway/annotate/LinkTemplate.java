// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The link of a derived field: an address with the value in it, or Grafana's Explore with the value
 * in a query. What comes from a log is data: it is percent-encoded and can stand neither in the
 * scheme nor in the host, so that no log line decides where a link leads.
 */
final class LinkTemplate {
  private static final String UNRESERVED = "-._~";
  private static final String HEX = "0123456789ABCDEF";

  /**
   * The window around an entry goes from half an hour before the half hour in which the entry is to
   * half an hour behind it: lines of one trace mostly have the same link, so that a folded answer
   * is not split by the clock.
   */
  private static final long HALF_HOUR_MS = 30 * 60 * 1000L;

  private final List<Part> parts;
  private final @Nullable Explore explore;

  private LinkTemplate(List<Part> parts, @Nullable Explore explore) {
    this.parts = List.copyOf(parts);
    this.explore = explore;
  }

  /** What a link is put together from. */
  private sealed interface Part {
    record Text(String text) implements Part {}

    record Value(boolean encoded) implements Part {}

    record Label(String name) implements Part {}

    record Time(boolean end) implements Part {}
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

  /** Returns the link; null where the entry lacks a label or the time that the link is to have. */
  @Nullable String link(String value, EntryView entry) {
    var out = new StringBuilder(128);
    for (Part part : parts) {
      String data = null;
      if (part instanceof Part.Text text) {
        out.append(text.text());
        continue;
      } else if (part instanceof Part.Value raw) {
        data = raw.encoded() && explore != null ? percentEncoded(value) : value;
      } else if (part instanceof Part.Label label) {
        data = entry.label(label.name());
      } else if (part instanceof Part.Time time && entry.timestampNs() != EntryView.NO_TIME) {
        data = Long.toString(time.end() ? to(entry.timestampNs()) : from(entry.timestampNs()));
      }
      if (data == null || data.isEmpty()) {
        return null;
      }
      if (explore == null) {
        percentEncode(data, out);
      } else {
        out.append(data);
      }
    }
    return explore == null ? out.toString() : explore.link(out.toString(), entry.timestampNs());
  }

  private static long from(long timestampNs) {
    long ms = Math.floorDiv(timestampNs, 1_000_000L);
    return Math.floorDiv(ms, HALF_HOUR_MS) * HALF_HOUR_MS - HALF_HOUR_MS;
  }

  private static long to(long timestampNs) {
    return from(timestampNs) + 3 * HALF_HOUR_MS;
  }

  private static List<Part> split(String template) {
    var parts = new ArrayList<Part>();
    int from = 0;
    for (int at = template.indexOf("${"); at >= 0; at = template.indexOf("${", from)) {
      int close = template.indexOf('}', at);
      String name = close < 0 ? template.substring(at) : template.substring(at + 2, close);
      // Provisioning files double the dollar so that Grafana does not expand it.
      int textEnd = at > from && template.charAt(at - 1) == '$' ? at - 1 : at;
      parts.add(new Part.Text(template.substring(from, textEnd)));
      parts.add(variable(name));
      from = close + 1;
    }
    parts.add(new Part.Text(template.substring(from)));
    return parts;
  }

  private static Part variable(String text) {
    int format = text.indexOf(':');
    String name = format < 0 ? text : text.substring(0, format);
    return switch (name) {
      case "__value.raw", "__value.text" -> new Part.Value(false);
      case "__value.url" -> new Part.Value(true);
      case "__time.from" -> new Part.Time(false);
      case "__time.to" -> new Part.Time(true);
      default -> {
        if (!name.startsWith("__labels.") || name.equals("__labels.")) {
          throw new IllegalArgumentException(
              "has the variable "
                  + text
                  + " (expected: ${__value.raw}, ${__value.url}, ${__labels.NAME}, ${__time.from}"
                  + " or ${__time.to})");
        }
        yield new Part.Label(name.substring("__labels.".length()));
      }
    };
  }

  private static String percentEncoded(String value) {
    var out = new StringBuilder(value.length() + 16);
    percentEncode(value, out);
    return out.toString();
  }

  private static void percentEncode(String value, StringBuilder out) {
    int plain = 0;
    while (plain < value.length() && isPlain(value.charAt(plain))) {
      plain++;
    }
    out.append(value, 0, plain);
    if (plain == value.length()) {
      return;
    }
    for (byte b : value.substring(plain).getBytes(UTF_8)) {
      if (b > 0 && isPlain((char) b)) {
        out.append((char) b);
      } else {
        out.append('%').append(HEX.charAt((b >> 4) & 0xf)).append(HEX.charAt(b & 0xf));
      }
    }
  }

  private static boolean isPlain(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || UNRESERVED.indexOf(c) >= 0;
  }

  /** Grafana's Explore with one query, as its address bar has it since version 10. */
  private record Explore(String grafanaUrl, String datasourceUid) {
    String link(String query, long timestampNs) {
      var uid = new StringBuilder();
      JsonStrings.quote(datasourceUid, uid);
      var panes = new StringBuilder("{\"spanway\":{\"datasource\":").append(uid);
      panes.append(",\"queries\":[{\"refId\":\"A\",\"datasource\":{\"type\":\"tempo\",\"uid\":");
      panes.append(uid).append("},\"queryType\":\"traceql\",\"query\":");
      JsonStrings.quote(query, panes);
      panes.append("}],\"range\":{\"from\":\"");
      if (timestampNs == EntryView.NO_TIME) {
        panes.append("now-1h\",\"to\":\"now");
      } else {
        panes.append(from(timestampNs)).append("\",\"to\":\"").append(to(timestampNs));
      }
      panes.append("\"}}}");
      return grafanaUrl + "/explore?schemaVersion=1&panes=" + percentEncoded(panes.toString());
    }
  }
}
