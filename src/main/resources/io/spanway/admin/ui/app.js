// SPDX-License-Identifier: Apache-2.0
// Views, addresses and the question for a trace. Every state that matters is in the address.

import { $, count, duration, el, copyButton, facts, moment, number, say } from './dom.js';
import { get, identity, setIdentity } from './api.js';
import { build } from './trace.js';
import { Waterfall } from './waterfall.js';
import { currentTab, showDetail, showTab, spoken, startDetail } from './detail.js';
import { enterGateway, leaveGateway, showHealth } from './gateway.js';
import { enterMatrix, examine } from './matrix.js';

const VIEWS = ['trace', 'correlation', 'gateway'];
const LIMIT = 1000;
let trace = null;
let choice = null;
let running = null;

const waterfall = new Waterfall((span) => choose({ span }), () => $('detail').focus());

function address(change) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(change)) if (value) parameters.set(name, value);
  const query = parameters.toString();
  return query ? `/ui/?${query}` : '/ui/';
}

function here() {
  const limit = Number($('limit').value) || LIMIT;
  return address({
    trace: trace?.id,
    span: choice?.span?.id,
    lines: choice?.all ? 'all' : choice?.none ? 'none' : null,
    tab: currentTab() === 'lines' ? null : currentTab(),
    limit: limit === LIMIT ? null : String(limit),
  });
}

/** Puts the state into the address without a new entry of the history. */
function remember() {
  if (trace !== null) history.replaceState(null, '', here());
}

function choose(chosen, { quiet = false } = {}) {
  choice = chosen;
  waterfall.choose(chosen.span ?? null);
  $('all-lines').setAttribute('aria-pressed', String(Boolean(chosen.all)));
  $('no-span').setAttribute('aria-pressed', String(Boolean(chosen.none)));
  showDetail(trace, chosen);
  if (!quiet) {
    $('trace-status').textContent = spoken(chosen);
    remember();
  }
}

function showTrace(story, wanted) {
  trace = build(story);
  const root = trace.ordered[0];
  $('trace-name').textContent = root === undefined ? 'A trace without spans' : `${root.service || '(no service)'} · ${root.name}`;
  $('trace-facts').replaceChildren(...facts([
    ['Trace', el('span', {}, el('code', {}, trace.id), ' ', copyButton(trace.id, 'trace ID'))],
    ['Start', moment(trace.startNs)],
    ['Duration', duration(trace.length)],
    ['Spans', number(trace.spans.length)],
    ['Services', number(trace.services.size)],
    ['Lines', number(story.entries)],
    ['Answer', story.complete ? el('span', { class: 'state good' }, 'complete')
      : el('span', { class: 'state poor' }, story.tracePartial ? 'Tempo has a part of the trace' : 'limit reached')],
  ]));
  $('trace-warnings').replaceChildren(...story.warnings.map((w) => el('li', {}, w)));
  $('trace-warnings').hidden = story.warnings.length === 0;
  $('all-lines').textContent = `All lines (${number(story.entries)})`;
  $('no-span').textContent = `Lines of no span (${number(story.withoutSpan.count)})`;
  $('filter').value = '';
  $('only-lines').checked = false;
  $('filter-count').textContent = '';
  $('trace').hidden = false;
  waterfall.filter = { text: '', withLines: false };
  waterfall.show(trace);
  const span = open(wanted);
  const said = `${count(trace.spans.length, 'span')}, ${count(story.entries, 'line')}`;
  // Who sees the page sees the same in the summary.
  $('trace-status').classList.toggle('unseen', !wanted.span || span !== undefined);
  $('trace-status').textContent = wanted.span && span === undefined
    ? `${said}. Span ${wanted.span} is not in this trace.` : said;
}

/** Chooses what the address names, the root span when it names nothing; returns the named span. */
function open(wanted) {
  const root = trace.ordered[0];
  const span = wanted.span ? trace.byId.get(wanted.span.toLowerCase()) : undefined;
  showTab(wanted.tab ?? 'lines');
  choose(span !== undefined ? { span } : wanted.lines === 'none' ? { none: true }
    : wanted.lines === 'all' || root === undefined ? { all: true } : { span: root }, { quiet: true });
  return span;
}

/** Reads what was typed in: an ID, or a traceparent with a span. */
function readIds(text) {
  const typed = text.trim().toLowerCase();
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(typed);
  if (parent !== null) return { trace: parent[1], span: parent[2] };
  return /^[0-9a-f]{1,32}$/.test(typed) ? { trace: typed } : null;
}

async function ask(wanted) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  trace = null;
  choice = null;
  $('trace').hidden = true;
  $('trace-empty').hidden = true;
  say($('trace-error'), '');
  $('trace-status').textContent = 'Asking Tempo and Loki';
  $('trace-status').classList.remove('unseen');
  $('trace-status').classList.add('loading');
  try {
    const story = await get(`/-/api/traces/${wanted.trace}/logs`, { limit: wanted.limit ?? String(LIMIT) }, mine.signal);
    if (running === mine) showTrace(story, wanted);
  } catch (e) {
    if (e.name === 'AbortError' || running !== mine) return;
    $('trace-status').textContent = '';
    say($('trace-error'), e.message);
  } finally {
    if (running === mine) $('trace-status').classList.remove('loading');
  }
}

function submit(event) {
  event.preventDefault();
  const ids = readIds($('trace-id').value);
  if (ids === null) {
    say($('trace-error'), 'A trace ID is 1 to 32 hexadecimal digits.');
    $('trace-id').setAttribute('aria-invalid', 'true');
    $('trace-id').focus();
    return;
  }
  const limit = Number($('limit').value) || LIMIT;
  history.pushState(null, '', address({ ...ids, limit: limit === LIMIT ? null : String(limit) }));
  route(true);
}

/** Shows what the address says; asks again for a trace that is there already if `fresh`. */
function route(fresh) {
  const parameters = new URLSearchParams(location.search);
  const view = VIEWS.includes(parameters.get('view')) ? parameters.get('view') : 'trace';
  for (const each of VIEWS) $(`view-${each}`).hidden = each !== view;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  leaveGateway();
  if (view === 'gateway') enterGateway();
  else if (view === 'correlation') enterMatrix();
  else openTrace(Object.fromEntries(parameters), fresh);
  document.title = view === 'trace' ? 'Spanway' : `${$(`title-${view}`).textContent} – Spanway`;
}

function openTrace(wanted, fresh) {
  if (!wanted.trace) {
    if (trace !== null) {
      // Back from another view: the trace is still there.
      remember();
      return;
    }
    $('trace-empty').hidden = false;
    $('trace-id').focus();
    return;
  }
  const ids = readIds(wanted.trace);
  $('trace-id').value = wanted.trace;
  $('trace-id').removeAttribute('aria-invalid');
  $('limit').value = wanted.limit ?? LIMIT;
  if (ids === null) {
    say($('trace-error'), 'A trace ID is 1 to 32 hexadecimal digits.');
    return;
  }
  if (!fresh && trace !== null && trace.id === ids.trace.padStart(32, '0') && !$('trace').hidden) {
    open(wanted);
    return;
  }
  ask({ ...ids, ...(wanted.span ? { span: wanted.span } : {}), lines: wanted.lines, tab: wanted.tab, limit: wanted.limit });
}

function showIdentity() {
  const { tenant, authorization } = identity();
  $('asks-as').textContent = tenant ? `tenant ${tenant}${authorization ? ', with authorization' : ''}`
    : authorization ? 'whom the authorization names' : 'nobody in particular';
}

function start() {
  for (const name of ['tenant', 'authorization']) {
    $(name).value = identity()[name];
    $(name).addEventListener('input', () => { setIdentity(name, $(name).value.trim()); showIdentity(); });
  }
  showIdentity();
  $('ask').addEventListener('submit', submit);
  $('trace-id').addEventListener('input', () => $('trace-id').removeAttribute('aria-invalid'));
  const refilter = () => {
    waterfall.setFilter({ text: $('filter').value, withLines: $('only-lines').checked });
    $('filter-count').textContent = waterfall.flat ? `${number(waterfall.size)} of ${number(trace.spans.length)}` : '';
  };
  $('filter').addEventListener('input', refilter);
  $('only-lines').addEventListener('change', refilter);
  $('all-lines').addEventListener('click', () => choose({ all: true }));
  $('no-span').addEventListener('click', () => choose({ none: true }));
  $('examine').addEventListener('click', examine);
  startDetail(remember);
  for (const link of document.querySelectorAll('nav a')) {
    link.addEventListener('click', (e) => {
      if (e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
      e.preventDefault();
      history.pushState(null, '', link.dataset.view === 'trace' && trace !== null ? here() : link.getAttribute('href'));
      route(false);
    });
  }
  window.addEventListener('popstate', () => route(false));
  route(true);
  get('/-/api/status').then(showHealth, () => {});
}

start();
