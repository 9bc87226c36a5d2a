// SPDX-License-Identifier: Apache-2.0
// The query that was sent, and why: what the gateway's explain says.

import { $, el, copyButton, count, moment, table } from './dom.js';
import { get } from './api.js';

let running = null;

function query(text) {
  return el('div', { class: 'query' }, el('pre', { tabindex: '0', 'aria-label': 'LogQL' }, el('code', {}, text)), copyButton(text, 'query'));
}

function state(good, text) {
  return el('span', { class: `state ${good === null ? 'unknown' : good ? 'good' : 'bad'}` }, text);
}

function tags(told) {
  const all = [...told.tags.found.map((t) => [t, true]), ...told.tags.missing.map((t) => [t, false])];
  if (all.length === 0) return null;
  return table(`Configured tags on ${count(told.tags.spans, 'span')}`, ['Tag', 'Label', 'On the span', 'Values'], all.map(([tag, found]) =>
    el('tr', {},
      el('th', { scope: 'row' }, tag.key),
      el('td', {}, tag.label, tag.in ? el('small', {}, ` ${tag.in}`) : null),
      el('td', {}, state(found, found ? 'yes' : tag.spans ? `${tag.spans} of ${told.tags.spans}` : 'no')),
      el('td', {}, (tag.values ?? []).join(', ')))));
}

function labels(told) {
  if (told.labels.length === 0) return null;
  return table('Labels in Loki', ['Label', 'In the query', 'In Loki', 'Nearest'], told.labels.map((label) =>
    el('tr', {},
      el('th', { scope: 'row' }, label.label),
      el('td', {}, label.used ? 'yes' : 'no'),
      el('td', {}, state(label.inLoki ?? null, label.inLoki === undefined ? 'not known' : label.inLoki ? 'yes' : 'no')),
      el('td', {}, label.nearest ?? ''))));
}

function told(answer, sent) {
  const window = answer.window;
  return [
    answer.warnings.length > 0
      ? el('ul', { class: 'warnings' }, answer.warnings.map((w) => el('li', {}, w))) : null,
    el('h4', {}, answer.queries.length === 1 ? 'Query' : count(answer.queries.length, 'query', 'queries')),
    answer.queries.length === 0 ? el('p', { class: 'muted' }, 'There is no query for this: the steps say why.') : null,
    answer.queries.map(query),
    window ? el('p', { class: 'muted' }, `from ${moment(BigInt(window.start))} to ${moment(BigInt(window.end))}`) : null,
    el('h4', {}, 'Why'),
    el('ol', { class: 'steps' }, answer.steps.map((s) => el('li', {}, el('strong', {}, s.step), ` ${s.result}`))),
    answer.tags ? tags(answer) : null,
    labels(answer),
    sent === null ? null : [el('h4', {}, sent.title), sent.queries.map(query)],
  ].flat(2).filter((c) => c !== null);
}

/** Fills the panel for a span, or for the whole trace when there is no span. */
export async function showWhy(trace, span) {
  running?.abort();
  running = new AbortController();
  const panel = $('panel-why');
  panel.replaceChildren(el('p', { class: 'loading', role: 'status' }, 'Asking the gateway to explain'));
  const parameters = { traceId: trace.id };
  if (span !== null) parameters.spanId = span.id;
  // The counts of the page come from one search for the whole trace.
  const sent = span === null ? null : { title: 'The search for the whole trace, from which the page’s counts come', queries: trace.story.queries };
  try {
    panel.replaceChildren(...told(await get('/-/api/explain', parameters, running.signal), sent));
  } catch (e) {
    if (e.name !== 'AbortError') panel.replaceChildren(el('p', { class: 'problem', role: 'alert' }, e.message));
  }
}
