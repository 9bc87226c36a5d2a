// SPDX-License-Identifier: Apache-2.0
// What is known of the choice: a span, all lines, or the lines of no span.

import { $, el, copyButton, count, duration, facts, moment } from './dom.js';
import { showLines } from './lines.js';
import { showWhy } from './explain.js';
import { allLines } from './trace.js';

const TABS = ['lines', 'why'];
let trace = null;
let choice = null;
let tab = 'lines';
let onTab = () => {};

/** Makes the tabs work; `changed` is told when the user takes another one. */
export function startDetail(changed) {
  onTab = changed;
  for (const name of TABS) {
    const button = $(`tab-${name}`);
    button.addEventListener('click', () => { showTab(name); onTab(); });
    button.addEventListener('keydown', (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -TABS.length, End: TABS.length }[e.key];
      if (step === undefined) return;
      e.preventDefault();
      const to = TABS[Math.max(0, Math.min(TABS.length - 1, TABS.indexOf(name) + step))];
      showTab(to);
      onTab();
      $(`tab-${to}`).focus();
    });
  }
}

export const currentTab = () => tab;

/** Shows a tab. Why is asked for when somebody looks. */
export function showTab(name) {
  tab = TABS.includes(name) ? name : 'lines';
  for (const each of TABS) {
    const on = each === tab;
    $(`tab-${each}`).setAttribute('aria-selected', String(on));
    $(`tab-${each}`).tabIndex = on ? 0 : -1;
    $(`panel-${each}`).hidden = !on;
  }
  if (tab === 'why' && choice !== null && $('panel-why').childElementCount === 0) {
    showWhy(trace, choice.span ?? null);
  }
}

/** Shows a choice: `{ span }`, `{ all: true }` or `{ none: true }`. */
export function showDetail(of, chosen) {
  trace = of;
  choice = chosen;
  const span = chosen.span ?? null;
  $('detail-title').textContent = span !== null ? `${span.service || '(no service)'} · ${span.name}`
    : chosen.all ? 'All lines of the trace' : 'Lines of no span';
  $('detail-facts').replaceChildren(...(span === null ? [] : facts([
    ['Span ID', el('span', {}, el('code', {}, span.id), ' ', copyButton(span.id, 'span ID'))],
    ['Kind', String(span.kind).toLowerCase().replace('span_kind_', '')],
    ['Start', `${moment(span.startNs)} (+${duration(span.from)})`],
    ['Duration', duration(span.took)],
  ])));
  const lines = span !== null ? span.lines : chosen.all ? allLines(of) : of.story.withoutSpan.lines;
  $('tab-lines').textContent = `Lines (${lines.length})`;
  showLines($('panel-lines'), lines, of, {
    withSpan: Boolean(chosen.all),
    none: span !== null
      ? 'No line names this span. “Query and why” says what was looked for.'
      : chosen.all ? 'The search found no line.' : 'Every line belongs to a span.',
  });
  if (span !== null) showUnnamed(of, span);
  $('panel-why').replaceChildren();
  showTab(tab);
}

/** Shows the lines of the span's service that name the trace and no span: some of them may be its. */
function showUnnamed(of, span) {
  const lines = of.story.withoutSpan.lines.filter((line) => span.service !== ''
    && (line.labels.service_name ?? line.labels.service ?? line.labels.app) === span.service);
  if (lines.length === 0) return;
  const panel = el('div', {});
  showLines(panel, lines, of, { withSpan: false, none: '' });
  $('panel-lines').append(
    el('h4', {}, `${count(lines.length, 'line')} of ${span.service} without a span ID`),
    el('p', { class: 'hint' }, 'They name the trace, so they may be of any span of this service.'),
    panel);
}

/** Says in a word what was chosen, for those who do not see it. */
export function spoken(chosen) {
  const span = chosen.span ?? null;
  return span === null ? $('detail-title').textContent : `${span.service} ${span.name}: ${count(span.count, 'line')}`;
}
