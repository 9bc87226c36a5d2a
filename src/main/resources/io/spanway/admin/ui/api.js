// SPDX-License-Identifier: Apache-2.0
// Questions to the gateway, as whom the user said.

const KEYS = { tenant: 'spanway.tenant', authorization: 'spanway.authorization' };

/** What went wrong, in the gateway's own words where it had any. */
export class Problem extends Error {}

/** Returns as whom is asked; for this tab alone, until it is closed. */
export function identity() {
  return Object.fromEntries(Object.entries(KEYS).map(([name, key]) => [name, sessionStorage.getItem(key) ?? '']));
}

export function setIdentity(name, value) {
  if (value === '') sessionStorage.removeItem(KEYS[name]);
  else sessionStorage.setItem(KEYS[name], value);
}

function headers() {
  const { tenant, authorization } = identity();
  const made = new Headers({ Accept: 'application/json', 'X-Spanway-Page': '1' });
  try {
    if (tenant) made.set('X-Scope-OrgID', tenant);
    if (authorization) made.set('X-Spanway-Authorization', authorization);
  } catch {
    throw new Problem('The tenant or the authorization has a character that no header can hold.');
  }
  return made;
}

/** Asks for JSON; throws a Problem, or the AbortError of the signal. */
export async function get(path, parameters, signal) {
  const query = new URLSearchParams(parameters ?? {}).toString();
  let answer;
  try {
    answer = await fetch(query ? `${path}?${query}` : path, {
      headers: headers(), signal, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
    });
  } catch (e) {
    if (e.name === 'AbortError' || e instanceof Problem) throw e;
    throw new Problem('The gateway does not answer.');
  }
  const text = await answer.text();
  if (!answer.ok) {
    const line = text.trim().split('\n')[0].slice(0, 500);
    throw new Problem(line === '' ? `The gateway answered ${answer.status}.` : `${line} (${answer.status})`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(text.trim().split('\n')[0].slice(0, 500) || 'The answer cannot be read.');
  }
}
