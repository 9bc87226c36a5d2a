// SPDX-License-Identifier: Apache-2.0
// What the doctor says: services by tags, and each of its checks.

import { $, el, count, number, say, table } from './dom.js';
import { get } from './api.js';

const WORDS = { ok: 'good', warning: 'poor', fault: 'bad', skipped: 'unknown' };
let began = false;

function mark(kind, text) {
  return el('span', { class: `state ${kind}` }, text);
}

function cell(tag, spans) {
  const on = tag.spans === spans ? 'good' : tag.spans > 0 ? 'poor' : 'bad';
  const there = tag.in ? 'unknown' : tag.inLoki === undefined ? 'unknown' : tag.inLoki ? 'good' : 'bad';
  const all = tag.values.length;
  const match = tag.matching === undefined || all === 0 ? 'unknown' : tag.matching === all ? 'good' : tag.matching > 0 ? 'poor' : 'bad';
  return el('td', {}, el('ul', { class: 'cell' },
    el('li', {}, mark(on, 'span'), ` ${number(tag.spans)} of ${number(spans)}`),
    el('li', {}, mark(there, 'label'), tag.in ? ' in structured metadata' : there === 'good' ? ' in Loki' : there === 'bad' ? ' not in Loki' : ' not known'),
    el('li', {}, mark(match, 'values'), match === 'unknown' ? ' not compared' : ` ${tag.matching} of ${all} match`)));
}

function matrix(report) {
  if (report.matrix === undefined || report.matrix.length === 0) {
    return el('p', { class: 'empty small' }, 'There are no recent traces to look at. The checks below say why.');
  }
  const columns = new Map();
  for (const service of report.matrix) {
    for (const tag of service.tags) columns.set(`${tag.key}\n${tag.label}`, tag);
  }
  const heads = ['Service', ...[...columns.values()].map((tag) => ({
    text: el('span', {}, tag.key, tag.key === tag.label ? null : el('small', {}, ` → ${tag.label}`)),
  }))];
  return table('Services by tags', heads, report.matrix.map((service) => {
    const own = new Map(service.tags.map((tag) => [`${tag.key}\n${tag.label}`, tag]));
    return el('tr', {},
      el('th', { scope: 'row' }, service.service, el('small', {}, count(service.spans, 'span'))),
      [...columns.keys()].map((key) => own.has(key) ? cell(own.get(key), service.spans) : el('td', { class: 'muted' }, 'not configured')));
  }), { class: 'matrix' });
}

function checks(report) {
  return table('Checks', ['Result', 'Check', 'Found', 'What to do'], report.checks.map((check) =>
    el('tr', {},
      el('td', {}, mark(WORDS[check.outcome] ?? 'unknown', check.outcome)),
      el('th', { scope: 'row' }, check.check),
      el('td', {}, check.found),
      el('td', {}, check.remedy ?? ''))), { class: 'checks' });
}

/** Examines, and shows what was found. */
export async function examine() {
  began = true;
  const button = $('examine');
  button.disabled = true;
  say($('doctor-error'), '');
  $('doctor-status').textContent = 'Examining: this takes some seconds';
  $('doctor-status').classList.add('loading');
  try {
    const report = await get('/-/doctor');
    $('matrix').replaceChildren(matrix(report), checks(report));
    const of = (outcome) => report.checks.filter((c) => c.outcome === outcome).length;
    $('doctor-status').textContent = `${count(of('fault'), 'fault')}, ${count(of('warning'), 'warning')}`;
  } catch (e) {
    $('doctor-status').textContent = '';
    say($('doctor-error'), e.message);
  } finally {
    $('doctor-status').classList.remove('loading');
    button.disabled = false;
  }
}

/** Examines when the view is seen for the first time. */
export function enterMatrix() {
  if (!began) examine();
}
