// The page: the logins, the table of the routes, and the dialog of the step-up.

import {
  CALLERS,
  describe,
  isAvailable,
  logIn,
  logOut,
  logOutEverywhere,
  restore,
  send,
  sendManyExpired,
  setHooks,
  state,
} from './callers.js';
import { claims, Exchange } from './exchanges.js';
import { card, cardOfMany, element, routeElements, summary, summaryOfMany } from './results.js';

const MANY = 20;
/** The routes that the buttons of the logins call. */
const OF_LOGINS = ['/login', '/refresh', '/logout', '/step-up', '/session', '/api-keys', '/weaker-token'];
const BODIES = { 'POST /orders': { item: 'sencha', quantity: 2 } };
/** A challenge for `Basic` would open a dialog of the browser, unless the request says that a script has sent it. */
const HEADERS = { 'GET /till': { 'x-requested-with': 'XMLHttpRequest' } };

const byId = (id) => document.getElementById(id);
const say = (text) => {
  byId('status').textContent = text;
};

/** A rejected `fetch` has a `TypeError`. */
const explain = (error) =>
  error instanceof TypeError ? 'The server did not respond. Is the program still running?' : error.message;

function showProblem(error) {
  byId('problem').textContent = error ? explain(error) : '';
  byId('problem').hidden = !error;
}

async function attempt(act) {
  showProblem();
  try {
    await act();
  } catch (error) {
    showProblem(error);
  }
}

// The logins.

const logInForm = byId('log-in-form');
const account = () => ({ name: logInForm.elements.name.value, password: logInForm.elements.password.value });

logInForm.addEventListener('change', ({ target }) => {
  if (target.dataset.password) logInForm.elements.password.value = target.dataset.password;
});

const FAULTS = {
  400: 'The password is wrong.',
  429: 'There were too many attempts. Try again in a few minutes.',
};

/** Resolves to whether the form succeeded. Otherwise it shows why not. */
async function submitForm(id, input, act) {
  let text;
  try {
    const { ok, status } = await act();
    if (!ok) text = FAULTS[status] ?? `The server answered ${status}. Try again.`;
  } catch (error) {
    text = explain(error);
  }
  clearFault(id, input);
  if (!text) return true;
  byId(id).textContent = text;
  byId(id).hidden = false;
  input.setAttribute('aria-invalid', 'true');
  input.focus();
  return false;
}

function clearFault(id, input) {
  byId(id).hidden = true;
  input.removeAttribute('aria-invalid');
}

logInForm.addEventListener('submit', async (event) => {
  event.preventDefault();
  const kind = event.submitter?.value === 'session' ? 'session' : 'tokens';
  const { name, password } = account();
  const isLoggedIn = await submitForm('log-in-fault', logInForm.elements.password, () => logIn(kind, name, password));
  if (isLoggedIn) chooseCaller(kind === 'tokens' ? 'token' : 'session');
});

/** The button disappears, so the focus goes to the form. */
const leave = (act) =>
  attempt(async () => {
    await act();
    logInForm.elements.password.focus();
  });

byId('tokens-log-out').addEventListener('click', () => leave(() => logOut('tokens')));
byId('session-log-out').addEventListener('click', () => leave(() => logOut('session')));
byId('log-out-everywhere').addEventListener('click', () => leave(logOutEverywhere));

function showLogins(text) {
  for (const kind of ['tokens', 'session']) {
    const subject = state[kind];
    byId(`${kind}-state`).replaceChildren(subject ? element('b', {}, subject) : 'Not logged in');
    byId(`${kind}-log-out`).hidden = !subject;
  }
  byId('log-out-everywhere').hidden = !(state.tokens ?? state.session);
  byId('send-many').disabled = !state.tokens;
  byId('many-hint').textContent = state.tokens
    ? 'All at once with one expired token: the client refreshes once.'
    : 'Log in with tokens first.';
  showAvailable();
  showExpiry();
  if (text) say(text);
}

function showExpiry() {
  const { exp, iat } = claims(state.token);
  byId('expiry').hidden = !state.tokens || !exp;
  if (byId('expiry').hidden) return;
  const rest = Math.max(0, Math.ceil(exp - Date.now() / 1000));
  byId('expiry-text').textContent = rest ? `The access token expires in ${rest} s` : 'The access token has expired';
  byId('expiry-bar').max = exp - iat;
  byId('expiry-bar').value = rest;
}

setInterval(showExpiry, 500);

// The caller.

const callerSelect = byId('caller');
const caller = () => CALLERS.find(({ id }) => id === callerSelect.value);
const GROUPS = {
  none: 'Without a login',
  tokens: 'Login with tokens',
  session: 'Login with a session',
  any: 'Any login',
};

for (const [needs, label] of Object.entries(GROUPS)) {
  const options = CALLERS.filter((each) => each.needs === needs);
  callerSelect.append(
    element('optgroup', { label }, ...options.map(({ id, name }) => element('option', { value: id }, name))),
  );
}

callerSelect.addEventListener('change', showCaller);

function chooseCaller(id) {
  callerSelect.value = id;
  showCaller();
}

function showAvailable() {
  for (const option of callerSelect.options) {
    option.disabled = !isAvailable(CALLERS.find(({ id }) => id === option.value));
  }
  if (!isAvailable(caller())) callerSelect.value = 'anonymous';
  showCaller();
}

function showCaller() {
  byId('caller-hint').textContent = caller().hint;
  for (const button of document.querySelectorAll('#api button')) {
    button.disabled = caller().without === button.dataset.route;
  }
}

// The routes.

/** A line is broken between the parts of a rule. */
const ruleElements = (text) =>
  text
    .split(/(?<=,) (?=\w)/)
    .flatMap((part, index) => (index ? [' ', element('code', {}, part)] : [element('code', {}, part)]));

function row({ method, path, text }, button, number) {
  return element(
    'tr',
    { role: 'row' },
    element('th', { scope: 'row', role: 'rowheader' }, ...routeElements(method, path, number)),
    element('td', { role: 'cell', className: 'rule' }, ...ruleElements(text)),
    button && element('td', { role: 'cell' }, button),
  );
}

function rowToSend(entry) {
  const { method, path } = entry;
  const route = `${method} ${path}`;
  const number =
    path.includes('{number}') &&
    element('input', {
      value: '1',
      inputMode: 'numeric',
      maxLength: 6,
      'aria-label': `Number of the order for ${route}`,
    });
  const button = element('button', { 'data-route': route, 'aria-label': `Send ${route}` }, 'Send');
  button.addEventListener('click', () => {
    const given = number ? path.replace('{number}', encodeURIComponent(number.value)) : path;
    sendOne(route, new Exchange(method, given, describe(caller(), account())));
  });
  return row(entry, button, number);
}

async function showRoutes() {
  const { routes } = await (await fetch('/access-map.json')).json();
  const isApi = ({ path, access }) => access !== 'anonymous' && !OF_LOGINS.some((start) => path.startsWith(start));
  byId('api').replaceChildren(...routes.filter(isApi).map(rowToSend));
  byId('others').replaceChildren(...routes.filter((route) => !isApi(route)).map((entry) => row(entry)));
}

// The responses.

function show(made) {
  const list = byId('result-list');
  for (const details of list.querySelectorAll('details')) details.open = false;
  list.prepend(made);
  byId('results').scrollTop = 0;
  byId('no-results').hidden = true;
  byId('clear').hidden = false;
}

byId('clear').addEventListener('click', () => {
  byId('result-list').replaceChildren();
  byId('no-results').hidden = false;
  byId('clear').hidden = true;
  byId('latest').hidden = true;
  byId('results-heading').focus();
});

function done(text, short) {
  say(text);
  byId('latest').textContent = short;
  byId('latest').hidden = false;
}

async function sendOne(route, exchange) {
  show(card(exchange));
  const body = BODIES[route] && JSON.stringify(BODIES[route]);
  const headers = { ...(body && { 'content-type': 'application/json' }), ...HEADERS[route] };
  await send(caller(), exchange, { headers, body }, account());
  done(summary(exchange), `${route}: ${exchange.result}`);
}

byId('send-many').addEventListener('click', async () => {
  const exchanges = Array.from({ length: MANY }, () => new Exchange('GET', '/orders', ''));
  show(cardOfMany(exchanges, `${state.tokens}, expired access token`));
  await sendManyExpired(exchanges);
  const text = summaryOfMany(exchanges);
  done(text, text.split('.')[0]);
});

// The step-up.

const dialog = byId('step-up');
const dialogPassword = byId('step-up-password');

/** Resolves to whether the password was confirmed. */
function stepUp({ subject, reason, confirm }) {
  const { password } = logInForm.querySelector(`[value="${subject}"]`).dataset;
  const text = `The API asks for the password of ${subject} again. The password is `;
  byId('step-up-text').replaceChildren(text, element('code', {}, password), '.');
  byId('step-up-reason').textContent = reason;
  dialogPassword.value = '';
  clearFault('step-up-fault', dialogPassword);
  dialog.showModal();
  dialogPassword.focus();
  return new Promise((resolve) => {
    const controller = new AbortController();
    const { signal } = controller;
    const close = (isConfirmed) => {
      controller.abort();
      dialog.close();
      resolve(isConfirmed);
    };
    const submit = async (event) => {
      event.preventDefault();
      if (await submitForm('step-up-fault', dialogPassword, () => confirm(dialogPassword.value))) close(true);
    };
    byId('step-up-form').addEventListener('submit', submit, { signal });
    byId('step-up-cancel').addEventListener('click', () => close(false), { signal });
    dialog.addEventListener('cancel', () => close(false), { signal });
  });
}

setHooks({ changed: showLogins, failed: showProblem, stepUp });
await attempt(async () => {
  await showRoutes();
  showLogins();
  await restore();
  if (state.tokens) chooseCaller('token');
  else if (state.session) chooseCaller('session');
});
