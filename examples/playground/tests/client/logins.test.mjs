// What belongs to one login does not get into another one, and not to another origin.
import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';

import { authFetch, LoggedOutError } from '../../client/auth-fetch.js';
import { EXPIRED, start, startApi } from './server.mjs';
import { takeTimers } from './timers.mjs';

/** A server on which the first request waits. */
async function startHeld(context, answer) {
  let arrived, release;
  const isThere = new Promise((resolve) => (arrived = resolve));
  const released = new Promise((resolve) => (release = resolve));
  const server = await start(context, async (request) => {
    if (request === server.requests[0]) {
      arrived();
      await released;
    }
    return answer(request);
  });
  return Object.assign(server, { arrived: isThere, release });
}

const sentBy = ({ requests }) => requests.map(({ token }) => token);

describe('another login', () => {
  test('a request of alice is not sent again as bob', async (context) => {
    const server = await startHeld(context, ({ token }) => (token === 'bob' ? [200, {}, 'of bob'] : EXPIRED));
    let token = 'alice';
    const api = authFetch({ token: () => token, refresh: assert.fail, origins: [server.origin] });
    const sent = api(server.origin, { method: 'POST', body: 'pay' });
    await server.arrived;
    await api.loggedOut();
    token = 'bob';
    await api.loggedIn(token);
    server.release();
    assert.equal((await sent).status, 401);
    assert.deepEqual(sentBy(server), ['alice']);
    assert.equal((await api(server.origin)).status, 200);
  });

  test('a request that waits as `Retry-After` says is not sent again as bob', async (context) => {
    const server = await start(context, () => [503, { 'retry-after': '3' }]);
    let token = 'alice';
    const onEvent = ({ type }) => {
      if (type !== 'wait') return;
      token = 'bob';
      api.loggedIn(token);
    };
    takeTimers(context);
    const api = authFetch({ token: () => token, refresh: assert.fail, origins: [server.origin], onEvent });
    assert.equal((await api(server.origin)).status, 503);
    assert.deepEqual(sentBy(server), ['alice']);
  });

  test('a late 401 of the former session does not end the new one', async (context) => {
    const server = await startHeld(context, () => EXPIRED);
    const onLoggedOut = mock.fn();
    const api = authFetch({ origins: [server.origin], onLoggedOut });
    const sent = api(server.origin);
    await server.arrived;
    await api.loggedIn();
    server.release();
    assert.equal((await sent).status, 401);
    assert.equal(onLoggedOut.mock.callCount(), 0);
  });

  test('after a logout only `loggedIn` begins again, whatever `token` returns', async (context) => {
    const server = await startApi(context);
    let token = 'old';
    const onLoggedOut = mock.fn(() => {
      token = null;
    });
    const refresh = mock.fn(server.refresh);
    const api = authFetch({ token: () => token, refresh, origins: [server.origin], onLoggedOut });
    await api.loggedOut();
    await assert.rejects(api(server.origin), LoggedOutError);
    token = 'another';
    await assert.rejects(api(server.origin), LoggedOutError);
    assert.equal(refresh.mock.callCount(), 0);
    assert.equal(onLoggedOut.mock.callCount(), 1);
    token = server.token;
    await api.loggedIn(token);
    assert.equal((await api(server.origin)).status, 200);
  });

  test('a refresh that is over after the logout does not undo it', async (context) => {
    const server = await startApi(context);
    let token = 'old';
    let signal;
    const refresh = async (given) => {
      signal = given;
      await api.loggedOut();
      return (token = await server.refresh());
    };
    const api = authFetch({ token: () => token, refresh, origins: [server.origin] });
    await assert.rejects(api(server.origin), LoggedOutError);
    assert.ok(signal.aborted, 'its cookie would replace that of the next login');
    await assert.rejects(api(server.origin), LoggedOutError);
  });
});

describe('another origin', () => {
  test('its 401 after a redirect ends no session', async (context) => {
    const other = await start(context, () => EXPIRED);
    const server = await start(context, () => [302, { location: other.origin }]);
    const onLoggedOut = mock.fn();
    const api = authFetch({ origins: [server.origin], onLoggedOut });
    assert.equal((await api(server.origin)).status, 401);
    assert.equal(onLoggedOut.mock.callCount(), 0);
  });

  test('its challenge after a redirect starts no refresh and no step-up, and it does not get the token', async (context) => {
    const challenge = 'Bearer error="insufficient_user_authentication", acr_values="a"';
    const other = await start(context, () => [401, { 'www-authenticate': challenge }]);
    const server = await start(context, () => [302, { location: other.origin }]);
    const api = authFetch({
      token: () => 'old',
      refresh: assert.fail,
      onStepUp: assert.fail,
      origins: [server.origin],
    });
    assert.equal((await api(server.origin)).status, 401);
    assert.deepEqual(sentBy(other), [undefined]);
  });

  test('a URL that the caller changes later is sent again as it was', async (context) => {
    const other = await start(context, () => [200]);
    const server = await startApi(context);
    const api = authFetch({ token: () => 'old', refresh: server.refresh, origins: [server.origin] });
    const url = new URL('/1', server.origin);
    const sent = api(url);
    url.port = new URL(other.origin).port;
    assert.equal((await sent).status, 200);
    assert.deepEqual(
      server.requests.map(({ path }) => path),
      ['/1', '/1'],
    );
    assert.deepEqual(other.requests, []);
  });

  test('schemes of applications have origins too', async (context) => {
    const sent = [];
    context.mock.method(globalThis, 'fetch', async (url, { headers } = {}) => {
      sent.push([String(url), headers?.get('authorization')]);
      return new Response();
    });
    const api = authFetch({ token: () => 'a', refresh: assert.fail, origins: ['capacitor://localhost'] });
    await api('capacitor://localhost/me');
    await api('capacitor://other/me');
    await api('ionic://localhost/me');
    assert.deepEqual(sent, [
      ['capacitor://localhost/me', 'Bearer a'],
      ['capacitor://other/me', undefined],
      ['ionic://localhost/me', undefined],
    ]);
  });
});

describe('unusual values', () => {
  test('a Request as the second argument counts as with fetch', async (context) => {
    const server = await startApi(context);
    const api = authFetch({ token: () => 'old', refresh: server.refresh, origins: [server.origin] });
    const response = await api(`${server.origin}/1`, new Request(server.origin, { method: 'DELETE' }));
    assert.equal(response.status, 200);
    assert.deepEqual(
      server.requests.map(({ method, path }) => [method, path]),
      Array(2).fill(['DELETE', '/1']),
    );
  });

  test('a `Retry-After` of a refresh that is longer than 30 seconds fails at once', async (context) => {
    for (const seconds of ['31', '3600', '99999999']) {
      const server = await startApi(context);
      const { waits } = takeTimers(context);
      const refresh = mock.fn(async () => new Response(null, { status: 429, headers: { 'retry-after': seconds } }));
      const api = authFetch({ token: () => 'old', refresh, origins: [server.origin] });
      await assert.rejects(api(server.origin), { message: 'the refresh got 429' });
      assert.equal(refresh.mock.callCount(), 1);
      assert.deepEqual(waits, []);
    }
  });

  test('a `Retry-After` that is neither seconds nor a date is not waited for', async (context) => {
    for (const value of ['-5', '1.5', '30, 30', '0x10', '5 s', 'soon']) {
      const server = await start(context, () => [503, { 'retry-after': value }]);
      const api = authFetch({ token: () => 'old', refresh: assert.fail, origins: [server.origin] });
      assert.equal((await api(server.origin)).status, 503);
      assert.equal(server.requests.length, 1, value);
    }
  });

  test('a refresh may return a response of another class, or the JSON of one', async (context) => {
    class Other {
      ok = true;
      status = 200;
      headers = new Headers();
      json = async () => ({ access_token: 'token-0' });
    }
    for (const answer of [new Other(), { access_token: 'token-0' }]) {
      const server = await startApi(context);
      const api = authFetch({ token: () => 'old', refresh: async () => answer, origins: [server.origin] });
      assert.equal((await api(server.origin)).status, 200);
      assert.deepEqual(sentBy(server), ['old', 'token-0']);
    }
  });

  test('a stream with 503 and `Retry-After` gets the response', async (context) => {
    const server = await start(context, () => [503, { 'retry-after': '0' }]);
    const api = authFetch({ token: () => 'old', refresh: assert.fail, origins: [server.origin] });
    const body = new Blob(['a']).stream();
    assert.equal((await api(server.origin, { method: 'PUT', duplex: 'half', body })).status, 503);
  });

  test('a token that was replaced twice meanwhile is replaced again', async (context) => {
    const server = await startHeld(context, ({ token }) => (token === 'c' ? [200] : EXPIRED));
    let token = 'a';
    const refresh = mock.fn(async () => 'c');
    const api = authFetch({ token: () => token, refresh, origins: [server.origin] });
    const sent = api(server.origin);
    await server.arrived;
    token = 'b';
    server.release();
    assert.equal((await sent).status, 200);
    assert.deepEqual(sentBy(server), ['a', 'b', 'c']);
  });

  test('a body without an end does not keep an aborted request', async (context) => {
    const controller = new AbortController();
    context.mock.method(globalThis, 'fetch', async () => {
      // The server has answered, and does not read the rest.
      setImmediate(() => controller.abort());
      return new Response(null, { status: 401 });
    });
    const api = authFetch({ token: () => 'old', refresh: async () => 'new', origins: ['http://a.example'] });
    const body = new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(8)) });
    const request = new Request('http://a.example', {
      method: 'POST',
      duplex: 'half',
      body,
      signal: controller.signal,
    });
    await assert.rejects(api(request), { name: 'AbortError' });
  });
});
