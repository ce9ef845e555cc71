// Several tabs of Chromium: a login that is replaced by another one, other origins, and storage that fails.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { ALICE, BOB, expire, hold, loggedOut, open, same, withBrowser, withTabsOf } from './browser.mjs';

const browser = withBrowser();
const withTabs = withTabsOf(browser);

const logIn = (tab, login) => tab.evaluate((login) => window.logIn(...login), login);
/** The name, or the status. */
const me = (tab) =>
  tab.evaluate(async () => {
    const response = await window.api('/me');
    return response.ok ? (await response.json()).subject : response.status;
  });

withTabs(
  'a refresh of alice that is over after the login of bob does not replace his cookie',
  2,
  async (tabs, control) => {
    const [first, second] = tabs;
    await expire([first]);
    const { arrived, release } = hold(control);
    const sent = me(first);
    await arrived;
    await logIn(second, BOB);
    await first.waitForFunction(() => window.seen.loggedIn === 1);
    release();
    // The request was of alice.
    assert.equal(await sent, 401);
    await expire(tabs);
    assert.equal(await me(second), 'bob');
    assert.equal(await me(first), 'bob');
  },
);

withTabs('a login of a second tab replaces that of the first, which keeps its token', 2, async ([first, second]) => {
  await logIn(second, BOB);
  await first.waitForFunction(() => window.seen.loggedIn === 1);
  assert.equal(await me(first), 'bob');
  await second.evaluate(() => window.api.loggedOut());
  await first.waitForFunction(() => window.seen.loggedOut === 1);
  assert.equal(await first.evaluate(() => window.send('/me')), 'LoggedOutError');
});

withTabs(
  'a late 401 of the former session does not end the new one',
  2,
  async ([first, second], control) => {
    control.path = '/me';
    const { arrived, release } = hold(control);
    const sent = first.evaluate(() => window.send('/me'));
    await arrived;
    await logIn(second, ALICE);
    await first.waitForFunction(() => window.seen.loggedIn === 1);
    release();
    assert.equal(await sent, 401);
    assert.deepEqual(await loggedOut([first, second]), [0, 0]);
    assert.equal(await me(first), 'alice');
  },
  '?session',
);

const deleted = (tab) =>
  tab.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const deleting = indexedDB.deleteDatabase('auth-fetch');
        deleting.onsuccess = () => resolve();
        deleting.onerror = reject;
      }),
  );

withTabs('after the database was deleted, tabs refresh, and hear of logouts and logins', 2, async (tabs, control) => {
  const [first, second] = tabs;
  for (let round = 0; round < 2; round += 1) {
    await deleted(first);
    await expire(tabs);
    assert.equal(await me(first), 'alice');
    assert.equal(await me(second), 'alice');
  }
  assert.ok(control.refreshes.every((status) => status === 200));
  await deleted(first);
  await first.evaluate(() => window.api.loggedOut());
  await second.waitForFunction(() => window.seen.loggedOut === 1);
  await deleted(first);
  await logIn(first, BOB);
  await second.waitForFunction(() => window.seen.loggedIn === 2);
  assert.equal(await me(second), 'bob');
});

/** A tab of the origin without the module. */
async function openBlank(origin) {
  const tab = await browser.context.newPage();
  await tab.route('**/blank', (route) => route.fulfill({ contentType: 'text/html', body: 'blank' }));
  await tab.goto(`${origin}/blank`);
  return tab;
}

const databases = {
  'without our store': () =>
    new Promise((resolve) => {
      const opening = indexedDB.open('auth-fetch', 1);
      opening.onsuccess = () => {
        opening.result.close();
        resolve();
      };
    }),
  'whose deletion waits': () =>
    new Promise((resolve) => {
      const opening = indexedDB.open('auth-fetch', 1);
      opening.onsuccess = () => {
        window.connection = opening.result;
        indexedDB.deleteDatabase('auth-fetch');
        resolve();
      };
    }),
};
for (const [name, prepare] of Object.entries(databases)) {
  test(`a database ${name} does not keep tabs from logging in and refreshing`, () =>
    browser.withPlayground(async ({ control, origin }) => {
      await (await openBlank(origin)).evaluate(prepare);
      const tab = await open(browser, origin);
      await logIn(tab, ALICE);
      await expire([tab]);
      assert.equal(await me(tab), 'alice');
      assert.deepEqual(control.refreshes, [200]);
    }));
}

test('a frame that may not use locks refreshes for itself', () =>
  browser.withPlayground(async ({ origin }) => {
    const tab = await open(browser, origin);
    const module = await (await fetch(`${origin}/client/auth-fetch.js`)).text();
    const outcome = await tab.evaluate((module) => {
      const script = `
        const url = URL.createObjectURL(new Blob([${JSON.stringify(module)}], { type: 'text/javascript' }));
        const { authFetch } = await import(url);
        globalThis.fetch = async (_, { headers }) =>
          new Response(null, { status: headers.get('authorization') === 'Bearer new' ? 200 : 401 });
        const origins = ['http://localhost'];
        const api = authFetch({ token: () => 'old', refresh: async () => 'new', origins });
        const outcome = await api(origins[0]).then(({ status }) => status, ({ name }) => name);
        parent.postMessage(outcome, '*');`;
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      frame.srcdoc = `<script type="module">${script.replaceAll('</', '<\\/')}</script>`;
      return new Promise((resolve) => {
        window.addEventListener('message', ({ data }) => resolve(data));
        document.body.append(frame);
      });
    }, module);
    assert.equal(outcome, 200);
  }));

test('no other origin gets the token, whatever a Request or a `<base>` says', (context) =>
  browser.withPlayground(async ({ origin }) => {
    const tokens = [];
    const other = http.createServer((request, response) => {
      if (request.method !== 'OPTIONS') tokens.push(request.headers.authorization);
      const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization' };
      response.writeHead(200, cors).end();
    });
    await new Promise((resolve) => other.listen(0, 'localhost', resolve));
    context.after(() => {
      other.close();
      other.closeAllConnections();
    });
    const tab = await open(browser, origin);
    await logIn(tab, ALICE);
    await tab.evaluate(async (url) => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      await window.api(new frame.contentWindow.Request(url));
      const base = document.createElement('base');
      base.href = url;
      document.head.append(base);
      await window.api('/later');
      const { authFetch } = await import(`${location.origin}/client/auth-fetch.js`);
      const api = authFetch({ token: () => 'secret', refresh: () => null, name: 'second' });
      await api('/first');
    }, `http://localhost:${other.address().port}/`);
    assert.deepEqual(tokens, same(3, undefined));
  }));
