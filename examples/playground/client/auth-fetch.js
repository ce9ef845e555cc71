/**
 * `fetch` with an access token that is replaced after 401, for browsers and Node. Licence: MIT or Apache-2.0.
 * @module
 */

/** The login has ended: the user has to log in again. */
export class LoggedOutError extends Error {
  name = 'LoggedOutError';
}

/** The body is a stream or too large to keep. */
export class NotRepeatableError extends Error {
  name = 'NotRepeatableError';
}

/**
 * What a response asks for (RFC 9470, RFC 6750).
 * @typedef {{acrValues?: string, maxAge?: number, scope?: string, response: Response}} StepUp
 */

/**
 * @typedef {object} Options
 * @property {() => string | undefined} [token] Returns the current access token. Without it, the session is in a cookie.
 * @property {(signal: AbortSignal) => Promise<Response | string | null | undefined>} [refresh] Returns the response of the
 *   token endpoint, a new token, or nothing if the login has ended.
 * @property {(error: LoggedOutError) => void} [onLoggedOut] The login has ended. Called once, in each tab.
 * @property {() => void} [onLoggedIn] Another tab has logged in, perhaps as another user.
 * @property {(stepUp: StepUp) => boolean | Promise<boolean>} [onStepUp] Returns `true` if the request is to be sent again.
 * @property {(event: {type: string, id?: number, status?: number}) => void} [onEvent]
 * @property {'channel' | 'none'} [share] Whether other tabs get a new token.
 * @property {string} [name] Of the login, if there are several.
 * @property {string[]} [origins] Whose requests get the token.
 */

const REFRESH_LIMIT = 30_000;
const RETRY_LIMIT = 30_000;
const BODY_LIMIT = 1 << 20;
/** A younger token was not refused for its age. */
const NEW = 10_000;

/**
 * Call it once for each page or process.
 * @param {Options} options
 */
export function authFetch(options) {
  const { token, refresh, onStepUp, share = 'channel', name = 'auth-fetch' } = options;
  const { navigator, indexedDB, BroadcastChannel, document, location } = globalThis;
  // `URL.origin` is `null` for other schemes.
  const originOf = ({ protocol, host }) => protocol + host;
  const origins = (options.origins ?? (location && [location.href]))?.map((origin) => originOf(new URL(origin)));
  if (!origins) throw new TypeError('`origins` is missing');
  if (!token !== !refresh) throw new TypeError('`token` and `refresh` belong together');

  const channel = navigator?.locks && indexedDB && BroadcastChannel && new BroadcastChannel(name);
  // Node would not end.
  channel?.unref?.();

  /** The newest token that is known, and what `token` returned last. */
  let current;
  let given;
  let refreshedAt = -Infinity;
  /** The number of changes of the login, of all tabs, of which `current` is the last that this tab knows. */
  let generation;
  /** That of the last login or logout. */
  let login;
  let logins = 0;
  /** Stops the refresh of a login that is over, whose cookie would replace the new one. */
  let stop;
  /** The error of a login that has ended. */
  let ended;
  let refreshing;
  let calls = 0;
  const steppingUp = new Map();
  const received = new Set();

  const emit = (type, id, status) => options.onEvent?.({ type, id, status });

  /** `token` may return a new one at any time, and does not know those of other tabs. */
  function latest() {
    const now = token?.();
    if (now !== given) {
      given = now;
      if (now !== current && !ended) adopt(now, generation);
    }
    return current;
  }

  function adopt(next, number, isRefreshed) {
    // A newer message may have been faster than the database.
    if (generation > number) return;
    current = next;
    generation = number;
    ended = undefined;
    refreshedAt = isRefreshed ? Date.now() : -Infinity;
    for (const look of received) look();
  }

  function change(number) {
    login = number;
    logins++;
    stop?.();
  }

  function end(number) {
    generation = number;
    change(number);
    if (!ended) {
      current = undefined;
      ended = new LoggedOutError('the login has ended');
      emit('logged-out');
      options.onLoggedOut?.(ended);
    }
    return ended;
  }

  // Larger also than those of a database that was deleted.
  const after = (state) => Math.max(state.generation + 1, Date.now());
  const ending = (state) => {
    const number = after(state);
    return { generation: number, login: number, hasEnded: true };
  };
  const post = (message) => channel?.postMessage(message);
  const endAll = (state) => {
    post(state);
    return end(state.generation);
  };
  const shared = (next) => (share === 'channel' ? next : undefined);

  if (channel) {
    channel.onmessage = ({ data }) => {
      if (data.asked) {
        if (generation >= data.asked && current) post({ generation, token: shared(current) });
      } else if (data.hasEnded) {
        if (!(generation >= data.generation)) end(data.generation);
      } else if (!(generation >= data.generation)) {
        // Without a token, this tab keeps its generation, by which it sees that it has to refresh.
        if (data.token || data.isLogin) adopt(data.token, data.token ? data.generation : generation, data.isRefreshed);
        if (data.isLogin) {
          change(data.generation);
          options.onLoggedIn?.();
        }
      }
    };
  }

  function stored(update) {
    const own = () => {
      const state = { generation: generation ?? 0, login, hasEnded: !!ended };
      return update?.(state) || state;
    };
    if (!channel) return Promise.resolve(own());
    return new Promise((resolve, reject) => {
      setTimeout(reject, 1000);
      const opening = indexedDB.open('auth-fetch', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('logins');
      opening.onerror = reject;
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction('logins', 'readwrite');
        const logins = transaction.objectStore('logins');
        const reading = logins.get(name);
        let state;
        reading.onsuccess = () => {
          state = reading.result ?? { generation: 0 };
          const next = update?.(state);
          if (next) logins.put((state = next), name);
        };
        transaction.oncomplete = () => resolve(state);
        transaction.onabort = reject;
        // After the transaction.
        database.close();
      };
      // Some private windows have no database. The lock and the messages remain.
    }).catch(own);
  }

  const ready = stored().then((state) => {
    generation ??= state.generation;
    login ??= state.login;
  });

  /** A token of this generation, from the tab that has it. */
  async function ask(asked, stale) {
    if (share !== 'channel') return false;
    const isHere = () => current && current !== stale && generation >= asked;
    await new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        received.delete(look);
        resolve();
      };
      const look = () => isHere() && stop();
      const timer = setTimeout(stop, 3000);
      received.add(look);
      post({ asked });
    });
    return isHere();
  }

  async function requestToken(signal) {
    for (let attempt = 1; ; attempt++) {
      let wait = attempt * 1000;
      let failure;
      try {
        const answer = await refresh(signal);
        if (!answer?.json) return answer?.access_token ?? answer;
        const { ok, status } = answer;
        if (status === 400 || status === 401) return;
        const next = ok && (await answer.json()).access_token;
        if (next) return next;
        failure = new Error(`the refresh got ${status}${ok ? ' without an access_token' : ''}`);
        if (status !== 429 && status < 500) throw failure;
        wait = retryAfter(answer) || wait;
      } catch (error) {
        if (error === failure) throw error;
        failure = error;
      }
      if (attempt === 3 || wait > RETRY_LIMIT) throw failure;
      await pause(wait, signal);
    }
  }

  async function replace(stale) {
    const before = await stored();
    if (latest() !== stale) return;
    const isLate = before.generation > generation;
    if (isLate) {
      if (before.hasEnded) throw end(before.generation);
      if (before.login !== login) {
        change(before.login);
        options.onLoggedIn?.();
      }
      if (await ask(before.generation, stale)) return emit('shared');
    }
    emit('refresh');
    const started = logins;
    const controller = new AbortController();
    const { signal } = controller;
    stop = () => controller.abort(new DOMException('the refresh took too long', 'TimeoutError'));
    const timer = setTimeout(stop, REFRESH_LIMIT);
    const next = await abortable(requestToken(signal), signal)
      .catch((error) => {
        if (logins === started) throw error;
      })
      .finally(() => clearTimeout(timer));
    let isKept;
    const state = await stored((state) => {
      isKept = state.generation === before.generation;
      if (!isKept) return undefined;
      if (!next) return ending(state);
      return { ...state, generation: isLate ? state.generation : after(state), hasEnded: false };
    });
    if (!isKept) {
      // A logout or a login was faster.
      if (state.hasEnded) throw end(state.generation);
      return replace(stale);
    }
    if (!next) throw endAll(state);
    adopt(next, state.generation, true);
    emit('refreshed');
    post({ generation: state.generation, token: shared(next), isRefreshed: true });
  }

  /** Without the lock if it is forbidden, or if a tab that sleeps has it. */
  function locked(use) {
    let isHeld;
    const held = () => {
      isHeld = true;
      return use();
    };
    return navigator.locks.request(name, { signal: AbortSignal.timeout(2 * REFRESH_LIMIT) }, held).catch((error) => {
      if (isHeld) throw error;
      return use();
    });
  }

  function refreshed(stale) {
    refreshing ??= ready
      .then(() => (channel ? locked(() => replace(stale)) : replace(stale)))
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  }

  function stepUp(wanted) {
    const { response, ...key } = wanted;
    const text = JSON.stringify(key);
    if (!steppingUp.has(text)) {
      const asked = Promise.resolve()
        .then(() => onStepUp(wanted))
        .finally(() => steppingUp.delete(text));
      steppingUp.set(text, asked);
    }
    return steppingUp.get(text);
  }

  /** Whether the request is to be sent again. `done` has what was tried before. */
  async function recover(response, used, { id, method, signal, sentBy, done }) {
    const once = (cause) => !done.has(cause) && done.add(cause);
    const { status } = response;
    const challenges = parseChallenges(response.headers.get('www-authenticate') ?? '');
    if (status === 401 || status === 403) {
      const error = status === 401 ? 'insufficient_user_authentication' : 'insufficient_scope';
      const parameters = challenges.find((challenge) => challenge.parameters.error === error)?.parameters;
      if (parameters) {
        if (!onStepUp || !once('step-up')) return false;
        if (latest() !== used) return true;
        emit('step-up', id);
        const { acr_values: acrValues, max_age, scope } = parameters;
        return stepUp({ acrValues, maxAge: max_age && Number(max_age), scope, response });
      }
    }
    if (status === 401) {
      if (!token) {
        if (ended) throw ended;
        if (logins !== sentBy) return false;
        throw endAll(await stored(ending));
      }
      const isToken = ({ scheme, parameters: { error } }) =>
        /^(bearer|dpop)$/.test(scheme) && (!error || error === 'invalid_token');
      if (challenges.length && !challenges.some(isToken)) return false;
      const now = latest();
      if (ended) throw ended;
      if (!once(now === used ? 'token' : 'newer')) return false;
      if (now === used) {
        const age = Date.now() - refreshedAt;
        if (age >= 0 && age < NEW) return false;
        await refreshed(used);
        if (ended) throw ended;
      }
      return true;
    }
    if (status === 429 || status === 503) {
      const wait = retryAfter(response);
      if (!(wait <= RETRY_LIMIT) || !/^(GET|HEAD|OPTIONS|PUT|DELETE)$/.test(method) || !once('wait')) return false;
      emit('wait', id);
      await pause(wait, signal);
      return true;
    }
    return false;
  }

  /**
   * Sends a request as `fetch` does.
   * @param {RequestInfo | URL} input
   * @param {RequestInit} [init]
   */
  async function api(input, init) {
    if (init?.url) return api(new Request(input, init));
    // It may be one of another frame.
    const request = input?.url ? input : undefined;
    const headers = new Headers(init?.headers ?? request?.headers);
    const url = new URL(request?.url ?? input, document?.baseURI ?? location?.href);
    const isOurs = (url) => origins.includes(originOf(url));
    if (!isOurs(url) || headers.has('authorization')) return fetch(input, init);
    const id = ++calls;
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
    const signal = init?.signal ?? request?.signal;
    const body = init?.body;
    const isStream = !!(body?.getReader ?? body?.[Symbol.asyncIterator]);
    const mayHaveBody = request && request.body !== null && body == null && !/^(GET|HEAD)$/.test(method);
    const copy = mayHaveBody && bytes(request.clone()).catch(() => null);
    const call = { id, method, signal, sentBy: logins, done: new Set() };
    for (let repeated; ;) {
      const used = latest();
      if (used) headers.set('authorization', `Bearer ${used}`);
      else headers.delete('authorization');
      const response = await fetch(request ?? url, { ...init, headers, ...repeated });
      emit('response', id, response.status);
      if (response.redirected && !isOurs(new URL(response.url))) return response;
      const discard = () => response.body?.cancel().catch(() => {});
      try {
        if (!(await abortable(recover(response, used, call), signal)) || logins !== call.sentBy) return response;
      } catch (error) {
        discard();
        throw error;
      }
      const kept = copy && (await abortable(copy, signal));
      const isLost = isStream || kept === null;
      if (isLost && response.status > 403) return response;
      discard();
      if (isLost) throw new NotRepeatableError(`the body of the request can't be sent again`);
      if (kept) repeated = { body: kept };
      emit('retry', id);
    }
  }

  /**
   * Call it after each login and step-up, so that all tabs use the new token.
   * @param {string} [next]
   */
  api.loggedIn = async (next) => {
    const isLogin = !steppingUp.size;
    const { generation: number } = await stored((state) => {
      const number = after(state);
      return { generation: number, login: isLogin ? number : state.login };
    });
    given = token?.();
    if (isLogin && !(generation > number)) change(number);
    adopt(next, number, true);
    post({ generation: number, token: shared(next), isLogin, isRefreshed: true });
  };

  /** Call it after a logout, so that other tabs stop. */
  api.loggedOut = async () => {
    endAll(await stored(ending));
  };

  return api;
}

/**
 * Lets an instance of axios use `api`.
 * @template T
 * @param {T} instance
 * @param {ReturnType<typeof authFetch>} api
 * @returns {T}
 */
export function attachAxios(instance, api) {
  instance.defaults.adapter = 'fetch';
  instance.defaults.env = { ...instance.defaults.env, fetch: api };
  return instance;
}

/**
 * The challenges of a `WWW-Authenticate` field (RFC 9110). Empty if it is invalid.
 * @param {string} field
 * @returns {{scheme: string, token68?: string, parameters: Record<string, string>}[]}
 */
export function parseChallenges(field) {
  const name = "[!#$%&'*+.^_`|~\\w-]+";
  const end = '(?=[ \\t]*(?:,|$))';
  const parameter = new RegExp(`(${name})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${name}))${end}`, 'y');
  const scheme = new RegExp(`(${name})(?: +([\\w.~+/-]+=*)${end}|${end}|( ))`, 'y');
  const challenges = [];
  let at = 0;
  /** A scheme and a space are followed by a parameter. */
  let isOpen = false;
  const match = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(field);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const separator = /[ \t,]*/y;
  for (match(separator); at < field.length; match(separator)) {
    const last = challenges.at(-1);
    const found = last && !last.token68 && match(parameter);
    if (found) {
      isOpen = false;
      last.parameters[found[1].toLowerCase()] ??= found[3] ?? found[2].replace(/\\(.)/g, '$1');
      continue;
    }
    const next = match(scheme);
    if (!next || isOpen) return [];
    isOpen = !!next[3];
    challenges.push({
      scheme: next[1].toLowerCase(),
      ...(next[2] && { token68: next[2] }),
      parameters: Object.create(null),
    });
  }
  return isOpen ? [] : challenges;
}

/** In milliseconds, by the clock of the server; `NaN` without one. */
function retryAfter({ headers }) {
  const value = headers.get('retry-after');
  if (/^\d+$/.test(value)) return value * 1000;
  return Date.parse(/GMT$/.test(value) && value) - Date.parse(headers.get('date') ?? new Date());
}

/** The body, or `null` if it is too large to keep. */
async function bytes(request) {
  if (!request.body) {
    const buffer = await request.arrayBuffer();
    return buffer.byteLength > BODY_LIMIT ? null : buffer;
  }
  const chunks = [];
  let length = 0;
  const reader = request.body.getReader();
  for (let read; !(read = await reader.read()).done;) {
    length += read.value.byteLength;
    if (length > BODY_LIMIT) {
      reader.cancel();
      return null;
    }
    chunks.push(read.value);
  }
  return new Blob(chunks).arrayBuffer();
}

function abortable(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function pause(time, signal) {
  let timer;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, time);
  });
  return abortable(over, signal).finally(() => clearTimeout(timer));
}
