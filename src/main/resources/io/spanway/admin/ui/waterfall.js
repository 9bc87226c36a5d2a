// SPDX-License-Identifier: Apache-2.0
// The spans as a tree in time. Only the rows in sight are in the document, so that a trace of
// 50,000 spans scrolls as one of five.

import { $, el, duration, number } from './dom.js';
import { rows } from './trace.js';

const SPARE = 12;

export class Waterfall {
  /** @param onChoose called with the chosen span; onEnter when the user wants to go there */
  constructor(onChoose, onEnter) {
    this.grid = $('waterfall');
    this.body = $('rows');
    this.onChoose = onChoose;
    this.onEnter = onEnter;
    this.folded = new Set();
    this.filter = { text: '', withLines: false };
    this.shown = [];
    this.active = null;
    this.drawn = new Map();
    this.grid.addEventListener('scroll', () => this.schedule(), { passive: true });
    new ResizeObserver(() => this.schedule()).observe(this.grid);
    this.grid.addEventListener('keydown', (e) => this.key(e));
    this.body.addEventListener('click', (e) => this.click(e));
  }

  show(trace) {
    this.trace = trace;
    this.folded.clear();
    this.active = null;
    this.grid.scrollTop = 0;
    this.axis();
    this.refresh();
  }

  setFilter(filter) {
    this.filter = filter;
    this.grid.scrollTop = 0;
    this.refresh();
    this.reveal();
  }

  /** Marks a span as chosen, and shows it. Null takes the mark away. */
  choose(span) {
    this.active = span;
    if (span !== null) {
      for (let up = span.parent; up !== undefined; up = up.parent) {
        if (this.folded.delete(up)) this.stale = true;
      }
      if (this.stale) this.refresh();
      this.reveal();
    }
    this.redraw();
  }

  get size() { return this.shown.length; }

  axis() {
    const at = (part) => el('span', {}, duration(this.trace.length * part));
    $('axis').replaceChildren(at(0), at(0.25), at(0.5), at(0.75), at(1));
    $('axis').firstChild.textContent = '0';
  }

  refresh() {
    this.stale = false;
    this.shown = rows(this.trace, this.folded, this.filter);
    this.place = new Map(this.shown.map((span, i) => [span, i]));
    this.flat = this.filter.text.trim() !== '' || this.filter.withLines;
    this.grid.setAttribute('aria-rowcount', String(this.shown.length + 1));
    this.redraw();
  }

  redraw() {
    this.body.replaceChildren();
    this.drawn.clear();
    this.draw();
  }

  schedule() {
    if (this.trace === undefined || this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.draw(); });
  }

  rowHeight() {
    return parseFloat(getComputedStyle(this.grid).getPropertyValue('--row')) || 28;
  }

  draw() {
    const height = this.rowHeight();
    const head = this.grid.firstElementChild.offsetHeight;
    this.body.style.setProperty('height', `${this.shown.length * height}px`);
    const first = Math.max(0, Math.floor((this.grid.scrollTop - head) / height) - SPARE);
    const last = Math.min(this.shown.length, Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / height) + SPARE);
    const wanted = new Set();
    for (let i = first; i < last; i++) wanted.add(i);
    const active = this.active === null ? undefined : this.place.get(this.active);
    if (active !== undefined) wanted.add(active);
    for (const [i, row] of this.drawn) {
      if (!wanted.has(i)) { row.remove(); this.drawn.delete(i); }
    }
    for (const i of [...wanted].sort((a, b) => a - b)) {
      let row = this.drawn.get(i);
      if (row === undefined) {
        row = this.row(i);
        this.drawn.set(i, row);
        // In the order of the tree, which is the order in which it is read out.
        let next = null;
        for (const other of this.body.children) {
          if (Number(other.dataset.at) > i) { next = other; break; }
        }
        this.body.insertBefore(row, next);
      }
      row.style.setProperty('top', `${i * height}px`);
    }
    if (active === undefined) this.grid.removeAttribute('aria-activedescendant');
    else this.grid.setAttribute('aria-activedescendant', `row-${this.active.index}`);
  }

  row(i) {
    const span = this.shown[i];
    const open = span.children.length > 0 && !this.flat ? !this.folded.has(span) : null;
    const left = (span.from / this.trace.length) * 100;
    const width = (span.took / this.trace.length) * 100;
    const bar = el('span', { class: `bar-of colour-${span.colour}` });
    bar.style.setProperty('left', `${Math.min(left, 99.5)}%`);
    bar.style.setProperty('width', `${Math.max(0, Math.min(width, 100 - left))}%`);
    const name = el('span', { role: 'gridcell', class: 'c-name' },
      el('span', { class: open === null ? 'twist none' : open ? 'twist open' : 'twist', 'aria-hidden': 'true' }),
      el('span', { class: `mark colour-${span.colour}`, 'aria-hidden': 'true' }),
      el('span', { class: 'service' }, span.service || '(no service)'),
      el('span', { class: 'operation' }, span.name));
    name.style.setProperty('--depth', String(this.flat ? 0 : Math.min(span.depth, 24)));
    return el('div', {
      class: `row${span === this.active ? ' chosen' : ''}`, role: 'row', id: `row-${span.index}`, 'data-at': i,
      'aria-rowindex': i + 2, 'aria-level': this.flat ? 1 : span.depth + 1,
      'aria-expanded': open === null ? null : String(open), 'aria-selected': String(span === this.active),
    },
    name,
    el('span', { role: 'gridcell', class: 'c-time' }, el('span', { class: 'unseen' }, `from ${duration(span.from)}`), bar),
    el('span', { role: 'gridcell', class: 'c-took' }, duration(span.took)),
    el('span', { role: 'gridcell', class: `c-lines${span.count === 0 ? ' zero' : ''}` }, number(span.count)));
  }

  reveal() {
    const at = this.place.get(this.active);
    if (at === undefined) return;
    const height = this.rowHeight();
    const head = this.grid.firstElementChild.offsetHeight;
    const top = at * height;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top + height + head > this.grid.scrollTop + this.grid.clientHeight) {
      this.grid.scrollTop = top + height + head - this.grid.clientHeight;
    }
  }

  click(event) {
    const row = event.target.closest('.row');
    if (row === null) return;
    const span = this.shown[Number(row.dataset.at)];
    if (event.target.classList.contains('twist') && !event.target.classList.contains('none')) {
      this.fold(span, !this.folded.has(span));
      return;
    }
    this.onChoose(span);
  }

  fold(span, folded) {
    if (folded) this.folded.add(span);
    else this.folded.delete(span);
    this.refresh();
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || this.shown.length === 0) return;
    const at = this.active === null ? -1 : this.place.get(this.active) ?? -1;
    const page = Math.max(1, Math.floor(this.grid.clientHeight / this.rowHeight()) - 2);
    const last = this.shown.length - 1;
    const to = {
      ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, Home: 0, End: last, PageDown: at + page, PageUp: at - page,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.onChoose(this.shown[Math.max(0, Math.min(last, to))]);
    } else if (at >= 0 && (event.key === 'ArrowLeft' || event.key === 'ArrowRight') && !this.flat) {
      event.preventDefault();
      this.sideways(this.active, event.key === 'ArrowRight');
    } else if (at >= 0 && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      this.onEnter();
    }
  }

  sideways(span, right) {
    const folded = this.folded.has(span);
    const has = span.children.length > 0;
    if (right) {
      if (has && folded) this.fold(span, false);
      else if (has) this.onChoose(span.children[0]);
    } else if (has && !folded) this.fold(span, true);
    else if (span.parent !== undefined) this.onChoose(span.parent);
  }
}
