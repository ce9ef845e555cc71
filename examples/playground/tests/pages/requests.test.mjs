// What each caller gets, and what the client does about it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { logIn, send, start, status, stateOf, steps, withBrowser } from './browser.mjs';

const browser = withBrowser();

const REFRESHED = ['request 401 invalid_token', 'refresh: POST /refresh, 200, a new token', 'retry 200'];

/** Route, caller, what happens, and what the last response says. */
const ALICE = [
  ['GET /catalogue', 'anonymous', ['request 200'], '"cents": 650'],
  ['GET /catalogue', 'access token', ['request 200'], '"cents": 585'],
  ['GET /catalogue', 'malformed access token', REFRESHED, '"cents": 585'],
  [
    'GET /me',
    'anonymous',
    ['request 401'],
    'WWW-Authenticate: Bearer realm="api"\nWWW-Authenticate: ApiKey realm="api"',
  ],
  ['GET /me', 'name and password (Basic)', ['request 401'], 'WWW-Authenticate: Bearer realm="api"'],
  ['GET /me', 'access token', ['request 200'], '"credential": "Bearer"'],
  ['GET /me', 'session', ['request 200'], '"credential": "Session"'],
  ['GET /me', 'API key', ['request 200'], '"credential": "ApiKey"'],
  ['GET /till', 'name and password (Basic)', ['request 200'], '"credential": "Basic"'],
  ['GET /till', 'anonymous', ['request 401'], 'WWW-Authenticate: xBasic realm="till"'],
  ['GET /till', 'malformed access token', ['request 401'], 'WWW-Authenticate: xBasic realm="till"'],
  ['GET /orders', 'access token', ['request 200'], '"item": "sencha", "quantity": 2'],
  ['GET /orders', 'expired access token', REFRESHED, '"owner": "alice"'],
  [
    'GET /orders',
    'access token without scopes and roles',
    ['request 403 insufficient_scope', 'step-up: the token of the login has the scope', 'retry 200'],
    '"owner": "alice"',
  ],
  ['GET /orders/{number}', 'access token', ['request 200'], '"number": 1'],
  ['POST /orders', 'session', ['request 201'], '"status": "placed"'],
  ['DELETE /orders/{number}', 'API key', ['request 403'], '"code": "forbidden"'],
  ['GET /takings', 'session', ['request 404'], '404 Not Found'],
  ['GET /takings', 'anonymous', ['request 401'], '"title": "Unauthorized"'],
];

const BOB = [
  ['GET /me', 'access token', ['request 200'], '"support"'],
  ['GET /orders/{number}', 'access token', ['request 403'], '"code": "forbidden"'],
  [
    'POST /orders',
    'access token without scopes and roles',
    ['request 403 insufficient_scope', 'step-up: the login does not have the scope'],
    'scope="orders:write"',
  ],
  ['POST /orders', 'session', ['request 403'], '"code": "forbidden"'],
  ['GET /takings', 'session', ['request 200'], '"cents": 12345'],
  ['DELETE /orders/{number}', 'API key', ['request 204'], '204 No Content'],
  ['DELETE /orders/{number}', 'access token', ['request 404'], '404 Not Found'],
];

for (const [name, table] of Object.entries({ alice: ALICE, bob: BOB })) {
  test(`the responses to ${name}`, async (t) => {
    const { open } = await start(t, browser);
    const tab = await open();
    await logIn(tab, name);
    await logIn(tab, name, 'session');
    for (const [route, caller, expected, text] of table) {
      const card = await send(tab, route, caller);
      const which = `${route}: ${caller}`;
      assert.deepEqual(await steps(card), expected, which);
      const response = await card.locator('details[open] .message').last().innerText();
      assert.ok(response.includes(text), `${which}: ${response}`);
      const subject = caller === 'anonymous' ? caller : `${name}, ${caller}`;
      assert.equal(await card.locator('.card-head + p').innerText(), `Caller: ${subject}`);
      await status(tab, expected.at(-1).replace(/^(request|retry) /, '$1: '));
    }
    assert.deepEqual(tab.faults, []);
  });
}

test('tokens and keys are shortened', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  await logIn(tab, 'alice');
  for (const [caller, field] of [
    ['access token', /^Authorization: Bearer eyJ\w{7}…\S{6}$/m],
    ['API key', /^X-API-Key: \S{10}…\S{6}$/m],
  ]) {
    const card = await send(tab, 'GET /me', caller);
    await steps(card);
    assert.match(await card.locator('.message').first().innerText(), field);
  }
});

test('20 requests with an expired token share one refresh', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  assert.ok(await tab.getByRole('button', { name: 'Send GET /orders 20 times' }).isDisabled());
  await logIn(tab, 'alice');
  await tab.getByRole('button', { name: 'Send GET /orders 20 times' }).click();
  await status(tab, '20 of 20 succeeded.');
  assert.deepEqual(await steps(tab.locator('.card').first()), [
    '20 × 401 invalid_token',
    '1 × refresh: POST /refresh, 200, a new token',
    '20 × retry: 200',
  ]);
  assert.equal(tab.refreshes, 1);
  assert.deepEqual(tab.faults, []);
});

test('two tabs share one refresh', async (t) => {
  const { context, open } = await start(t, browser);
  const tabs = [await open(), await open()];
  await logIn(tabs[0], 'alice');
  await stateOf(tabs[1], 'tokens').getByText('alice').waitFor();
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  await context.route('**/refresh', async (route) => {
    await held;
    await route.continue();
  });
  for (const tab of tabs) await tab.getByRole('button', { name: 'Send GET /orders 20 times' }).click();
  // Both wait for the same refresh.
  for (const tab of tabs) await tab.getByText('20 × 401 invalid_token').waitFor();
  release();
  for (const tab of tabs) await status(tab, '20 of 20 succeeded.');
  assert.deepEqual(tabs.map((tab) => tab.refreshes).sort(), [0, 1]);
  const other = tabs.find((tab) => tab.refreshes === 0);
  assert.deepEqual(await steps(other.locator('.card').first()), [
    '20 × 401 invalid_token',
    '20 × refresh: waited for another tab',
    '20 × retry: 200',
  ]);
  assert.deepEqual(
    tabs.flatMap((tab) => tab.faults),
    [],
  );
});

test('a refused refresh ends the login', async (t) => {
  const { context, open } = await start(t, browser);
  const tab = await open();
  await logIn(tab, 'alice');
  // Without the cookie of the refresh token.
  await context.clearCookies();
  const card = await send(tab, 'GET /orders', 'expired access token');
  assert.deepEqual(await steps(card), [
    'request 401 invalid_token',
    'refresh: POST /refresh, 400',
    'the login has ended',
  ]);
  await stateOf(tab, 'tokens').getByText('Not logged in').waitFor();
  assert.ok(await tab.getByRole('button', { name: 'Send GET /orders 20 times' }).isDisabled());
  assert.deepEqual(tab.faults, []);
});

test('a server that does not respond is a result too', async (t) => {
  const { context, open } = await start(t, browser);
  const tab = await open();
  await logIn(tab, 'alice');
  await context.route(/\/(me|login)$/, (route) => route.abort());
  assert.deepEqual(await steps(await send(tab, 'GET /me', 'access token')), ['request no response']);
  await tab.getByRole('button', { name: 'Log in with tokens' }).click();
  await tab.getByText('The server did not respond.').waitFor();
  await context.route('**/logout', (route) => route.fulfill({ status: 503 }));
  await tab.getByRole('button', { name: 'Log out with tokens' }).click();
  await tab.getByRole('alert').getByText('The logout failed: the server answered 503.').waitFor();
  assert.equal(await stateOf(tab, 'tokens').innerText(), 'alice');
});
