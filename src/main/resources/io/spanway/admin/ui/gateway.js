// SPDX-License-Identifier: Apache-2.0
// Cache, upstreams, rewrites and errors, asked for every few seconds while somebody looks.

import { $, el, bytes, count, facts, number, say, table } from './dom.js';
import { get } from './api.js';

const PERIOD = 5000;
let timer = null;

const card = (title, ...content) => el('section', { class: 'card' }, el('h2', {}, title), content);

function upstreams(status) {
  return card('Upstreams', status.upstreams.map((upstream) => table(upstream.name, ['Replica', 'State', 'Gets calls'],
    upstream.replicas.length === 0
      ? [el('tr', {}, el('td', { colspan: 3 }, upstream.state))]
      : upstream.replicas.map((replica) => el('tr', {},
        el('th', { scope: 'row' }, replica.name),
        el('td', {}, el('span', { class: `state ${replica.up ? 'good' : 'bad'}` }, replica.state)),
        el('td', {}, replica.getsCalls ? 'yes' : 'no, it failed')))),
  ), status.missingLabels.length === 0 ? null
    : el('p', { class: 'problem' }, `Loki has no label ${status.missingLabels.join(', ')}, which tracesToLogsV2.tags names.`));
}

function totals(requests, by) {
  const sums = new Map();
  for (const each of requests) sums.set(each[by], (sums.get(each[by]) ?? 0) + each.count);
  return sums;
}

function cache(status) {
  const held = status.cache;
  const outcomes = totals(held.requests, 'outcome');
  const asked = [...outcomes].reduce((sum, [outcome, n]) => (outcome === 'bypass' ? sum : sum + n), 0);
  const spared = ['hit', 'coalesced', 'partial', 'stale'].reduce((sum, o) => sum + (outcomes.get(o) ?? 0), 0);
  const columns = [...outcomes.keys()].sort();
  const operations = [...totals(held.requests, 'operation')].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const cells = new Map(held.requests.map((r) => [`${r.operation} ${r.outcome}`, r.count]));
  const fill = el('meter', { min: 0, max: held.maxBytes, value: held.bytes, 'aria-label': 'Bytes held' });
  return card('Cache',
    el('dl', { class: 'facts' }, facts([
      ['Held', el('span', {}, `${bytes(held.bytes)} of ${bytes(held.maxBytes)} `, fill)],
      ['Answers', number(held.entries)],
      ['Answered from memory', asked === 0 ? 'nothing asked yet' : `${Math.round((spared / asked) * 100)} % of ${number(asked)}`],
      ['Requests spared upstream', number(held.savedRequests)],
      ['Being fetched', number(held.fetches)],
    ])),
    operations.length === 0 ? null : table('Outcome by operation', ['Operation', ...columns.map((c) => ({ text: c, number: true }))],
      operations.map((operation) => el('tr', {}, el('th', { scope: 'row' }, operation),
        columns.map((c) => el('td', { class: 'number' }, number(cells.get(`${operation} ${c}`) ?? 0)))))));
}

function counters(title, caption, names, rows, none) {
  return card(title, rows.length === 0 ? el('p', { class: 'muted' }, none)
    : table(caption, [...names, { text: 'Count', number: true }], rows.map((row) => el('tr', {},
      names.map((name, i) => el(i === 0 ? 'th' : 'td', i === 0 ? { scope: 'row' } : {}, row[name.toLowerCase()] ?? '')),
      el('td', { class: 'number' }, number(row.count))))));
}

function show(status) {
  $('gateway').replaceChildren(
    upstreams(status), cache(status),
    counters('Rewrites', 'Queries made or changed', ['Rule', 'Outcome'], status.rewrites, 'No query was made or changed yet.'),
    counters('Errors', 'By flag of the access log', ['Flag', 'Error'], status.errors, 'None since the start.'));
  $('gateway-status').textContent = `Version ${status.version}, ${count(status.inFlight, 'request')} under way, as of ${new Date().toLocaleTimeString('en', { hour12: false })}`;
}

/** Shows in the header whether the upstreams are there. */
export function showHealth(status) {
  $('health').replaceChildren(...status.upstreams.map((upstream) =>
    el('span', { class: `state ${upstream.up ? 'good' : 'bad'}` }, `${upstream.name} ${upstream.up ? 'up' : 'down'}`)));
}

async function look() {
  try {
    const status = await get('/-/api/status');
    // A region that is scrolled or read must not be torn away.
    if (!$('gateway').contains(document.activeElement)) show(status);
    showHealth(status);
    say($('gateway-error'), '');
  } catch (e) {
    say($('gateway-error'), e.message);
  }
}

export function enterGateway() {
  look();
  timer ??= setInterval(() => { if (!document.hidden) look(); }, PERIOD);
}

export function leaveGateway() {
  clearInterval(timer);
  timer = null;
}
