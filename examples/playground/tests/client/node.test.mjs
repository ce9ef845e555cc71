// Node's fetch, and axios, at the playground.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import axios from 'axios';

import { LoggedOutError, attachAxios, authFetch } from '../../client/auth-fetch.js';
import { startPlayground } from './playground.mjs';

/** A client that keeps the cookie of the refresh token, as a browser does. */
async function logIn(context) {
  const { origin, control, stop } = await startPlayground();
  context.after(stop);
  let cookie;
  const post = async (path, options) => {
    const response = await fetch(`${origin}${path}`, {
      method: 'POST',
      ...options,
      headers: { cookie, ...options?.headers },
    });
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return response;
  };
  const login = await post('/login', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'alice', password: 'correct horse' }),
  });
  assert.equal(login.status, 200);
  const { access_token: token } = await login.json();
  return { origin, control, token, post, refresh: (signal) => post('/refresh', { signal }) };
}

test('100 requests with an expired token cause one refresh, and all succeed', async (context) => {
  const { origin, control, refresh } = await logIn(context);
  const api = authFetch({ token: () => 'expired', refresh, origins: [origin] });
  const responses = await Promise.all(Array.from({ length: 100 }, () => api(`${origin}/orders`)));
  assert.ok(responses.every(({ status }) => status === 200));
  assert.deepEqual(control.refreshes, [200]);
});

test('so do 100 requests of axios', async (context) => {
  const { origin, control, refresh } = await logIn(context);
  const client = attachAxios(
    axios.create({ baseURL: origin }),
    authFetch({ token: () => 'expired', refresh, origins: [origin] }),
  );
  const responses = await Promise.all(Array.from({ length: 100 }, () => client.get('/orders')));
  assert.ok(responses.every(({ status, data }) => status === 200 && Array.isArray(data)));
  assert.deepEqual(control.refreshes, [200]);
});

test('a lost response is asked for again within the grace period', async (context) => {
  const { origin, control, refresh } = await logIn(context);
  control.lost = 1;
  const api = authFetch({ token: () => 'expired', refresh, origins: [origin] });
  assert.equal((await api(`${origin}/orders`)).status, 200);
  assert.deepEqual(control.refreshes, [200, 200]);
});

test('a logout ends the access token and the refresh token', async (context) => {
  const { origin, control, token, refresh } = await logIn(context);
  const api = authFetch({ token: () => token, refresh, origins: [origin] });
  assert.equal((await api(`${origin}/logout`, { method: 'POST' })).status, 204);
  await assert.rejects(api(`${origin}/orders`), LoggedOutError);
  assert.deepEqual(control.refreshes, [400]);
});
