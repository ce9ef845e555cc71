// The logins of this page, and the callers as which it sends requests.

import { authFetch, LoggedOutError } from './client/auth-fetch.js';
import { claims, Exchange, onSent } from './exchanges.js';

/** What the page shows of the logins. */
export const state = { tokens: undefined, session: undefined, token: undefined };
/** The exchanges that the client works on, by the number of their call. */
const open = { tokens: new Map(), session: new Map() };
const hooks = {};
/**
 * Sets `changed(text)`, `failed(error)`, and `stepUp({ subject, reason, confirm })`, which resolves to whether the password
 * was confirmed.
 */
export const setHooks = (given) => Object.assign(hooks, given);

/** The token that the client gets from the page. It does not tell the page those of other tabs and of refreshes. */
let token;
/** Tokens that were made to be refused. */
const weaker = new Set();
/** The step of the last refresh of this tab. */
let lastRefresh;
let apiKey;

onSent((attempt) => {
  attempt.refreshBefore = lastRefresh;
  if (attempt.token && !weaker.has(attempt.token)) learn(attempt.token);
});

/** `next` is the newest token. */
function learn(next) {
  const { exp } = claims(next);
  if (!exp || exp < (claims(state.token).exp ?? 0)) return;
  state.token = next;
  hooks.changed();
}

/** What the client did. */
const did = (text) => ({ text, kind: 'client' });

/** Adds one step to all exchanges that the client works on, and for which `isMeant`. */
function noteAll(kind, step, isMeant = (exchange) => exchange.isWaiting) {
  for (const exchange of [...open[kind].values()].filter(isMeant)) exchange.note(step);
}

async function refresh(signal) {
  const response = await fetch('/refresh', { method: 'POST', signal });
  lastRefresh = did(`refresh: POST /refresh, ${response.status}${response.ok ? ', a new token' : ''}`);
  noteAll('tokens', lastRefresh);
  if (response.ok) learn((await response.clone().json()).access_token);
  return response;
}

function onEvent(kind) {
  return ({ type, id }) => {
    const exchange = open[kind].get(id);
    const last = exchange?.steps.at(-1);
    if (type === 'retry' && last.response?.status === 401) {
      // The refresh was over when the response arrived, or another tab has done it.
      exchange.note(last.refreshBefore === lastRefresh ? did('refresh: waited for another tab') : lastRefresh);
    }
    if (type === 'wait') exchange.note(did('wait: as long as Retry-After says'));
    if (type === 'step-up') exchange.isSteppingUp = true;
    if (type === 'logged-out') noteAll(kind, did('the login has ended'));
  };
}

function noteStepUp(kind, text) {
  noteAll(kind, did(`step-up: ${text}`), (exchange) => exchange.isSteppingUp);
}

const clients = {
  tokens: authFetch({
    name: 'tokens',
    token: () => token,
    refresh,
    onLoggedOut: () => ended('tokens'),
    onLoggedIn: () => identify('tokens').catch(hooks.failed),
    onStepUp: (wanted) => stepUp('tokens', wanted),
    onEvent: onEvent('tokens'),
    share: 'channel',
  }),
  session: authFetch({
    name: 'session',
    onLoggedOut: () => ended('session'),
    onLoggedIn: () => identify('session').catch(hooks.failed),
    onStepUp: (wanted) => stepUp('session', wanted),
    onEvent: onEvent('session'),
  }),
};

function ended(kind) {
  if (kind === 'tokens') token = state.token = undefined;
  const subject = state[kind];
  state[kind] = undefined;
  apiKey = undefined;
  localStorage.removeItem(`playground-${kind}`);
  hooks.changed(subject && `The login of ${subject} with ${kind === 'tokens' ? 'tokens' : 'a session'} has ended.`);
}

/** Asks who is logged in. */
async function identify(kind) {
  try {
    const response = await call(kind, new Exchange('GET', '/me', ''));
    if (!response.ok) return;
    state[kind] = (await response.json()).subject;
    localStorage.setItem(`playground-${kind}`, state[kind]);
    hooks.changed();
  } catch (error) {
    if (!(error instanceof LoggedOutError)) throw error;
  }
}

/** After a reload, the cookies are still there. */
export const restore = () =>
  Promise.all(['tokens', 'session'].filter((kind) => localStorage.getItem(`playground-${kind}`)).map(identify));

/** The number of calls of each client, by which its events name them. */
const calls = { tokens: 0, session: 0 };

/** Sends the request with a client. */
async function call(kind, exchange, init = {}) {
  const id = ++calls[kind];
  open[kind].set(id, exchange);
  try {
    const { method, path, signal } = exchange;
    // A token is sent alone. With the cookie of the session too, the token would decide.
    const credentials = kind === 'tokens' ? 'omit' : 'same-origin';
    return await clients[kind](path, { credentials, ...init, method, signal });
  } finally {
    open[kind].delete(id);
  }
}

const json = (method, value) => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

export async function logIn(kind, name, password) {
  const response = await fetch(kind === 'tokens' ? '/login' : '/session/login', json('POST', { name, password }));
  if (!response.ok) return response;
  if (kind === 'tokens') {
    token = state.token = (await response.json()).access_token;
    await clients.tokens.loggedIn(token);
  } else {
    await clients.session.loggedIn();
  }
  state[kind] = name;
  localStorage.setItem(`playground-${kind}`, name);
  hooks.changed(`${name} is logged in with ${kind === 'tokens' ? 'tokens' : 'a session'}.`);
  return response;
}

export async function logOut(kind) {
  const isDone = await leave(kind, kind === 'tokens' ? '/logout' : '/session/logout');
  if (isDone) await clients[kind].loggedOut();
}

/** The server ends the session of this browser too, whoever has it. */
export async function logOutEverywhere() {
  const isDone = await leave(state.tokens ? 'tokens' : 'session', '/logout/everywhere');
  if (!isDone) return;
  for (const kind of ['tokens', 'session']) if (state[kind]) await clients[kind].loggedOut();
}

/** Resolves to `false` if the login had ended before. */
async function leave(kind, path) {
  try {
    // The response deletes cookies, which it could not with `omit`.
    const response = await call(kind, new Exchange('POST', path, ''), { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`The logout failed: the server answered ${response.status}.`);
    return true;
  } catch (error) {
    if (error instanceof LoggedOutError) return false;
    throw error;
  }
}

async function stepUp(kind, { acrValues, maxAge, scope }) {
  if (scope) {
    // The token without rights was refused: the token of the login may have the scope.
    token = state.token;
    const isGranted = scope.split(' ').every((name) => claims(token).scope?.split(' ').includes(name));
    noteStepUp(kind, isGranted ? 'the token of the login has the scope' : 'the login does not have the scope');
    return isGranted;
  }
  noteStepUp(kind, 'asks for the password');
  const reason = [acrValues && `acr_values="${acrValues}"`, maxAge && `max_age=${maxAge}`].filter(Boolean).join(', ');
  const isConfirmed = await hooks.stepUp({
    subject: state[kind],
    reason,
    confirm: (password) => confirm(kind, password),
  });
  noteStepUp(kind, isConfirmed ? 'POST /step-up, the password is confirmed' : 'cancelled');
  return isConfirmed;
}

async function confirm(kind, password) {
  const init = { ...json('POST', { password }), credentials: 'same-origin' };
  const response = await call(kind, new Exchange('POST', '/step-up', ''), init);
  if (response.ok && kind === 'tokens') {
    token = (await response.json()).access_token;
    learn(token);
    await clients.tokens.loggedIn(token);
  }
  return response;
}

const later = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** A token of this login that can do less. */
async function weakerToken(wanted) {
  for (;;) {
    const init = json('POST', wanted);
    const response = await call('tokens', new Exchange('POST', '/weaker-token', ''), init);
    if (response.ok) {
      const { access_token: made } = await response.json();
      weaker.add(made);
      return made;
    }
    if (response.status !== 409) throw new Error(`No token to try: the server answered ${response.status}.`);
    // The token of the login is about to expire. When it has, the client gets a new one.
    await later(1);
  }
}

async function expiredToken() {
  const made = await weakerToken({ lifetime: 1, has_rights: true });
  await later(Math.max(0, claims(made).exp - Date.now() / 1000) + 0.05);
  return made;
}

/** The client gets this token from the page, as if it had become the current one. */
async function pretend(given, exchange, init) {
  token = given;
  try {
    return await call('tokens', exchange, init);
  } finally {
    token = state.token;
  }
}

async function withKey(exchange, init) {
  const kind = state.tokens ? 'tokens' : 'session';
  const subject = state[kind];
  if (apiKey?.subject !== subject) {
    const response = await call(kind, new Exchange('POST', '/api-keys', ''));
    if (!response.ok) throw new Error(`No API key to try: the server answered ${response.status}.`);
    apiKey = { subject, text: (await response.json()).key };
  }
  return plain(exchange, init, { 'x-api-key': apiKey.text });
}

function withPassword(exchange, init, { name, password }) {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  return plain(exchange, init, { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` });
}

/** Without a client, and without cookies. */
function plain({ method, path, signal }, init, headers) {
  return fetch(path, { ...init, method, signal, credentials: 'omit', headers: { ...init.headers, ...headers } });
}

/** `needs` is the login without which the caller can't be chosen, `without` a route that it can't be used with. */
export const CALLERS = [
  {
    id: 'anonymous',
    name: 'anonymous',
    hint: 'Sends no credential.',
    needs: 'none',
    send: (exchange, init) => plain(exchange, init),
  },
  {
    id: 'password',
    name: 'name and password (Basic)',
    hint: 'Sends the name and the password of the form above. Only GET\u00a0/till accepts them.',
    needs: 'none',
    send: withPassword,
  },
  {
    id: 'token',
    name: 'access token',
    hint: 'The client adds the access token, and gets a new one when the server answers that it has expired.',
    needs: 'tokens',
    send: (exchange, init) => call('tokens', exchange, init),
  },
  {
    id: 'expired',
    name: 'expired access token',
    hint: 'A token that has just expired. The client gets 401 invalid_token, refreshes, and sends the request again.',
    needs: 'tokens',
    send: async (exchange, init) => pretend(await expiredToken(), exchange, init),
  },
  {
    id: 'malformed',
    name: 'malformed access token',
    hint: 'Not a JWT. The client gets 401 invalid_token, refreshes, and sends the request again.',
    needs: 'tokens',
    send: (exchange, init) => pretend(`malformed-${crypto.randomUUID()}`, exchange, init),
  },
  {
    id: 'narrow',
    name: 'access token without scopes and roles',
    hint: 'Where the server answers 403 insufficient_scope, the client tries again with the token of the login.',
    needs: 'tokens',
    send: async (exchange, init) => pretend(await weakerToken({ has_rights: false }), exchange, init),
  },
  {
    id: 'session',
    name: 'session',
    hint: 'The browser adds the cookie of the session, which no script can read. GET\u00a0/till takes passwords only.',
    needs: 'session',
    // Its 401 without another challenge would end the login for the client.
    without: 'GET /till',
    send: (exchange, init) => {
      exchange.cookie = '__Host-Http-playground=…';
      return call('session', exchange, init);
    },
  },
  {
    id: 'key',
    name: 'API key',
    hint: 'The page creates a key with the rights of the login, which is valid for an hour.',
    needs: 'any',
    send: withKey,
  },
];

const subjects = ({ tokens, session }, { name }) => ({ none: name, tokens, session, any: tokens ?? session });

export const isAvailable = ({ needs }) => !!subjects(state, { name: 'none' })[needs];

/** The caller in words. */
export const describe = ({ id, name, needs }, account) =>
  id === 'anonymous' ? name : `${subjects(state, account)[needs]}, ${name}`;

export const send = (caller, exchange, init, account) => finish(exchange, () => caller.send(exchange, init, account));

/** Sends all with one expired token. */
export async function sendManyExpired(exchanges) {
  const expired = expiredToken();
  await Promise.all(exchanges.map((exchange) => finish(exchange, async () => pretend(await expired, exchange, {}))));
}

async function finish(exchange, act) {
  try {
    await act();
  } catch (error) {
    const isShown = error instanceof LoggedOutError || error === exchange.last?.failure;
    if (!isShown) exchange.note({ text: error.message, kind: 'failed' });
  } finally {
    exchange.close();
  }
}
