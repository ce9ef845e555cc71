// What the tests share: the program, the tabs, and what a user does.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';

import { chromium } from 'playwright-core';

export const PASSWORDS = { alice: 'correct horse', bob: 'battery staple' };

/** One browser for the tests of a file. */
export function withBrowser() {
  const shared = {};
  before(async () => {
    shared.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    });
  });
  after(() => shared.browser?.close());
  return shared;
}

/** A playground for one test, with a browser window that has no cookies. */
export async function start(test, { browser }) {
  // The tests use tokens that were made to have expired, and no other token expires.
  const env = { PORT: '0', ACCESS_TOKEN_LIFETIME: '3600' };
  const program = spawn(process.env.PLAYGROUND, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  test.after(() => program.kill());
  let origin;
  for await (const line of createInterface({ input: program.stdout })) {
    origin = line.match(/^Listening on (\S+)/)?.[1];
    if (origin) break;
  }
  assert.ok(origin, 'the playground has ended');
  const context = await browser.newContext({ baseURL: origin });
  test.after(() => context.close());
  context.setDefaultTimeout(30_000);
  return { program, context, open: () => open(context) };
}

/** A tab. `faults` has the errors in it, also what the Content-Security-Policy has blocked. */
async function open(context) {
  const tab = await context.newPage();
  tab.faults = [];
  tab.refreshes = 0;
  tab.on('pageerror', (error) => tab.faults.push(error.stack));
  tab.on('console', (message) => {
    // Chromium says this about every response with an error.
    if (!/^Failed to load resource: the server responded with a status of 4/.test(message.text())) {
      tab.faults.push(message.text());
    }
  });
  tab.on('request', (request) => {
    if (request.url().endsWith('/refresh')) tab.refreshes += 1;
  });
  await tab.goto('/');
  await tab.getByRole('button', { name: 'Send GET /me' }).waitFor();
  return tab;
}

export const status = (tab, text) => tab.getByRole('status').getByText(text).waitFor();
export const stateOf = (tab, kind) => tab.locator(`#${kind}-state`);
const BUTTONS = { tokens: 'Log in with tokens', session: 'Log in with a session' };
export const logInButton = (tab, kind) => tab.getByRole('button', { name: BUTTONS[kind] });

export async function logIn(tab, name, kind = 'tokens') {
  await tab.getByRole('radio', { name }).check();
  await logInButton(tab, kind).click();
  await stateOf(tab, kind).getByText(name, { exact: true }).waitFor();
}

/** Sends a request, and returns the card of its responses. */
export async function send(tab, route, caller) {
  const cards = tab.locator('.card');
  const count = await cards.count();
  if (caller) await tab.getByLabel('Caller', { exact: true }).selectOption({ label: caller });
  await tab.getByRole('button', { name: `Send ${route}`, exact: true }).click();
  await cards.nth(count).waitFor();
  return cards.first();
}

/** When a card has its response: one text for each step, the summary of what was sent, or what the client did. */
export async function steps(card) {
  await card.locator('.status .badge:not(.open)').waitFor();
  return card
    .locator('.timeline > li')
    .evaluateAll((items) => items.map((item) => (item.querySelector('summary') ?? item).textContent.trim()));
}
