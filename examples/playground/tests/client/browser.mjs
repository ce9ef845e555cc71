// What the tests in Chromium share.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';

import { startPlayground } from './playground.mjs';

export const ALICE = ['alice', 'correct horse'];
export const BOB = ['bob', 'battery staple'];

/** One browser for the tests of a file. Each test has a playground of its own, so nothing is stored for its origin. */
export function withBrowser() {
  const browser = {};
  before(async () => {
    browser.profile = mkdtempSync(join(tmpdir(), 'playground-'));
    browser.context = await chromium.launchPersistentContext(browser.profile, {
      executablePath: process.env.CHROMIUM,
      headless: true,
      args: ['--no-sandbox', '--disable-gpu'],
    });
    browser.context.setDefaultTimeout(60_000);
  });
  after(async () => {
    await browser.context.close();
    rmSync(browser.profile, { recursive: true, force: true });
  });
  browser.withPlayground = async (use) => {
    // The tests say when a token has expired. On a busy machine 15 s can be over before a request is sent.
    const playground = await startPlayground({ ACCESS_TOKEN_LIFETIME: '3600' });
    try {
      await browser.context.clearCookies();
      await use(playground);
    } finally {
      playground.stop();
      // The browser ends with its last page.
      const [, ...opened] = browser.context.pages();
      await Promise.all(opened.map((page) => page.close()));
    }
  };
  return browser;
}

/** A tab with the page for tests. `prepare` is called before it is loaded. */
export async function open({ context }, origin, query = '', prepare = () => {}) {
  const tab = await context.newPage();
  await prepare(tab);
  await tab.goto(`${origin}/test${query}`);
  await tab.waitForFunction(() => window.api);
  return tab;
}

export const each = (tabs, call, argument) => Promise.all(tabs.map((tab) => tab.evaluate(call, argument)));
export const same = (count, value) => Array(count).fill(value);

/** A test with tabs that are logged in as alice. */
export const withTabsOf =
  (browser) =>
  (name, count, use, query = '') => {
    test(name, () =>
      browser.withPlayground(async ({ control, origin }) => {
        const tabs = [];
        for (let index = 0; index < count; index += 1) tabs.push(await open(browser, origin, query));
        const [first, ...others] = tabs;
        await first.evaluate((login) => window.logIn(...login), ALICE);
        for (const tab of others) await tab.waitForFunction(() => window.seen.loggedIn === 1);
        assert.deepEqual(control.refreshes, []);
        await use(tabs, control, origin);
      }),
    );
  };

export const loggedOut = (tabs) => each(tabs, () => window.seen.loggedOut);
export const expire = (tabs) => each(tabs, () => window.expire());
export const sendMany = (tabs, count) => each(tabs, (count) => window.sendMany(count), count);

/** Until a number of refreshes have arrived at the proxy, which then wait. */
export function hold(control, count = 1) {
  let release;
  control.gate = new Promise((resolve) => {
    release = () => {
      control.gate = undefined;
      resolve();
    };
  });
  let missing = count;
  const arrived = new Promise((resolve) => {
    control.arrived = () => {
      missing -= 1;
      if (missing === 0) resolve();
    };
  });
  return { arrived, release };
}
