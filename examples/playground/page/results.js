// The list of responses.

import { outcome } from './exchanges.js';

/** An element with properties, and with children that are elements or texts. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter(Boolean));
  return made;
}

/** A method and a path, with an input in place of its parameter. */
export function routeElements(method, path, input) {
  const [before, after] = input ? path.split('{number}') : [path];
  return [
    element('span', { className: `method ${method.toLowerCase()}` }, method),
    ' ',
    element('code', {}, before),
    input,
    after && element('code', {}, after),
  ];
}

function kindOf({ response, failure }) {
  if (failure) return 'failed';
  if (!response) return 'open';
  if (response.ok) return 'ok';
  return response.status < 500 ? 'refused' : 'failed';
}

/** Tokens and keys are too long to read. */
const shorten = (value) => value.replace(/[\w.+/=-]{25,}/g, (text) => `${text.slice(0, 10)}…${text.slice(-6)}`);

const NAMES = { 'www-authenticate': 'WWW-Authenticate', 'x-api-key': 'X-API-Key' };
const title = (name) => NAMES[name] ?? name.replace(/(^|-)\w/g, (letter) => letter.toUpperCase());

/** `fetch` has joined the challenges. One for each line is easier to read. */
const challengesOf = (value) => value.split(/, (?=[A-Za-z]+ realm=)/);

const fields = (headers, names) =>
  names
    .filter((name) => headers.has(name))
    .flatMap((name) => {
      const value = headers.get(name);
      const lines = name === 'www-authenticate' ? challengesOf(value) : [shorten(value)];
      return lines.map((line) => [title(name), line]);
    });

function message(label, first, lines, body) {
  const code = element('code', {}, first);
  for (const [name, value] of lines) code.append('\n', element('b', {}, `${name}:`), ` ${value}`);
  if (body) code.append(`\n\n${pretty(body)}`);
  return element('div', { className: 'message' }, element('h4', {}, label), element('pre', {}, code));
}

/** JSON with a line for each member, or for each item of an array. */
function pretty(text) {
  try {
    const value = JSON.parse(text);
    if (!Array.isArray(value)) return JSON.stringify(value, null, 2);
    const items = value.map((item) => `  ${JSON.stringify(item, null, 1).replace(/\n\s*/g, ' ')}`);
    return `[\n${items.join(',\n')}\n]`;
  } catch {
    return text;
  }
}

const RECEIVED = ['content-type', 'www-authenticate', 'cache-control', 'retry-after'];
const SENT = ['authorization', 'x-api-key', 'content-type', 'x-requested-with'];

function messages({ method, path, cookie }, { headers, body, response, text }) {
  const sent = fields(headers, SENT);
  if (cookie) sent.push(['Cookie', cookie]);
  const request = message('Request', `${method} ${path}`, sent, body);
  if (!response) return [request];
  const status = `${response.status} ${response.statusText}`;
  return [request, message('Response', status, fields(response.headers, RECEIVED), text)];
}

/** A long error is broken after `_`. */
const badge = (kind, text) =>
  element('span', { className: `badge ${kind}` }, ...text.split(/(?<=_)/).flatMap((part) => [part, element('wbr')]));

const nameOf = ({ isRetry }) => (isRetry ? 'retry' : 'request');

const note = ({ kind, text }) => element('li', { className: kind }, element('p', {}, text));

function step(exchange, item) {
  if (!item.headers) return note(item);
  const isShown = item.isOpen ?? item === exchange.last;
  const details = element(
    'details',
    { open: isShown },
    element('summary', {}, element('b', {}, nameOf(item)), ' ', badge(kindOf(item), outcome(item))),
    ...messages(exchange, item),
  );
  // The next step shows all of them again.
  details.addEventListener('toggle', () => {
    if (details.open !== isShown) item.isOpen = details.open;
  });
  return element('li', { className: kindOf(item) }, details);
}

/** The timeline in words. */
export function summary(exchange) {
  const texts = exchange.steps.map((item) => (item.headers ? `${nameOf(item)}: ${outcome(item)}` : item.text));
  return `${exchange.method} ${exchange.path}. ${texts.join('; ')}`;
}

function cardOf(heading, caller, ...content) {
  const status = element('span', { className: 'status' });
  const made = element(
    'li',
    { className: 'card' },
    element('div', { className: 'card-head' }, element('h3', {}, ...heading), status),
    element('p', { className: 'hint' }, `Caller: ${caller}`),
    ...content,
  );
  return [made, status];
}

/** A card that follows the exchange. */
export function card(exchange) {
  const list = element('ol', { className: 'timeline' });
  const [made, status] = cardOf(routeElements(exchange.method, exchange.path), exchange.caller, list);
  exchange.follow(() => {
    list.replaceChildren(...exchange.steps.map((item) => step(exchange, item)));
    const { isOpen, last, result } = exchange;
    status.replaceChildren(isOpen ? badge('open', 'waiting') : badge(last ? kindOf(last) : 'failed', result));
  });
  return made;
}

/** One card for many exchanges of one route, with a square for each. */
export function cardOfMany(exchanges, caller) {
  const [{ method, path }] = exchanges;
  const cells = exchanges.map(() => element('span'));
  const list = element('ol', { className: 'timeline' });
  const heading = [`${exchanges.length} × `, ...routeElements(method, path)];
  const squares = element('p', { className: 'cells', 'aria-hidden': 'true' }, ...cells);
  const [made, status] = cardOf(heading, caller, squares, list);
  const render = () => {
    exchanges.forEach(({ last }, index) => {
      cells[index].className = last ? kindOf(last) : 'open';
    });
    list.replaceChildren(...stepsOfMany(exchanges).map(note));
    const isOpen = exchanges.some((exchange) => exchange.isOpen);
    const kind = isOpen ? 'open' : succeeded(exchanges) === exchanges.length ? 'ok' : 'failed';
    status.replaceChildren(badge(kind, `${succeeded(exchanges)} of ${exchanges.length} succeeded`));
  };
  for (const exchange of exchanges) exchange.follow(render);
  return made;
}

const succeeded = (exchanges) => exchanges.filter(({ isOpen, last }) => !isOpen && last?.response?.ok).length;

/** The first requests, what the client did, and the retries: how often each. What it did for several counts once. */
function stepsOfMany(exchanges) {
  const attempts = exchanges.flatMap((exchange) => exchange.attempts);
  const notes = new Set(exchanges.flatMap(({ steps }) => steps.filter((item) => !item.headers)));
  return counted([
    ...attempts.filter(({ isRetry }) => !isRetry).map((item) => ({ kind: kindOf(item), text: outcome(item) })),
    ...notes,
    ...attempts
      .filter(({ isRetry }) => isRetry)
      .map((item) => ({ kind: kindOf(item), text: `retry: ${outcome(item)}` })),
  ]);
}

function counted(steps) {
  const counts = new Map();
  for (const { kind, text } of steps) counts.set(text, { kind, count: (counts.get(text)?.count ?? 0) + 1 });
  return [...counts].map(([text, { kind, count }]) => ({ kind, text: `${count} × ${text}` }));
}

export function summaryOfMany(exchanges) {
  const texts = stepsOfMany(exchanges).map(({ text }) => text);
  return `${succeeded(exchanges)} of ${exchanges.length} succeeded. ${texts.join('; ')}`;
}
