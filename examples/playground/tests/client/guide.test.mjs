// The code of the guide, as it is printed there, in five tabs at the playground.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { ALICE, each, open, withBrowser } from './browser.mjs';

const guide = readFileSync(new URL('../../guide/browser_clients.md', import.meta.url), 'utf8');
const [inPage, withAxios, withCookie, byFetch, byAxios, ...others] = [...guide.matchAll(/^```js\n(.*?)^```/gms)].map(
  ([, code]) => code,
);
assert.ok(byAxios && others.length === 0, 'five examples');

const browser = withBrowser();

/** Runs the code as a module of the page. Its `after` says what the test needs of it. */
const run = (tabs, code, after) =>
  Promise.all(
    tabs.map(async (tab) => {
      await tab.addScriptTag({ type: 'module', content: `${code}\n${after}\nwindow.isRun = true;` });
      await tab.waitForFunction(() => window.isRun);
    }),
  );

test('a page logs in, lists orders and logs out', () =>
  browser.withPlayground(async ({ origin, control }) => {
    const tabs = [await open(browser, origin), await open(browser, origin)];
    await run(tabs, inPage, 'Object.assign(window, { logIn, listOrders, logOut });');
    const [first, second] = tabs;
    await first.evaluate((login) => window.logIn(...login), ALICE);
    assert.deepEqual(await each(tabs, async () => (await window.listOrders()).length > 0), [true, true]);
    await assert.rejects(
      second.evaluate(() => window.logIn('alice', 'guessed')),
      /the login got 400/,
    );
    await Promise.all([
      first.waitForURL(`${origin}/login`),
      second.waitForURL(`${origin}/login`),
      first.evaluate(() => window.logOut()).catch(() => {}),
    ]);
    assert.ok(control.refreshes.every((status) => status === 200));
  }));

test('axios lists orders', () =>
  browser.withPlayground(async ({ origin, control }) => {
    const tab = await open(browser, origin);
    await tab.evaluate((login) => window.logIn(...login), ALICE);
    await run([tab], withAxios, 'window.data = data; window.client = client;');
    assert.ok((await tab.evaluate(() => window.data.length)) > 0);
    assert.deepEqual(control.refreshes, [200]);
    // Forms: the page has no route for them, but it says what arrived.
    const type = await tab.evaluate(async () => {
      const form = new FormData();
      form.append('item', 'tea');
      const { config, request } = await window.client.post('/orders', form).catch((error) => error);
      return request?.headers.get('content-type') ?? config.headers.get('content-type');
    });
    assert.match(type, /^multipart\/form-data; boundary=/);
  }));

test('a session in a cookie ends', () =>
  browser.withPlayground(async ({ origin }) => {
    const tab = await open(browser, origin);
    await run([tab], withCookie, 'window.api = api;');
    await Promise.all([tab.waitForURL(`${origin}/login`), tab.evaluate(() => window.api('/me')).catch(() => {})]);
  }));

const PRELUDE = `
import axios from 'axios';
let token = 'expired';
const client = axios.create({ adapter: 'xhr', headers: { Authorization: 'Bearer expired' } });
async function refreshToken() {
  const response = await fetch('/refresh', { method: 'POST' });
  if (!response.ok) throw new Error('the login has ended');
  token = (await response.json()).access_token;
}
`;

/** Five tabs that are logged in, each of which sends 100 requests with `code` and an expired token. */
async function inFiveTabs(origin, code, send) {
  const tabs = [];
  for (let index = 0; index < 5; index += 1) tabs.push(await open(browser, origin));
  await tabs[0].evaluate((login) => window.logIn(...login), ALICE);
  const sendMany = `
    window.sendAll = () => Promise.all(Array.from({ length: 100 }, async () => {
      try { return ${send}; } catch (error) { return error.response?.status ?? error.message; }
    }));`;
  await run(tabs, code, sendMany);
  return async () => tally((await each(tabs, () => window.sendAll())).flat());
}

const tally = (list) => list.reduce((tally, found) => ({ ...tally, [found]: (tally[found] ?? 0) + 1 }), {});

const byModule = `import { authFetch } from './client/auth-fetch.js';
const api = authFetch({ token: () => 'expired', refresh: (signal) => fetch('/refresh', { method: 'POST', signal }), name: 'guide' });`;

for (const [name, code, send, isCounterExample] of [
  ['the module', byModule, `(await api('/me')).status`, false],
  ['fetch as it is usually written', PRELUDE + byFetch, `(await fetchWithRefresh('/me')).status`, true],
  ['axios as it is usually written', PRELUDE + byAxios, `(await client.get('/me')).status`, true],
]) {
  test(`the refreshes of ${name}`, (context) =>
    browser.withPlayground(async ({ origin, control }) => {
      const sendAll = await inFiveTabs(origin, code, send);
      const outcomes = await sendAll();
      context.diagnostic(`refreshes ${JSON.stringify(tally(control.refreshes))}, requests ${JSON.stringify(outcomes)}`);
      if (isCounterExample) assert.ok(control.refreshes.length > 50);
      else assert.deepEqual([control.refreshes, outcomes], [[200], { 200: 500 }]);
    }));

  test(`a slow refresh of ${name}`, (context) =>
    browser.withPlayground(async ({ origin, control }) => {
      const sendAll = await inFiveTabs(origin, code, send);
      // The first refresh arrives at the server after the fifth, if there is one.
      let release;
      control.gate = new Promise((resolve) => {
        release = resolve;
      });
      let arrivals = 0;
      control.arrived = () => {
        arrivals += 1;
        if (arrivals > 1) control.gate = undefined;
        if (!isCounterExample || control.refreshes.length >= 5) release();
      };
      const outcomes = await sendAll();
      context.diagnostic(`refreshes ${JSON.stringify(tally(control.refreshes))}, requests ${JSON.stringify(outcomes)}`);
      if (isCounterExample) assert.ok(control.refreshes.includes(400) && !(outcomes[200] === 500));
      else assert.deepEqual([control.refreshes, outcomes], [[200], { 200: 500 }]);
    }));
}
