// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the header block of a request as RFC 9113 sections 8.2 and 8.3 have it. What passes holds
 * nothing that means something else when it is written as HTTP/1.1.
 */
final class Http2RequestReader {
  /** Names that belong to one HTTP/1.1 connection (section 8.2.2). */
  private static final Set<String> CONNECTION_SPECIFIC =
      Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");

  private static final String MARKS = "!#$%&'*+-.^_`|~";

  private final HttpHeaders headers =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
  private @Nullable String method;
  private @Nullable String scheme;
  private @Nullable String path;
  private @Nullable String authority;
  private @Nullable StringBuilder cookie;
  private boolean regular;

  private Http2RequestReader() {}

  /**
   * Reads a request's first header block.
   *
   * @throws MalformedRequestException when the stream has to be reset
   * @throws BadTargetException when the request can be told that its target is wrong
   */
  static RequestHead request(Http2Headers block)
      throws MalformedRequestException, BadTargetException {
    Http2RequestReader reader = new Http2RequestReader();
    reader.readAll(block);
    return reader.head();
  }

  /**
   * Reads a request's trailers.
   *
   * @throws MalformedRequestException when they may not be sent
   */
  static HttpHeaders trailers(Http2Headers block) throws MalformedRequestException {
    Http2RequestReader reader = new Http2RequestReader();
    // From here on every pseudo-header is one too many.
    reader.regular = true;
    reader.readAll(block);
    reader.addCookie();
    return reader.headers;
  }

  private void readAll(Http2Headers block) throws MalformedRequestException {
    for (Map.Entry<CharSequence, CharSequence> entry : block) {
      String name = entry.getKey().toString();
      String value = entry.getValue().toString();
      requireValue(value);
      if (name.startsWith(":")) {
        pseudo(name, value);
      } else {
        regular = true;
        requireName(name);
        regular(name, value);
      }
    }
  }

  private void pseudo(String name, String value) throws MalformedRequestException {
    if (regular) {
      throw new MalformedRequestException("a pseudo-header after others");
    }
    switch (name) {
      case ":method" -> method = once(method, value);
      case ":scheme" -> scheme = once(scheme, value);
      case ":path" -> path = once(path, value);
      case ":authority" -> authority = once(authority, value);
      default -> throw new MalformedRequestException("an unknown pseudo-header");
    }
  }

  private static String once(@Nullable String had, String value) throws MalformedRequestException {
    if (had != null || value.isEmpty()) {
      throw new MalformedRequestException("a pseudo-header that is empty or there twice");
    }
    return value;
  }

  private void regular(String name, String value) throws MalformedRequestException {
    if (CONNECTION_SPECIFIC.contains(name)) {
      throw new MalformedRequestException("a header of an HTTP/1.1 connection");
    }
    if (name.equals("te") && !value.equalsIgnoreCase("trailers")) {
      throw new MalformedRequestException("te other than trailers");
    }
    if (name.equals("content-length")) {
      requireLength(value);
    }
    if (name.equals("cookie")) {
      StringBuilder joined = cookie;
      if (joined == null) {
        cookie = new StringBuilder(value);
      } else {
        joined.append("; ").append(value);
      }
      return;
    }
    headers.add(name, value);
  }

  private void requireLength(String value) throws MalformedRequestException {
    boolean digits = !value.isEmpty() && value.length() <= 18;
    for (int i = 0; i < value.length() && digits; i++) {
      digits = value.charAt(i) >= '0' && value.charAt(i) <= '9';
    }
    if (!digits || headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
      throw new MalformedRequestException("a content-length that is no number or there twice");
    }
  }

  private RequestHead head() throws MalformedRequestException, BadTargetException {
    String verb = method;
    if (verb == null) {
      throw new MalformedRequestException("no :method");
    }
    for (int i = 0; i < verb.length(); i++) {
      if (!isToken(verb.charAt(i))) {
        throw new MalformedRequestException("a :method that is none");
      }
    }
    String target = path;
    if (verb.equals("CONNECT")) {
      if (scheme != null || target != null || authority == null) {
        throw new MalformedRequestException("CONNECT has :authority alone");
      }
      throw new BadTargetException("request target must start with /");
    }
    if (target == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new MalformedRequestException("no :path, or no :scheme of the web");
    }
    if (!target.startsWith("/") && !target.equals("*")) {
      throw new MalformedRequestException("a :path that does not start with /");
    }
    host();
    addCookie();
    return new RequestHead(verb, RequestTarget.parse(target), headers);
  }

  private void host() throws MalformedRequestException {
    String named = authority;
    var hosts = headers.getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1
        || (named == null && hosts.isEmpty())
        || (named != null && !hosts.isEmpty() && !hosts.get(0).equalsIgnoreCase(named))) {
      throw new MalformedRequestException("exactly one host is needed");
    }
    String host = named == null ? hosts.get(0) : named;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c <= ' ' || c >= 0x7f || "@/\\?#".indexOf(c) >= 0) {
        throw new MalformedRequestException("an :authority that is more than host and port");
      }
    }
    headers.set(HttpHeaderNames.HOST, host);
  }

  private void addCookie() {
    StringBuilder joined = cookie;
    if (joined != null) {
      headers.set(HttpHeaderNames.COOKIE, joined.toString());
    }
  }

  private static void requireName(String name) throws MalformedRequestException {
    boolean good = !name.isEmpty();
    for (int i = 0; i < name.length() && good; i++) {
      char c = name.charAt(i);
      good = isToken(c) && !(c >= 'A' && c <= 'Z');
    }
    if (!good) {
      throw new MalformedRequestException("a header name that may not be");
    }
  }

  private static boolean isToken(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || MARKS.indexOf(c) >= 0;
  }

  private static void requireValue(String value) throws MalformedRequestException {
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      boolean blank = c == ' ' || c == '\t';
      if ((c < ' ' && c != '\t') || c == 0x7f || (blank && (i == 0 || i == length - 1))) {
        throw new MalformedRequestException("a header value that may not be");
      }
    }
  }
}
