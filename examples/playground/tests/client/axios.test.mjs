// axios has no logic of its own here: its requests are those of the module.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import axios, { AxiosError } from 'axios';

import { LoggedOutError, NotRepeatableError, attachAxios, authFetch } from '../../client/auth-fetch.js';
import { EXPIRED, start, startApi } from './server.mjs';

const attached = (server, options) =>
  attachAxios(
    axios.create({ baseURL: server.origin }),
    authFetch({ token: () => 'old', origins: [server.origin], ...options }),
  );

test('100 requests with an expired token cause one refresh, and all succeed', async (context) => {
  const server = await startApi(context);
  const client = attached(server, { refresh: server.refresh });
  const responses = await Promise.all(Array.from({ length: 100 }, (_, index) => client.get(`/${index}`)));
  assert.ok(responses.every(({ status, data }) => status === 200 && data === 'fine'));
  assert.equal(server.issued, 1);
  assert.equal(server.requests.length, 200);
});

test('fetch and axios share the state', async (context) => {
  const server = await startApi(context);
  const api = authFetch({ token: () => 'old', refresh: server.refresh, origins: [server.origin] });
  const client = attachAxios(axios.create({ baseURL: server.origin }), api);
  await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? client.get('/') : api(server.origin))));
  assert.equal(server.issued, 1);
});

test('JSON is sent again', async (context) => {
  const server = await startApi(context);
  const client = attached(server, { refresh: server.refresh });
  await client.post('/orders', { count: 1 }, { params: { dry: true } });
  assert.deepEqual(
    server.requests.map(({ path, body }) => `${path} ${body}`),
    ['/orders?dry=true {"count":1}', '/orders?dry=true {"count":1}'],
  );
  assert.equal(server.requests[1].headers['content-type'], 'application/json');
});

test('a stream of at most 1 MiB is sent again, and a longer one is reported', async (context) => {
  const server = await startApi(context);
  const client = attached(server, { refresh: server.refresh });
  await client.post('/', new Blob(['a stream']).stream());
  assert.deepEqual(
    server.requests.map(({ body }) => `${body}`),
    ['a stream', 'a stream'],
  );
  server.token = 'another';
  const longer = attached(server, { refresh: server.refresh });
  await assert.rejects(longer.post('/', new Blob(['x'.repeat(2 << 20)]).stream()), (error) => {
    assert.ok(error instanceof AxiosError);
    assert.ok(error.cause instanceof NotRepeatableError);
    return true;
  });
});

test('other statuses are the errors of axios', async (context) => {
  const server = await start(context, () => [
    403,
    { 'www-authenticate': 'Bearer realm="api"' },
    '{"code":"forbidden"}',
  ]);
  const client = attached(server, { refresh: () => assert.fail('a refresh') });
  await assert.rejects(client.get('/'), (error) => {
    assert.equal(error.response.status, 403);
    assert.equal(error.response.data.code, 'forbidden');
    return true;
  });
});

test('the end of a login is the cause of the error', async (context) => {
  const server = await start(context, () => EXPIRED);
  const onLoggedOut = mock.fn();
  const client = attached(server, { refresh: async () => null, onLoggedOut });
  const errors = await Promise.all(Array.from({ length: 10 }, () => client.get('/').catch((error) => error)));
  assert.ok(errors.every((error) => error instanceof AxiosError && error.cause instanceof LoggedOutError));
  assert.equal(onLoggedOut.mock.callCount(), 1);
});

test('an aborted request is cancelled', async (context) => {
  const server = await start(context, () => EXPIRED);
  const controller = new AbortController();
  const refresh = async () => {
    controller.abort();
    return null;
  };
  await assert.rejects(attached(server, { refresh }).get('/', { signal: controller.signal }), { code: 'ERR_CANCELED' });
});
