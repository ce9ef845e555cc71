// Node's fetch with every kind of credentials.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { basic, kinds, url } from './service.mjs';

const get = (path, headers) => fetch(url(path), { headers });
const write = (headers) =>
  fetch(url('/write'), {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: '{"n":1}',
  });

for (const { scheme, issuer, full, reader, bad } of kinds) {
  test(`${scheme}: valid credentials identify the caller`, async () => {
    const response = await get('/whoami', full);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      subject: 'alice',
      issuer,
      scheme,
      scopes: ['read', 'write'],
      roles: ['admin'],
    });
  });

  test(`${scheme}: invalid credentials are 401`, async () => {
    const response = await get('/whoami', bad);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal((await response.json()).status, 401);
  });

  test(`${scheme}: a caller with the scope may write`, async () => {
    const response = await write(full);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { n: 1 });
  });

  test(`${scheme}: a caller without the scope or role is 403`, async () => {
    assert.equal((await get('/read', reader)).status, 200);
    assert.equal((await write(reader)).status, 403);
    assert.equal((await get('/admin', reader)).status, 403);
  });

  // Whoever holds a token can ask for a better one; there is no better password.
  test(`${scheme}: a missing scope is named to tokens and not to passwords or API keys`, async () => {
    const response = await write(reader);
    const helps = scheme === 'Bearer';
    assert.equal(response.headers.has('www-authenticate'), helps);
    const { code, required_scopes } = await response.json();
    assert.equal(code, helps ? 'insufficient_scope' : 'forbidden');
    assert.deepEqual(required_scopes, helps ? ['write'] : undefined);
  });

  test(`${scheme}: only an API key outside Authorization sets Cache-Control: private`, async () => {
    const response = await get('/whoami', full);
    assert.equal(response.headers.get('cache-control'), scheme === 'ApiKey' ? 'private' : null);
  });
}

test('no credential is 401, and anonymous on an optional route', async () => {
  assert.equal((await get('/whoami')).status, 401);
  assert.deepEqual(await (await get('/optional')).json(), { anonymous: true });
});

test('a name and a password outside of ASCII are accepted', async () => {
  for (const name of ['jürgen', 'zoë']) {
    const response = await get('/whoami', basic(name));
    assert.equal((await response.json()).subject, name);
  }
});

test('a password with colons is accepted', async () => {
  const response = await get('/whoami', basic('bob'));
  assert.equal((await response.json()).subject, 'bob');
});

// A browser sends passwords by itself, so they come after all that a caller has added.
test('if two kinds are sent, tokens decide over API keys, and API keys over passwords', async () => {
  const [bearer, basic, key] = kinds;
  for (const [first, second] of [[bearer, key], [key, basic]]) {
    const response = await get('/whoami', { ...first.reader, ...second.full });
    assert.equal((await response.json()).scheme, first.scheme);
    assert.equal((await get('/admin', { ...first.reader, ...second.full })).status, 403);
    assert.equal((await get('/whoami', { ...first.bad, ...second.full })).status, 401);
    assert.equal((await get('/whoami', { ...first.full, ...second.bad })).status, 200);
  }
});

test('two API keys, which fetch joins to one field, are refused', async () => {
  const headers = new Headers(kinds[2].full);
  headers.append('X-API-Key', kinds[2].reader['X-API-Key']);
  assert.equal((await get('/whoami', headers)).status, 401);
});
