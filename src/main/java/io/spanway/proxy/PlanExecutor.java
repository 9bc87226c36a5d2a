// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.annotate.AnnotateListener;
import io.spanway.annotate.DerivedFieldSet;
import io.spanway.annotate.TailFrames;
import io.spanway.body.BodySource;
import io.spanway.cache.CachePolicy;
import io.spanway.cache.ResponseCache;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.LinkTags;
import io.spanway.http.QueryParameters;
import io.spanway.http.Via;
import io.spanway.plan.RequestPlan;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.Executor;

/** Carries out plans. Thread-safe. */
public final class PlanExecutor {
  /**
   * What carrying out needs.
   *
   * @param upstreams where requests go
   * @param cache where answers are kept
   * @param policy which are, and for how long
   * @param correlator leads from spans to queries
   * @param fields the derived fields
   * @param annotateListener learns what they found
   * @param linkTags which tags Grafana needs on traces
   * @param enrichTraces how they are put on
   * @param identityHeaders lower-case names of headers that say who asks
   * @param via this Spanway's mark on requests
   * @param worker runs what would hold up an event loop
   * @param maxTrace bytes of the largest trace that is fetched for its attributes
   * @param maxLogs bytes of the largest log answer that is held to be merged
   * @param tail who may tail, and what it may cost
   * @param clock the time
   */
  public record Parts(
      Upstreams upstreams,
      ResponseCache cache,
      CachePolicy policy,
      Correlator correlator,
      DerivedFieldSet fields,
      AnnotateListener annotateListener,
      LinkTags linkTags,
      EnrichTracesConfig enrichTraces,
      Set<String> identityHeaders,
      Via via,
      Executor worker,
      long maxTrace,
      long maxLogs,
      TailConfig tail,
      InstantSource clock) {}

  private final ResponseCache cache;
  private final RelayExchange relays;
  private final CachedExchange cached;
  private final SpanLogsExchange spanLogs;
  private final GrpcExchange grpc;
  private final ExplainExchange explanations;
  private final TraceLogsExchange traceLogs;
  private final RewrittenExchange rewritten;
  private final SelectorExchange selectors;
  private final VirtualExchange virtual;
  private final TailExchange tails;

  /** Creates an executor. */
  public PlanExecutor(Parts parts) {
    this.cache = parts.cache();
    OutboundHeaders outbound = new OutboundHeaders(parts.via(), parts.identityHeaders());
    Annotations annotations = new Annotations(parts.fields(), parts.annotateListener());
    AnswerChanges changes =
        new AnswerChanges(
            annotations,
            new TraceEnrichment(
                parts.linkTags(), parts.enrichTraces().maxBuffered().bytes(), parts.worker()));
    CachedReads reads =
        new CachedReads(
            parts.upstreams(),
            parts.cache(),
            parts.policy(),
            new AnswerInspection(parts.policy()),
            parts.worker(),
            parts.clock());
    this.relays = new RelayExchange(parts.upstreams(), parts.cache(), outbound, changes);
    this.grpc = new GrpcExchange(parts.upstreams(), outbound);
    this.cached = new CachedExchange(reads, outbound, changes, parts.worker());
    LabelLookup labels = new LabelLookup(reads, outbound);
    TraceLookup traces = new TraceLookup(reads, outbound, parts.worker(), parts.maxTrace());
    SpanLogsResolver resolver = new SpanLogsResolver(parts.correlator(), traces, labels);
    EmptyReasons reasons = new EmptyReasons(reads, outbound);
    CorrelatedReads logs =
        new CorrelatedReads(reads, outbound, parts.worker(), parts.maxLogs(), System::nanoTime);
    this.spanLogs =
        new SpanLogsExchange(
            resolver,
            logs,
            reasons,
            annotations,
            new LinkVerification(traces, annotations, parts.worker()));
    this.virtual = new VirtualExchange(reads, labels, cached, outbound, parts.clock());
    this.explanations = new ExplainExchange(parts.correlator(), resolver, traces, labels, virtual);
    this.traceLogs =
        new TraceLogsExchange(parts.correlator(), resolver, traces, logs, reasons, parts.worker());
    this.rewritten = new RewrittenExchange(resolver, logs, cached, outbound);
    this.selectors =
        new SelectorExchange(parts.correlator(), labels, cached, outbound, parts.clock());
    this.tails =
        new TailExchange(
            parts.upstreams(),
            outbound,
            parts.fields().isEmpty()
                ? null
                : new TailFrames(parts.fields(), parts.annotateListener()),
            parts.tail());
  }

  /**
   * Carries out a plan.
   *
   * @param form the form that was read for its parameters, empty for none
   * @param body the request's body, whether it was read or not; taken
   */
  void execute(
      Exchange exchange,
      RequestPlan plan,
      QueryParameters parameters,
      byte[] form,
      BodySource body) {
    if (plan instanceof RequestPlan.Relay relay) {
      noteUnparsed(exchange, relay.unparsed());
      exchange.cache(relay.bypass().headerText());
      cache.bypass(exchange.operation(), relay.bypass());
      relays.run(exchange, body, relay.annotate());
      return;
    }
    if (plan instanceof RequestPlan.GrpcCall call) {
      grpc.run(exchange, call.timeout(), body);
      return;
    }
    body.cancel();
    if (plan instanceof RequestPlan.CachedRead read) {
      noteUnparsed(exchange, read.unparsed());
      cached.run(exchange, parameters, form, read.annotate());
    } else if (plan instanceof RequestPlan.SpanLogsRead read) {
      spanLogs.run(exchange, read.question());
    } else if (plan instanceof RequestPlan.RewrittenRead read) {
      rewritten.run(exchange, read, parameters);
    } else if (plan instanceof RequestPlan.SelectorRead) {
      selectors.run(exchange, parameters, form);
    } else if (plan instanceof RequestPlan.VirtualRead read) {
      virtual.run(exchange, read, parameters, form);
    } else if (plan instanceof RequestPlan.Explain explain) {
      explanations.run(exchange, explain, parameters);
    } else if (plan instanceof RequestPlan.TraceLogsRead read) {
      traceLogs.run(exchange, read.question());
    } else if (plan instanceof RequestPlan.LocalReply reply) {
      exchange.respond(200, Answers.headers(Answers.JSON), Documents.read(reply.document()));
    } else if (plan instanceof RequestPlan.Tunnel) {
      tails.run(exchange);
    } else if (plan instanceof RequestPlan.WrongMethod wrong) {
      exchange.wrongMethod(wrong.allowed());
    } else if (plan instanceof RequestPlan.Reject reject) {
      exchange.reject(reject.error(), reject.message(), reject.message());
    }
  }

  private static void noteUnparsed(Exchange exchange, boolean unparsed) {
    if (unparsed) {
      exchange.listener().rewrite("none", "unparsed");
    }
  }
}
