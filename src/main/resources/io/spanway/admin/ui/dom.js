// SPDX-License-Identifier: Apache-2.0
// Building blocks. Text goes in as text, never as markup: a log line may hold anything.

export const $ = (id) => document.getElementById(id);

/** Makes an element. Children are nodes or texts; null and false are left out. */
export function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') made.className = value;
    else if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return made;
}

/** Shows a text in an element that is hidden while it has none. */
export function say(element, text) {
  element.textContent = text;
  element.hidden = text === '';
}

/** Makes the contents of a definition list of pairs; pairs without a value are left out. */
export function facts(pairs) {
  return pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
}

/** Makes a button that copies a text. */
export function copyButton(text, what) {
  const button = el('button', { type: 'button', class: 'quiet', 'aria-label': `Copy ${what}` }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      // Browsers lend the clipboard to pages of this machine or with TLS only.
      button.textContent = 'Not allowed here';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  return button;
}

/** Makes a table that scrolls by itself where the page is narrow. */
export function table(caption, heads, rows, attributes) {
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    el('table', attributes ?? {},
      el('caption', {}, caption),
      el('thead', {}, el('tr', {}, heads.map((h) => el('th', { scope: 'col', class: h.number ? 'number' : null }, h.text ?? h)))),
      el('tbody', {}, rows)));
}

const WHOLE = new Intl.NumberFormat('en');

export const number = (n) => WHOLE.format(n);

/** Says how many, in the right number. */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** Writes nanoseconds as people do. */
export function duration(ns) {
  const abs = Math.abs(ns);
  for (const [unit, size] of [['s', 1e9], ['ms', 1e6], ['µs', 1e3]]) {
    if (abs >= size) {
      const value = ns / size;
      return `${Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)} ${unit}`;
    }
  }
  return `${Math.round(ns)} ns`;
}

/** Writes bytes as people do. */
export function bytes(n) {
  for (const [unit, size] of [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]]) {
    if (n >= size) return `${(n / size).toFixed(n / size >= 100 ? 0 : 1)} ${unit}`;
  }
  return `${n} B`;
}

/** Writes a moment, nanoseconds since 1970 as a BigInt, in UTC with milliseconds. */
export function moment(ns) {
  const ms = Number(ns / 1000000n);
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15
    ? new Date(ms).toISOString().replace('T', ' ').replace('Z', ' UTC')
    : String(ns);
}
