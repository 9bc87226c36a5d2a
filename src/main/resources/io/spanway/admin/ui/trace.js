// SPDX-License-Identifier: Apache-2.0
// A trace as a tree of spans, from the gateway's answer. Times are nanoseconds from its start.

export const COLOURS = 10;

/** Makes the tree. Spans without a parent in the trace are roots; circles are cut open. */
export function build(story) {
  const spans = story.spans.map((s, index) => ({
    index,
    id: s.spanId,
    parentId: s.parentSpanId ?? null,
    service: s.service ?? '',
    name: s.name,
    kind: s.kind,
    startNs: BigInt(s.start),
    endNs: BigInt(s.end),
    count: s.count,
    lines: s.lines,
    children: [],
    depth: 0,
  }));
  const byId = new Map();
  for (const span of spans) if (!byId.has(span.id)) byId.set(span.id, span);
  const roots = [];
  for (const span of spans) {
    const parent = span.parentId === null ? undefined : byId.get(span.parentId);
    if (parent === undefined || parent === span) roots.push(span);
    else { span.parent = parent; parent.children.push(span); }
  }
  const ordered = [];
  const seen = new Set();
  const walk = (root) => {
    const stack = [root];
    while (stack.length > 0) {
      const span = stack.pop();
      if (seen.has(span)) continue;
      seen.add(span);
      span.depth = span.parent !== undefined && seen.has(span.parent) ? span.parent.depth + 1 : 0;
      ordered.push(span);
      for (let i = span.children.length - 1; i >= 0; i--) stack.push(span.children[i]);
    }
  };
  roots.forEach(walk);
  for (const span of spans) {
    if (!seen.has(span)) {
      if (span.parent !== undefined) span.parent.children = span.parent.children.filter((c) => c !== span);
      span.parent = undefined;
      roots.push(span);
      walk(span);
    }
  }
  let start = spans.length > 0 ? spans[0].startNs : 0n;
  let end = start;
  for (const span of spans) {
    if (span.startNs < start) start = span.startNs;
    if (span.endNs > end) end = span.endNs;
  }
  const services = new Map();
  for (const span of spans) {
    span.from = Number(span.startNs - start);
    span.took = Math.max(0, Number(span.endNs - span.startNs));
    if (!services.has(span.service)) services.set(span.service, services.size % COLOURS);
    span.colour = services.get(span.service);
  }
  return {
    id: story.traceId, story, spans, roots, ordered, byId, services,
    startNs: start, length: Math.max(1, Number(end - start)),
  };
}

/** Returns the spans to show, in order; with a filter, those that match, without the tree. */
export function rows(trace, folded, filter) {
  const words = filter.text.toLowerCase().split(/\s+/).filter((w) => w !== '');
  if (words.length > 0 || filter.withLines) {
    return trace.ordered.filter((span) => {
      if (filter.withLines && span.count === 0) return false;
      const text = `${span.service} ${span.name} ${span.id} ${span.kind}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }
  const shown = [];
  let under = Infinity;
  for (const span of trace.ordered) {
    if (span.depth > under) continue;
    under = folded.has(span) ? span.depth : Infinity;
    shown.push(span);
  }
  return shown;
}

/** Returns all lines of the trace, the oldest first, each with its span if it has one. */
export function allLines(trace) {
  const all = [];
  for (const span of trace.spans) for (const line of span.lines) all.push({ ...line, span });
  for (const line of trace.story.withoutSpan.lines) all.push({ ...line, span: null });
  const keyed = all.map((line) => [BigInt(line.timestamp), line]);
  keyed.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  return keyed.map(([, line]) => line);
}
