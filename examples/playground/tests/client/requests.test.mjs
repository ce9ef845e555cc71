import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, mock, test } from 'node:test';

import { LoggedOutError, NotRepeatableError, authFetch } from '../../client/auth-fetch.js';
import { EXPIRED, start, startApi } from './server.mjs';
import { takeTimers } from './timers.mjs';

const many = (count, send) => Promise.all(Array.from({ length: count }, (_, index) => send(index)));
const statuses = (responses) => [...new Set(responses.map(({ status }) => status))];

/** A refresh that waits until the test lets it go on. */
function held(answer) {
  let release;
  const gate = new Promise((resolve) => {
    release = resolve;
  });
  let called;
  const wasCalled = new Promise((resolve) => {
    called = resolve;
  });
  const refresh = async (signal) => {
    refresh.count += 1;
    called();
    await gate;
    return answer(signal);
  };
  refresh.count = 0;
  return { refresh, release, wasCalled };
}

describe('one refresh', () => {
  test('100 requests with an expired token cause one refresh, and all succeed', async (context) => {
    const server = await startApi(context);
    const api = authFetch({ token: () => 'expired', refresh: server.refresh, origins: [server.origin] });
    const responses = await many(100, (index) => api(`${server.origin}/${index}`));
    assert.deepEqual(statuses(responses), [200]);
    assert.equal(server.issued, 1);
    assert.equal(server.requests.length, 200);
    assert.equal(await responses[7].text(), 'fine');
  });

  test('a request whose token was replaced meanwhile is only sent again', async (context) => {
    let token = 'old';
    const server = await start(context, (request) => {
      token = 'new';
      return request.token === 'new' ? [200] : EXPIRED;
    });
    const refresh = () => assert.fail('a refresh');
    const api = authFetch({ token: () => token, refresh, origins: [server.origin] });
    assert.equal((await api(server.origin)).status, 200);
    assert.deepEqual(
      server.requests.map((request) => request.token),
      ['old', 'new'],
    );
  });

  test('a request that is refused again is not sent a third time', async (context) => {
    const server = await start(context, () => EXPIRED);
    let refreshes = 0;
    const refresh = async () => `token-${(refreshes += 1)}`;
    const api = authFetch({ token: () => 'old', refresh, origins: [server.origin] });
    assert.equal((await api(server.origin)).status, 401);
    assert.deepEqual(
      server.requests.map(({ token }) => token),
      ['old', 'token-1'],
    );
    assert.equal(refreshes, 1);
  });

  test('a token is not replaced within ten seconds of its refresh', async (context) => {
    const server = await start(context, () => EXPIRED);
    mock.timers.enable({ apis: ['Date'] });
    context.after(() => mock.timers.reset());
    let refreshes = 0;
    const refresh = async () => `token-${(refreshes += 1)}`;
    const api = authFetch({ token: () => 'old', refresh, origins: [server.origin] });
    await api(server.origin);
    mock.timers.tick(9_999);
    assert.equal((await api(server.origin)).status, 401);
    assert.equal(refreshes, 1);
    mock.timers.tick(1);
    await api(server.origin);
    assert.equal(refreshes, 2);
  });

  test('the clock of the client may be set back', async (context) => {
    const server = await startApi(context);
    mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    context.after(() => mock.timers.reset());
    const api = authFetch({ token: () => 'old', refresh: server.refresh, origins: [server.origin] });
    await api(server.origin);
    mock.timers.setTime(1);
    server.token = 'another';
    assert.equal((await api(server.origin)).status, 200);
    assert.equal(server.issued, 2);
  });

  test('the application may keep the token itself, and its newer one is used', async (context) => {
    const server = await startApi(context);
    let token = 'expired';
    const refresh = async () => (token = await server.refresh());
    const api = authFetch({ token: () => token, refresh, origins: [server.origin] });
    assert.equal((await api(server.origin)).status, 200);
    assert.equal(token, 'token-1');
    token = server.token = 'of another login';
    assert.equal((await api(server.origin)).status, 200);
    assert.equal(server.issued, 1);
  });

  test('a page without a token asks for one', async (context) => {
    const server = await startApi(context);
    server.token = 'unknown yet';
    const api = authFetch({ token: () => undefined, refresh: server.refresh, origins: [server.origin] });
    assert.equal((await api(server.origin)).status, 200);
    assert.deepEqual(
      server.requests.map(({ token }) => token),
      [undefined, 'token-1'],
    );
  });
});

describe('which refusals cause a refresh', () => {
  const refusals = [
    ['invalid_token', 401, 'Bearer realm="api", error="invalid_token"', true],
    ['invalid_token among other challenges', 401, 'Basic realm="a", Bearer error="invalid_token"', true],
    ['a plain Bearer challenge', 401, 'Bearer realm="api"', true],
    ['a plain DPoP challenge', 401, 'DPoP algs="ES256"', true],
    ['a challenge that CORS hides', 401, undefined, true],
    ['a challenge that is malformed', 401, 'Bearer realm="', true],
    ['only other schemes', 401, 'Basic realm="api", ApiKey realm="api"', false],
    ['invalid_request', 401, 'Bearer realm="api", error="invalid_request"', false],
    ['a DPoP nonce', 401, 'DPoP error="use_dpop_nonce"', false],
    ['a step-up that nobody handles', 401, 'Bearer error="insufficient_user_authentication"', false],
    ['403', 403, 'Bearer realm="api"', false],
    ['403 with invalid_token', 403, 'Bearer error="invalid_token"', false],
    ['403 insufficient_scope', 403, 'Bearer error="insufficient_scope", scope="a"', false],
    ['400', 400, 'Bearer error="invalid_request"', false],
    ['404', 404, undefined, false],
    ['500', 500, undefined, false],
  ];
  for (const [name, status, challenge, refreshes] of refusals) {
    test(name, async (context) => {
      const headers = challenge ? { 'www-authenticate': challenge } : {};
      const server = await start(context, ({ token }) => (token === 'new' ? [200] : [status, headers]));
      const refresh = mock.fn(async () => 'new');
      const api = authFetch({ token: () => 'old', refresh, origins: [server.origin] });
      assert.equal((await api(server.origin)).status, refreshes ? 200 : status);
      assert.equal(refresh.mock.callCount(), refreshes ? 1 : 0);
    });
  }
});

describe('the end of a login', () => {
  const endings = {
    'no token': async () => undefined,
    null: async () => null,
    'a response 400': async () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
    'a response 401': async () => new Response(null, { status: 401 }),
  };
  for (const [name, refresh] of Object.entries(endings)) {
    test(`all requests get one error when the refresh returns ${name}`, async (context) => {
      const server = await start(context, () => EXPIRED);
      const onLoggedOut = mock.fn();
      const refreshes = mock.fn(refresh);
      const api = authFetch({ token: () => 'old', refresh: refreshes, onLoggedOut, origins: [server.origin] });
      const errors = await many(20, () => api(server.origin).catch((error) => error));
      assert.ok(errors[0] instanceof LoggedOutError);
      assert.equal(new Set(errors).size, 1);
      assert.equal(await api(server.origin).catch((error) => error), errors[0]);
      assert.equal(onLoggedOut.mock.callCount(), 1);
      assert.equal(onLoggedOut.mock.calls[0].arguments[0], errors[0]);
      assert.equal(refreshes.mock.callCount(), 1);
    });
  }

  test('public routes work after it, and the next login as well', async (context) => {
    const server = await start(context, ({ path, token }) =>
      path === '/public' || token === 'next' ? [200] : EXPIRED,
    );
    let token = 'old';
    const onLoggedOut = mock.fn();
    const api = authFetch({ token: () => token, refresh: async () => null, onLoggedOut, origins: [server.origin] });
    await assert.rejects(api(server.origin), LoggedOutError);
    assert.equal((await api(`${server.origin}/public`)).status, 200);
    token = 'next';
    await api.loggedIn(token);
    assert.equal((await api(server.origin)).status, 200);
    await api.loggedOut();
    assert.equal(onLoggedOut.mock.callCount(), 2);
    assert.equal((await api(`${server.origin}/public`)).status, 200);
    assert.deepEqual(
      server.requests.map((request) => request.token),
      ['old', undefined, 'next', undefined],
    );
  });

  test('a logout during a refresh wins', async (context) => {
    const server = await start(context, () => EXPIRED);
    const { refresh, release, wasCalled } = held(() => 'too late');
    const api = authFetch({ token: () => 'old', refresh, origins: [server.origin] });
    const refused = assert.rejects(api(server.origin), LoggedOutError);
    await wasCalled;
    await api.loggedOut();
    release();
    await refused;
    await assert.rejects(api(server.origin), LoggedOutError);
    assert.deepEqual(
      server.requests.map(({ token }) => token),
      ['old', undefined],
    );
  });

  test('a session in a cookie ends with the first 401', async (context) => {
    const server = await start(context, ({ path }) =>
      path === '/ended' ? [401, { 'www-authenticate': 'Cookie realm="api"' }] : [200],
    );
    const onLoggedOut = mock.fn();
    const api = authFetch({ onLoggedOut, origins: [server.origin] });
    assert.equal((await api(server.origin)).status, 200);
    await many(5, () => assert.rejects(api(`${server.origin}/ended`), LoggedOutError));
    assert.equal(onLoggedOut.mock.callCount(), 1);
    await api.loggedIn();
    await assert.rejects(api(`${server.origin}/ended`), LoggedOutError);
    assert.equal(onLoggedOut.mock.callCount(), 2);
  });
});

describe('a refresh that fails', () => {
  const failures = {
    'a lost response': () => Promise.reject(new TypeError('fetch failed')),
    'status 503': async () => new Response(null, { status: 503, headers: { 'retry-after': '3' } }),
    'status 429': async () => new Response(null, { status: 429, headers: { 'retry-after': '3' } }),
    'a response that ends early': async () => new Response('{"access_tok'),
  };
  for (const [name, fail] of Object.entries(failures)) {
    test(`${name}: it is tried again, and then the requests succeed`, async (context) => {
      const server = await startApi(context);
      const { waits } = takeTimers(context);
      let attempts = 0;
      const refresh = async () => {
        attempts += 1;
        return attempts === 3 ? Response.json({ access_token: await server.refresh() }) : fail();
      };
      const api = authFetch({ token: () => 'old', refresh, origins: [server.origin] });
      assert.deepEqual(statuses(await many(10, () => api(server.origin))), [200]);
      assert.equal(attempts, 3);
      assert.deepEqual(waits, name.startsWith('status') ? [3000, 3000] : [1000, 2000]);
    });

    test(`${name} three times: the requests fail, and the login goes on`, async (context) => {
      const server = await startApi(context);
      takeTimers(context);
      const onLoggedOut = mock.fn();
      let attempts = 0;
      const refresh = async () => {
        attempts += 1;
        // All of them wait for this refresh.
        while (server.requests.length < 10) await new Promise(setImmediate);
        return attempts > 3 ? server.refresh() : fail();
      };
      const api = authFetch({ token: () => 'old', refresh, onLoggedOut, origins: [server.origin] });
      const errors = await many(10, () =>
        api(server.origin).then(
          () => assert.fail('a response'),
          (error) => error,
        ),
      );
      assert.equal(new Set(errors).size, 1);
      assert.ok(!(errors[0] instanceof LoggedOutError));
      assert.equal(attempts, 3);
      assert.equal((await api(server.origin)).status, 200);
      assert.equal(onLoggedOut.mock.callCount(), 0);
    });
  }

  for (const status of [403, 404, 200]) {
    test(`status ${status} without a token is a fault, and no logout`, async (context) => {
      const server = await start(context, () => EXPIRED);
      const onLoggedOut = mock.fn();
      const refresh = mock.fn(async () => Response.json({}, { status }));
      const api = authFetch({ token: () => 'old', refresh, onLoggedOut, origins: [server.origin] });
      await assert.rejects(api(server.origin), { message: new RegExp(`the refresh got ${status}`) });
      assert.equal(refresh.mock.callCount(), 1);
      assert.equal(onLoggedOut.mock.callCount(), 0);
    });
  }

  test('a refresh ends after 30 seconds', async (context) => {
    const server = await startApi(context);
    const { expire } = takeTimers(context);
    const { refresh, release, wasCalled } = held((signal) => (signal.aborted ? null : server.refresh()));
    const api = authFetch({ token: () => 'old', refresh, origins: [server.origin] });
    const refused = assert.rejects(api(server.origin), { name: 'TimeoutError' });
    await wasCalled;
    expire();
    await refused;
    release();
    assert.equal(refresh.count, 1);
    const again = authFetch({ token: () => 'old', refresh: server.refresh, origins: [server.origin] });
    assert.equal((await again(server.origin)).status, 200);
  });
});

describe('what is sent again', () => {
  const text = 'name=value';
  const form = () => {
    const form = new FormData();
    form.append('name', 'value');
    return form;
  };
  const bodies = {
    'a string': () => [{ method: 'POST', body: text }],
    'an ArrayBuffer': () => [{ method: 'PUT', body: new TextEncoder().encode(text).buffer }],
    'a typed array': () => [{ method: 'PATCH', body: Buffer.from(text) }],
    'a Blob': () => [{ method: 'POST', body: new Blob([text], { type: 'text/x-test' }) }],
    URLSearchParams: () => [{ method: 'POST', body: new URLSearchParams({ name: 'value' }) }],
    'a form': () => [{ method: 'POST', body: form() }],
    'no body': () => [{ method: 'DELETE' }],
    'a large string': () => [{ method: 'POST', body: 'x'.repeat(3 << 20) }],
    'a Request with a string': () => [
      undefined,
      { method: 'POST', body: text, headers: { 'content-type': 'text/x-test' } },
    ],
    'a Request with a form': () => [undefined, { method: 'POST', body: form() }],
    'a Request with a stream': () => [undefined, { method: 'POST', duplex: 'half', body: new Blob([text]).stream() }],
    'a Request with an empty body': () => [undefined, { method: 'POST', body: '' }],
    'a Request without a body': () => [undefined, { method: 'DELETE' }],
    'a Request whose body is replaced': () => [{ body: text }, { method: 'POST', body: 'replaced' }],
    'a Request with 1 MiB': () => [undefined, { method: 'POST', body: 'x'.repeat(1 << 20) }],
  };
  for (const [name, body] of Object.entries(bodies)) {
    test(name, async (context) => {
      const server = await startApi(context);
      const api = authFetch({ token: () => 'old', refresh: server.refresh, origins: [server.origin] });
      const [init, request] = body();
      const response = await api(request ? new Request(server.origin, request) : server.origin, init);
      assert.equal(response.status, 200);
      const [first, second] = server.requests;
      assert.equal(second.method, first.method);
      if (name.endsWith('form')) {
        const [, boundary] = /^multipart\/form-data; boundary=(.*)$/.exec(second.headers['content-type']);
        assert.ok(second.body.includes(boundary) && second.body.includes('value'));
      } else {
        assert.equal(second.headers['content-type'], first.headers['content-type']);
        assert.ok(second.body.equals(first.body));
      }
    });
  }

  const unrepeatable = {
    'a stream': (origin) => [origin, { method: 'POST', duplex: 'half', body: new Blob([text]).stream() }],
    'an iterator': (origin) => [
      origin,
      {
        method: 'POST',
        duplex: 'half',
        body: (async function* () {
          yield Buffer.from(text);
        })(),
      },
    ],
    'a Request with more than 1 MiB': (origin) => [
      new Request(origin, { method: 'POST', body: 'x'.repeat((1 << 20) + 1) }),
    ],
  };
  for (const [name, sent] of Object.entries(unrepeatable)) {
    test(`${name} is reported, and the token is replaced`, async (context) => {
      const server = await startApi(context);
      const api = authFetch({ token: () => 'old', refresh: server.refresh, origins: [server.origin] });
      await assert.rejects(api(...sent(server.origin)), NotRepeatableError);
      assert.equal((await api(...sent(server.origin))).status, 200);
      assert.equal(server.issued, 1);
      assert.equal(server.requests.length, 2);
    });
  }

  test('an aborted request stops to wait, and the others go on', async (context) => {
    const server = await startApi(context);
    const { refresh, release, wasCalled } = held(server.refresh);
    const api = authFetch({ token: () => 'old', refresh, origins: [server.origin] });
    const controller = new AbortController();
    const aborted = assert.rejects(api(server.origin, { signal: controller.signal }), { name: 'AbortError' });
    const other = api(server.origin);
    await wasCalled;
    controller.abort();
    await aborted;
    release();
    assert.equal((await other).status, 200);
    assert.equal(refresh.count, 1);
    // Two were refused, and one was sent again.
    assert.equal(server.requests.length, 3);
  });
});

describe('step-up', () => {
  const challenge = 'Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="300"';
  const stepUp = [401, { 'www-authenticate': challenge }];

  test('it says what is required, and the request is sent again', async (context) => {
    let token = 'weak';
    const server = await start(context, (request) => (request.token === 'strong' ? [200] : stepUp));
    const onStepUp = mock.fn(async ({ acrValues, maxAge, scope, response }) => {
      assert.deepEqual([acrValues, maxAge, scope, response.status], ['gold silver', 300, undefined, 401]);
      token = 'strong';
      await api.loggedIn(token);
      return true;
    });
    const refresh = () => assert.fail('a refresh');
    const api = authFetch({ token: () => token, refresh, onStepUp, origins: [server.origin] });
    assert.deepEqual(statuses(await many(5, () => api(server.origin))), [200]);
    assert.equal(onStepUp.mock.callCount(), 1);
  });

  test('a missing scope is one too', async (context) => {
    const headers = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="orders:write"' };
    const server = await start(context, () => [403, headers]);
    const onStepUp = mock.fn(() => false);
    const api = authFetch({ token: () => 'weak', refresh: async () => null, onStepUp, origins: [server.origin] });
    assert.equal((await api(server.origin)).status, 403);
    assert.equal(onStepUp.mock.calls[0].arguments[0].scope, 'orders:write');
    assert.equal(server.requests.length, 1);
  });

  test('it follows a refresh, and both happen once', async (context) => {
    const server = await start(context, ({ token }) => (token === 'old' ? EXPIRED : stepUp));
    const onStepUp = mock.fn(() => true);
    const refresh = mock.fn(async () => 'new');
    const api = authFetch({ token: () => 'old', refresh, onStepUp, origins: [server.origin] });
    assert.equal((await api(server.origin)).status, 401);
    assert.deepEqual(
      server.requests.map(({ token }) => token),
      ['old', 'new', 'new'],
    );
    assert.deepEqual([refresh.mock.callCount(), onStepUp.mock.callCount()], [1, 1]);
  });

  test('a session in a cookie has it as well', async (context) => {
    const server = await start(context, () => stepUp);
    const onStepUp = mock.fn(() => false);
    const onLoggedOut = mock.fn();
    const api = authFetch({ onStepUp, onLoggedOut, origins: [server.origin] });
    assert.equal((await api(server.origin)).status, 401);
    assert.deepEqual([onStepUp.mock.callCount(), onLoggedOut.mock.callCount()], [1, 0]);
  });
});

describe('Retry-After', () => {
  const year = 365 * 24 * 3600 * 1000;
  const at = (time) => new Date(time).toUTCString();
  const waits = [
    ['429 and 0 seconds', 429, { 'retry-after': '0' }, 'GET', true],
    ['503 and 0 seconds', 503, { 'retry-after': '0' }, 'PUT', true],
    ['a date of a server whose clock is wrong', 503, { 'retry-after': at(year), date: at(year) }, 'GET', true],
    ['a date in the past', 429, { 'retry-after': at(0), date: at(year) }, 'DELETE', true],
    ['more than 30 seconds', 429, { 'retry-after': '31' }, 'GET', false],
    ['a date in a year', 429, { 'retry-after': at(2 * year), date: at(year) }, 'GET', false],
    ['an invalid value', 503, { 'retry-after': 'soon' }, 'GET', false],
    ['no value', 503, {}, 'GET', false],
    ['a method that must not be repeated', 503, { 'retry-after': '0' }, 'POST', false],
    ['another status', 500, { 'retry-after': '0' }, 'GET', false],
  ];
  for (const [name, status, headers, method, isRepeated] of waits) {
    test(`${name}: ${isRepeated ? 'sent again, once' : 'not sent again'}`, async (context) => {
      const server = await start(context, () => [status, headers]);
      const api = authFetch({
        token: () => 'token',
        refresh: () => assert.fail('a refresh'),
        origins: [server.origin],
      });
      assert.equal((await api(server.origin, { method })).status, status);
      assert.equal(server.requests.length, isRepeated ? 2 : 1);
    });
  }
});

describe('who gets the token', () => {
  test('only the origins that are named', async (context) => {
    const other = await startApi(context);
    const server = await startApi(context);
    const api = authFetch({ token: () => 'secret', refresh: server.refresh, origins: [`${server.origin}/path`] });
    assert.equal((await api(other.origin)).status, 401);
    assert.equal(other.requests[0].token, undefined);
    assert.equal((await api(new URL(server.origin))).status, 200);
    assert.deepEqual([server.issued, other.issued], [1, 0]);
  });

  test('not a request that has a credential of its own', async (context) => {
    const server = await startApi(context);
    const api = authFetch({ token: () => 'secret', refresh: server.refresh, origins: [server.origin] });
    const headers = { authorization: 'Basic YTpi' };
    assert.equal((await api(server.origin, { headers })).status, 401);
    assert.equal((await api(new Request(server.origin, { headers }))).status, 401);
    assert.deepEqual(
      server.requests.map(({ token }) => token),
      ['Basic YTpi', 'Basic YTpi'],
    );
    assert.equal(server.issued, 0);
  });

  test('without a page, the origins are required', () => {
    assert.throws(() => authFetch({}), { name: 'TypeError', message: /`origins` is missing/ });
    assert.throws(() => authFetch({ origins: ['shop.example'] }), { name: 'TypeError' });
  });

  test('a token needs a refresh, and the other way round', () => {
    const origins = ['https://api.example'];
    for (const options of [{ token: () => 'a' }, { refresh: async () => 'a' }]) {
      assert.throws(() => authFetch({ ...options, origins }), { message: /`token` and `refresh`/ });
    }
  });
});

test('what happens is told to `onEvent`', async (context) => {
  const server = await startApi(context);
  const events = [];
  const onEvent = ({ type, id, status }) =>
    events.push([type, id, status].filter((part) => part !== undefined).join(' '));
  const api = authFetch({ token: () => 'old', refresh: server.refresh, onEvent, origins: [server.origin] });
  await api(server.origin);
  assert.deepEqual(events, ['response 1 401', 'refresh', 'refreshed', 'retry 1', 'response 1 200']);
});

test('neither Node nor a channel is kept alive', () => {
  const module = new URL('../../client/auth-fetch.js', import.meta.url);
  const source = `
    import { authFetch } from ${JSON.stringify(module.href)};
    const origins = ['https://api.example'];
    const opened = [];
    const Channel = globalThis.BroadcastChannel;
    globalThis.BroadcastChannel = class extends Channel { constructor(name) { super(name); opened.push(this); } };
    authFetch({ origins });
    const before = opened.length;
    Object.defineProperty(globalThis, 'navigator', { value: { locks: {} } });
    globalThis.indexedDB = { open: () => ({}) };
    authFetch({ origins });
    console.log(before, opened.length);
  `;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([child.status, child.signal, child.stderr], [0, null, '']);
  // Node 24 has locks, but no database.
  assert.equal(child.stdout, '0 1\n');
});
