// Records what the client sends and receives. The client calls `fetch` itself and passes `init.signal` on, so the signal
// says to which request of the page a call belongs.

import { parseChallenges } from './client/auth-fetch.js';

const send = globalThis.fetch;
const bySignal = new WeakMap();
const listeners = new Set();

globalThis.fetch = async (input, init) => {
  const exchange = bySignal.get(init?.signal);
  const headers = new Headers(init?.headers);
  const token = headers.get('authorization')?.match(/^Bearer (.+)$/)?.[1];
  const attempt = { headers, body: init?.body, token };
  for (const listen of listeners) listen(attempt);
  exchange?.begin(attempt);
  try {
    const response = await send(input, init);
    attempt.text = await response.clone().text();
    attempt.response = response;
    return response;
  } catch (error) {
    attempt.failure = error;
    throw error;
  } finally {
    exchange?.changed();
  }
};

/** Calls `listen` with everything that is sent, to learn which token the client uses. */
export const onSent = (listen) => listeners.add(listen);

/** One request of the page, with everything that was sent for it. */
export class Exchange {
  /** In order: what was sent, and texts of what the client did. */
  steps = [];
  isOpen = true;
  signal = new AbortController().signal;
  #listeners = new Set();

  constructor(method, path, caller) {
    Object.assign(this, { method, path, caller });
    bySignal.set(this.signal, this);
  }

  get attempts() {
    return this.steps.filter((step) => step.headers);
  }

  get last() {
    return this.attempts.at(-1);
  }

  /** In a few words. */
  get result() {
    return this.last ? outcome(this.last) : 'not sent';
  }

  begin(attempt) {
    attempt.isRetry = this.attempts.length > 0;
    this.steps.push(attempt);
    this.changed();
  }

  /** Adds a text, `{ text, kind }`. */
  note(step) {
    this.steps.push(step);
    this.changed();
  }

  /** Whether the client may be waiting for a new token for it. */
  get isWaiting() {
    return this.isOpen && this.last?.response?.status === 401;
  }

  close() {
    this.isOpen = false;
    this.changed();
  }

  /** Calls `listen` now, and after each change. */
  follow(listen) {
    this.#listeners.add(listen);
    listen();
  }

  changed() {
    for (const listen of this.#listeners) listen();
  }
}

/** The status and the error of the first challenge that has one. */
export function outcome({ response, failure }) {
  if (failure) return 'no response';
  if (!response) return 'waiting';
  const challenges = parseChallenges(response.headers.get('www-authenticate') ?? '');
  const error = challenges.find(({ parameters }) => parameters.error)?.parameters.error;
  return error ? `${response.status} ${error}` : `${response.status}`;
}

/** The claims of a JWT, or none. */
export function claims(token = '') {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(payload));
  } catch {
    return {};
  }
}
