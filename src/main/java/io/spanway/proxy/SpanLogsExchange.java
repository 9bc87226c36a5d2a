// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.correlate.SpanLogs;
import io.spanway.http.ProxyError;
import io.spanway.plan.SpanLogsQuestion;
import io.spanway.plan.SpanLogsQuestion.Source;
import io.spanway.streams.StreamsAnswer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers a question for the logs of a span or of a trace: from the question to a correlated query
 * (by the trace, or by what the recognised query already says), and from its entries to the answer.
 */
final class SpanLogsExchange {
  private final SpanLogsResolver resolver;
  private final CorrelatedReads logs;
  private final EmptyReasons reasons;
  private final Annotations annotations;
  private final LinkVerification links;

  SpanLogsExchange(
      SpanLogsResolver resolver,
      CorrelatedReads logs,
      EmptyReasons reasons,
      Annotations annotations,
      LinkVerification links) {
    this.resolver = resolver;
    this.logs = logs;
    this.reasons = reasons;
    this.annotations = annotations;
    this.links = links;
  }

  /** Runs the exchange. */
  void run(Exchange exchange, SpanLogsQuestion question) {
    resolver.resolve(
        exchange,
        question.source(),
        (asked, doubt) -> ask(exchange, question, asked.likeOtherAttempts(), doubt));
  }

  private void ask(
      Exchange exchange, SpanLogsQuestion question, SpanLogs asked, @Nullable String doubt) {
    Asked source = Asked.of(question.source());
    logs.read(
        exchange,
        new CorrelatedReads.Question(
            asked, question.limit(), question.forward(), source.query(), source.whole()),
        new CorrelatedReads.Callback() {
          @Override
          public void found(CorrelatedReads.Found found) {
            if (found.answer().entries().isEmpty()) {
              exchange.inLoop(() -> reasons.find(exchange, asked, reason -> tell(found, reason)));
            } else {
              tell(found, null);
            }
          }

          private void tell(CorrelatedReads.Found found, @Nullable String reason) {
            List<String> all = new ArrayList<>();
            add(all, reason);
            add(all, question.note());
            add(all, doubt);
            all.addAll(found.notes());
            if (found.limitReached() && !source.grafana()) {
              all.add(
                  "the limit of " + question.limit() + " entries is reached: there may be more");
            }
            StreamsAnswer told = found.answer().withWarnings(all);
            StreamsAnswer annotated = question.annotate() ? annotations.annotate(told) : told;
            if (question.annotate() && question.source() instanceof Source.Script script) {
              links.verify(
                  exchange,
                  annotated,
                  script.ref().traceId(),
                  verified -> answer(exchange, question, asked, verified, found));
            } else {
              answer(exchange, question, asked, annotated, found);
            }
          }

          @Override
          public void refused(int status, String text) {
            SpanLogsResolver.refused(exchange, asked, status, text);
          }

          @Override
          public void failed(ProxyError error, String message, String why) {
            exchange.rewritten("failed");
            exchange.reject(error, message, why);
          }
        });
  }

  private static void answer(
      Exchange exchange,
      SpanLogsQuestion question,
      SpanLogs asked,
      StreamsAnswer annotated,
      CorrelatedReads.Found found) {
    HttpHeaders headers = headers(question, asked, annotated, found);
    byte[] body = write(question, annotated);
    exchange.inLoop(
        () -> {
          exchange.rewritten(annotated.entries().isEmpty() ? "empty" : "found");
          exchange.respond(200, headers, body);
        });
  }

  private static void add(List<String> to, @Nullable String text) {
    if (text != null) {
      to.add(text);
    }
  }

  /**
   * What the way of asking means for the answer.
   *
   * @param query whether it came as LogQL, so that the next questions are likely to be alike
   * @param grafana whether Grafana built it: its pages show by themselves that there is more
   * @param whole whether the window is the whole of it, not a page or a part that somebody chose
   */
  private record Asked(boolean query, boolean grafana, boolean whole) {
    static Asked of(Source source) {
      if (source instanceof Source.Query query) {
        return new Asked(true, !query.recognition().isMarker(), query.window().shiftable());
      }
      return new Asked(
          false,
          false,
          source instanceof Source.Script script && script.options().window() == null);
    }
  }

  private static HttpHeaders headers(
      SpanLogsQuestion question,
      SpanLogs asked,
      StreamsAnswer answer,
      CorrelatedReads.Found found) {
    String type =
        switch (question.format()) {
          case CATEGORISED, FOLDED -> Answers.JSON;
          case TEXT -> Answers.TEXT;
          case NDJSON -> Answers.NDJSON;
        };
    HttpHeaders headers = Answers.headers(type);
    headers.set(Answers.X_SPANWAY_QUERY, Texts.headerValue(found.query(), 1024));
    headers.set(Answers.X_SPANWAY_WINDOW, found.window().startNs() + "/" + found.window().endNs());
    headers.set(Answers.X_SPANWAY_FILTERS, filters(asked));
    if (found.fromCache()) {
      headers.set(HttpHeaderNames.AGE, found.ageSeconds());
    }
    if (question.format() == SpanLogsQuestion.Format.TEXT
        || question.format() == SpanLogsQuestion.Format.NDJSON) {
      // These bodies have no place for what a person should know.
      for (String warning : answer.warnings()) {
        headers.add(Answers.X_SPANWAY_WARNING, Texts.headerValue(warning, 512));
      }
    }
    return headers;
  }

  static String filters(SpanLogs asked) {
    if (asked.filteredByTrace()) {
      return asked.filteredBySpan() ? "trace, span" : "trace";
    }
    return asked.filteredBySpan() ? "span" : "none";
  }

  private static byte[] write(SpanLogsQuestion question, StreamsAnswer answer) {
    return switch (question.format()) {
      case CATEGORISED -> answer.writeCategorised();
      case FOLDED -> answer.writeFolded();
      case TEXT -> answer.writeLines();
      case NDJSON -> answer.writeNdjson();
    };
  }
}
