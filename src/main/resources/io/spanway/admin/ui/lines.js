// SPDX-License-Identifier: Apache-2.0
// Log lines, each of which opens to show its labels.

import { el, count, duration, facts, moment } from './dom.js';

const AT_ONCE = 200;
const LEVELS = new Map([
  ['critical', 'bad'], ['fatal', 'bad'], ['error', 'bad'], ['err', 'bad'],
  ['warn', 'poor'], ['warning', 'poor'], ['info', 'plain'], ['debug', 'dim'], ['trace', 'dim'],
]);

function level(labels) {
  const found = (labels.detected_level ?? labels.level ?? labels.severity ?? '').toLowerCase();
  return LEVELS.has(found) ? found : '';
}

/** The service of the line's span; in italics that of its stream, where it names no span. */
function whose(entry) {
  return entry.span === null
    ? el('span', { class: 'whose loose' }, entry.labels.service_name ?? 'no span')
    : el('span', { class: 'whose' }, entry.span.service);
}

function line(entry, trace, withSpan) {
  const offset = Number(BigInt(entry.timestamp) - trace.startNs);
  const of = level(entry.labels);
  const body = el('dl', { class: 'labels' });
  const made = el('details', { class: 'line' },
    el('summary', {},
      el('span', { class: 'when' }, `${offset < 0 ? '−' : '+'}${duration(Math.abs(offset))}`),
      of ? el('span', { class: `level ${LEVELS.get(of)}` }, of) : el('span', { class: 'level' }),
      withSpan ? whose(entry) : null,
      el('span', { class: 'text' }, entry.line)),
    body);
  made.addEventListener('toggle', () => {
    if (made.open && body.childElementCount === 0) {
      body.append(...facts([
        ['time', moment(BigInt(entry.timestamp))],
        ['span', !withSpan ? null : entry.span === null ? 'none that the line names' : `${entry.span.name} (${entry.span.id})`],
        ...Object.entries(entry.labels).sort(([a], [b]) => (a < b ? -1 : 1)),
      ]));
    }
  });
  return el('li', {}, made);
}

/** Fills a panel with lines; when there are many, the first of them and a button. */
export function showLines(panel, entries, trace, options) {
  if (entries.length === 0) {
    panel.replaceChildren(el('p', { class: 'empty small' }, options.none));
    return;
  }
  const levels = entries.some((e) => level(e.labels) !== '');
  const list = el('ol', { class: `log${options.withSpan ? ' with-span' : ''}${levels ? '' : ' no-level'}` });
  const more = el('button', { type: 'button' });
  let shown = 0;
  const add = () => {
    const next = entries.slice(shown, shown + AT_ONCE).map((e) => line(e, trace, options.withSpan));
    list.append(...next);
    const first = shown;
    shown += next.length;
    more.hidden = shown >= entries.length;
    more.textContent = `Show ${count(Math.min(AT_ONCE, entries.length - shown), 'more line')} of ${count(entries.length - shown, 'line')}`;
    if (first > 0) next[0].querySelector('summary').focus();
  };
  more.addEventListener('click', add);
  add();
  panel.replaceChildren(list, more);
}
