// Several tabs of Chromium with one login, at the playground.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ALICE,
  BOB,
  each,
  expire,
  hold,
  loggedOut,
  open,
  same,
  sendMany,
  withBrowser,
  withTabsOf,
} from './browser.mjs';

const browser = withBrowser();

const withTabs = withTabsOf(browser);

withTabs('five tabs with 100 requests each, six times: one refresh each time', 5, async (tabs, control) => {
  for (let round = 1; round <= 6; round += 1) {
    await expire(tabs);
    assert.deepEqual(await sendMany(tabs, 100), same(5, { 200: 100 }));
    assert.deepEqual(control.refreshes, same(round, 200));
  }
  assert.deepEqual(await loggedOut(tabs), same(5, 0));
});

withTabs('a lost response is asked for again, with the same token', 5, async (tabs, control) => {
  await expire(tabs);
  control.lost = 1;
  assert.deepEqual(await sendMany(tabs, 20), same(5, { 200: 20 }));
  assert.deepEqual(control.refreshes, [200, 200]);
  // The login goes on.
  await expire(tabs);
  assert.deepEqual(await sendMany(tabs, 20), same(5, { 200: 20 }));
  assert.deepEqual(await loggedOut(tabs), same(5, 0));
});

withTabs('tabs that are reloaded all at once stay logged in', 5, async (tabs, control) => {
  for (let round = 0; round < 5; round += 1) {
    const reloads = tabs.map(async (tab) => {
      const sent = tab.evaluate(() => window.sendMany(10)).catch(() => {});
      await tab.reload();
      await sent;
      await tab.waitForFunction(() => window.api);
    });
    await Promise.all(reloads);
    assert.deepEqual(await sendMany(tabs, 10), same(5, { 200: 10 }));
  }
  assert.ok(
    control.refreshes.every((status) => status === 200),
    control.refreshes,
  );
  // One for each page that had no token, and one for each that was left during a refresh.
  assert.ok(control.refreshes.length <= 50, control.refreshes.length);
  assert.deepEqual(await loggedOut(tabs), same(5, 0));
});

for (const years of [-10, 10]) {
  withTabs(`a clock that is wrong by ${years} years does not matter`, 1, async ([tab], control) => {
    await tab.clock.setSystemTime(Date.now() + years * 365 * 24 * 3600 * 1000);
    await expire([tab]);
    assert.deepEqual(await sendMany([tab], 20), [{ 200: 20 }]);
    assert.deepEqual(control.refreshes, [200]);
  });
}

withTabs('a tab that slept while the token was replaced uses the new one', 2, async ([awake, asleep], control) => {
  const devtools = await browser.context.newCDPSession(asleep);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  await expire([awake]);
  assert.deepEqual(await sendMany([awake], 20), [{ 200: 20 }]);
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  assert.deepEqual(await sendMany([asleep], 20), [{ 200: 20 }]);
  assert.deepEqual(control.refreshes, [200]);
});

withTabs('a tab that is closed during a refresh gives the lock to the next', 2, async ([closed, next], control) => {
  await expire([closed, next]);
  const { arrived, release } = hold(control);
  closed.evaluate(() => window.sendMany(20)).catch(() => {});
  await arrived;
  const sent = sendMany([next], 20);
  await closed.close();
  release();
  assert.deepEqual(await sent, [{ 200: 20 }]);
  assert.deepEqual(await loggedOut([next]), [0]);
});

test('a refresh that takes 30 seconds gives the lock to the next tab', () =>
  browser.withPlayground(async ({ control, origin }) => {
    const slow = await open(browser, origin, '', (tab) => tab.clock.install());
    const next = await open(browser, origin);
    await slow.evaluate((login) => window.logIn(...login), ALICE);
    await next.waitForFunction(() => window.seen.loggedIn === 1);
    await expire([slow, next]);
    const { arrived, release } = hold(control);
    const late = slow.evaluate(() => window.sendMany(20));
    await arrived;
    // The others too wait for the refresh, so that it is over for all of them at once.
    await slow.waitForFunction(() => window.seen.events.filter((type) => type === 'response').length === 20);
    const sent = sendMany([next], 20);
    // Only the first refresh waits.
    control.gate = undefined;
    await slow.clock.fastForward(30_000);
    assert.deepEqual(await late, { TimeoutError: 20 });
    assert.deepEqual(await sent, [{ 200: 20 }]);
    release();
    assert.deepEqual(await loggedOut([slow, next]), [0, 0]);
  }));

withTabs('a logout in one tab stops the others', 5, async (tabs, control) => {
  const [first, ...others] = tabs;
  await expire(others);
  const { arrived, release } = hold(control);
  const waiting = sendMany(others, 20);
  await arrived;
  assert.equal(await first.evaluate(() => window.send('/logout', { method: 'POST' })), 204);
  await first.evaluate(() => window.api.loggedOut());
  for (const tab of others) await tab.waitForFunction(() => window.seen.loggedOut === 1);
  release();
  assert.deepEqual(await waiting, same(4, { LoggedOutError: 20 }));
  assert.deepEqual(await sendMany(tabs, 5), same(5, { LoggedOutError: 5 }));
  assert.deepEqual(await loggedOut(tabs), same(5, 1));
});

withTabs('a login as another user is used by all tabs', 3, async (tabs, control) => {
  const [first, ...others] = tabs;
  await first.evaluate((login) => window.logIn(...login), BOB);
  for (const tab of others) await tab.waitForFunction(() => window.seen.loggedIn === 2);
  const names = await each(tabs, async () => (await (await window.api('/me')).json()).subject);
  assert.deepEqual(names, same(3, 'bob'));
  assert.deepEqual(control.refreshes, []);
});

withTabs('a stolen refresh token that is replayed ends the login for both', 2, async (tabs, control, origin) => {
  const cookie = async () =>
    (await browser.context.cookies(`${origin}/refresh`)).find(({ name }) => name === '__Secure-playground-refresh');
  const { name, value: stolen } = await cookie();
  // Its successor was used, so it is not within the grace period.
  for (let round = 0; round < 2; round += 1) {
    await expire(tabs);
    assert.deepEqual(await sendMany(tabs, 5), same(2, { 200: 5 }));
  }
  const replay = () => fetch(`${origin}/refresh`, { method: 'POST', headers: { cookie: `${name}=${stolen}` } });
  const thief = await replay();
  assert.deepEqual([thief.status, (await thief.json()).error], [400, 'invalid_grant']);
  await expire(tabs);
  assert.deepEqual(await sendMany(tabs, 20), same(2, { LoggedOutError: 20 }));
  assert.deepEqual(await loggedOut(tabs), [1, 1]);
  assert.equal((await replay()).status, 400);
});

withTabs('a login that was ended on another device is noticed once in each tab', 5, async (tabs, control, origin) => {
  const post = (path, body, headers = {}) =>
    fetch(`${origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const login = await post('/login', { name: ALICE[0], password: ALICE[1] });
  const { access_token: token } = await login.json();
  const ended = await post('/logout/everywhere', {}, { authorization: `Bearer ${token}` });
  assert.equal(ended.status, 204);
  await expire(tabs);
  assert.deepEqual(await sendMany(tabs, 100), same(5, { LoggedOutError: 100 }));
  assert.deepEqual(await loggedOut(tabs), same(5, 1));
  assert.deepEqual(control.refreshes, [400]);
});

withTabs('403 never causes a refresh', 2, async (tabs, control) => {
  assert.deepEqual(await each(tabs, () => window.send('/orders/1', { method: 'DELETE' })), [403, 403]);
  assert.deepEqual(control.refreshes, []);
});

withTabs('bodies are sent again, and what can not be is reported', 1, async ([tab], control) => {
  // The playground would answer and close the connection before it has read the body, and a browser that is still
  // sending then reports an error of the network.
  await tab.route('**/large', (route) =>
    route.fulfill({ status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } }),
  );
  const outcomes = await tab.evaluate(async () => {
    const headers = { 'content-type': 'application/json' };
    const order = JSON.stringify({ item: 'tea', quantity: 1 });
    const json = new Blob([order], { type: 'application/json' });
    const send = async (make) => {
      window.expire();
      return window.send(make());
    };
    const request =
      (body, path = '/orders') =>
      () =>
        new Request(path, { method: 'POST', body, headers });
    window.expire();
    const plain = await window.send('/orders', { method: 'POST', body: order, headers });
    const large = ' '.repeat((1 << 20) + 1);
    return {
      plain,
      string: await send(request(order)),
      blob: await send(request(json)),
      bytes: await send(request(new TextEncoder().encode(order))),
      large: await send(request(large, '/large')),
    };
  });
  assert.deepEqual(outcomes, { plain: 201, string: 201, blob: 201, bytes: 201, large: 'NotRepeatableError' });
  assert.deepEqual(control.refreshes, same(5, 200));
});

withTabs('without a database the tabs stay logged in', 1, async ([tab], control, origin) => {
  const tabs = [tab];
  for (let index = 0; index < 2; index += 1) {
    const prepare = (tab) =>
      tab.addInitScript(() => {
        IDBFactory.prototype.open = () => {
          throw new DOMException('no database', 'SecurityError');
        };
      });
    tabs.push(await open(browser, origin, '', prepare));
  }
  await expire(tabs);
  assert.deepEqual(await sendMany(tabs, 20), same(3, { 200: 20 }));
  assert.deepEqual(await loggedOut(tabs), same(3, 0));
  assert.ok(control.refreshes.every((status) => status === 200));
});

withTabs(
  'tabs that share no token refresh for themselves, and stay logged in',
  5,
  async (tabs, control) => {
    for (let round = 0; round < 5; round += 1) {
      await expire(tabs);
      assert.deepEqual(await sendMany(tabs, 20), same(5, { 200: 20 }));
    }
    assert.deepEqual(control.refreshes, same(25, 200));
    assert.deepEqual(await loggedOut(tabs), same(5, 0));
  },
  '?share=none',
);

withTabs(
  'a session in a cookie ends in all tabs at once',
  3,
  async (tabs, control) => {
    assert.deepEqual(await sendMany(tabs, 5), same(3, { 200: 5 }));
    // As if it had timed out: the tabs can't see that the cookie is gone.
    await browser.context.clearCookies();
    assert.deepEqual(await sendMany(tabs.slice(0, 1), 5), [{ LoggedOutError: 5 }]);
    for (const tab of tabs) await tab.waitForFunction(() => window.seen.loggedOut === 1);
    assert.deepEqual(control.refreshes, []);
  },
  '?session',
);
