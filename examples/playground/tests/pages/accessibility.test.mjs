// Every state of the page by axe's rules, light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { logIn, logInButton, PASSWORDS, send, start, status, steps, withBrowser } from './browser.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = withBrowser();

rmSync('screenshots', { recursive: true, force: true });
mkdirSync('screenshots');

async function inspect(tab, name) {
  const fullPage = (await tab.locator('dialog[open]').count()) === 0;
  await tab.screenshot({ path: `screenshots/${name}.png`, fullPage });
  const excess = await tab.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.equal(excess, 0, `${name} is too wide`);
  const outside = await tab.evaluate(() => {
    const isOutside = (section) => (child) =>
      !child.closest('.unseen, thead') && child.getBoundingClientRect().right > section.getBoundingClientRect().right;
    const sections = [...document.querySelectorAll('section, dialog[open]')];
    return sections.flatMap((section) => [...section.querySelectorAll('*')].filter(isOutside(section)));
  });
  assert.equal(outside.length, 0, `${name} has elements that leave their section`);
  // Not by a script in the page, which the policy forbids.
  const { violations } = await tab.evaluate(`(() => { ${axe}; return axe.run(); })()`);
  const found = violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]);
  assert.deepEqual(found, [], name);
  assert.deepEqual(tab.faults, [], name);
}

/** Inspects the page in all ways in which it is shown. */
async function inspectAll(tab, name) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390, 320]) {
      await tab.emulateMedia({ colorScheme });
      await tab.setViewportSize({ width, height: 800 });
      await inspect(tab, `${name}-${colorScheme}-${width}`);
    }
  }
  await tab.setViewportSize({ width: 1280, height: 800 });
}

test('the page before and after a login', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  await inspectAll(tab, 'start');
  await tab.getByRole('textbox', { name: 'Password' }).fill('guessed');
  await logInButton(tab, 'tokens').click();
  await tab.getByText('The password is wrong.').waitFor();
  await inspectAll(tab, 'login-fault');
  await tab.getByRole('textbox', { name: 'Password' }).fill(PASSWORDS.alice);
  await logIn(tab, 'alice');
  await logIn(tab, 'alice', 'session');
  await inspectAll(tab, 'logged-in');
  await tab.getByText('Login routes').click();
  await inspectAll(tab, 'other-routes');
});

test('the responses', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  await steps(await send(tab, 'GET /me', 'anonymous'));
  await logIn(tab, 'alice');
  await steps(await send(tab, 'DELETE /orders/{number}', 'API key'));
  await steps(await send(tab, 'GET /orders', 'expired access token'));
  // Closed since the next request was sent, and opened again.
  await tab.locator('summary').filter({ hasText: 'invalid_token' }).click();
  await inspectAll(tab, 'responses');
  await tab.getByRole('button', { name: 'Send GET /orders 20 times' }).click();
  await status(tab, '20 of 20 succeeded.');
  await inspectAll(tab, 'many');
});

test('the dialog of the step-up', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  await logIn(tab, 'bob');
  await send(tab, 'POST /orders/{number}/refund', 'access token');
  const dialog = tab.getByRole('dialog', { name: 'Confirm the password' });
  await dialog.waitFor();
  await inspectAll(tab, 'step-up');
  await dialog.getByLabel('Password').fill('guessed');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await dialog.getByText('The password is wrong.').waitFor();
  await inspectAll(tab, 'step-up-fault');
});

test('forced colors and reduced motion', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  await logIn(tab, 'alice');
  await tab.getByRole('button', { name: 'Send GET /orders 20 times' }).click();
  await status(tab, '20 of 20 succeeded.');
  const style = (selector, name, pseudo) =>
    tab
      .locator(selector)
      .first()
      .evaluate((element, [name, pseudo]) => getComputedStyle(element, pseudo)[name], [name, pseudo]);

  await tab.emulateMedia({ reducedMotion: 'no-preference' });
  assert.notEqual(await style('.cells span', 'transitionDuration'), '0s');
  await tab.emulateMedia({ reducedMotion: 'reduce' });
  assert.equal(await style('.cells span', 'transitionDuration'), '0s');

  await tab.emulateMedia({ forcedColors: 'active' });
  for (const width of [1280, 390]) {
    await tab.setViewportSize({ width, height: 800 });
    await inspect(tab, `forced-colors-${width}`);
  }
  const canvas = await style('body', 'backgroundColor');
  for (const [selector, pseudo] of [['.timeline > li', '::before'], ['.cells span']]) {
    assert.notEqual(await style(selector, 'backgroundColor', pseudo), canvas, selector);
  }
  for (const selector of ['.badge', '.cells span', '.method', 'progress', 'select', 'button']) {
    assert.notEqual(await style(selector, 'borderTopColor'), canvas, selector);
    assert.equal(await style(selector, 'borderTopStyle'), 'solid', selector);
  }
});
