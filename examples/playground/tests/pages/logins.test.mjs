// Logins, logouts and step-ups, also in another tab, and with the keyboard alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { logIn, logInButton, PASSWORDS, send, start, stateOf, status, steps, withBrowser } from './browser.mjs';

const browser = withBrowser();
const REFUND = 'POST /orders/{number}/refund';
const WITH = { tokens: 'tokens', session: 'a session' };
const LOG_OUT = { tokens: 'Log out with tokens', session: 'Log out of the session' };
const CALLERS = { tokens: 'access token', session: 'session' };
const focused = (tab) => tab.evaluate('document.activeElement.id || document.activeElement.textContent.trim()');

for (const [kind, caller] of Object.entries(CALLERS)) {
  for (const name of ['alice', 'bob']) {
    test(`${name} logs in with ${WITH[kind]}, in all tabs, and logs out`, async (t) => {
      const { open } = await start(t, browser);
      const [tab, other] = [await open(), await open()];
      await logIn(tab, name, kind);
      await status(tab, `${name} is logged in with ${WITH[kind]}.`);
      const card = await send(tab, 'GET /me');
      assert.deepEqual(await steps(card), ['request 200']);
      assert.equal(await card.locator('.card-head + p').innerText(), `Caller: ${name}, ${caller}`);
      await stateOf(other, kind).getByText(name, { exact: true }).waitFor();
      assert.deepEqual(await steps(await send(other, 'GET /me', caller)), ['request 200']);
      await other.reload();
      await stateOf(other, kind).getByText(name, { exact: true }).waitFor();

      await tab.getByRole('button', { name: LOG_OUT[kind] }).click();
      for (const each of [tab, other]) {
        await stateOf(each, kind).getByText('Not logged in').waitFor();
        await status(each, `The login of ${name} with ${WITH[kind]} has ended.`);
        assert.equal(await each.getByLabel('Caller', { exact: true }).inputValue(), 'anonymous');
      }
      assert.equal(await focused(tab), 'password');
      assert.deepEqual([...tab.faults, ...other.faults], []);
    });
  }
}

test('a logout everywhere ends both logins in both tabs', async (t) => {
  const { open } = await start(t, browser);
  const tabs = [await open(), await open()];
  for (const kind of ['tokens', 'session']) {
    await logIn(tabs[0], 'alice', kind);
    await stateOf(tabs[1], kind).getByText('alice').waitFor();
  }
  await tabs[1].getByRole('button', { name: 'Log out everywhere' }).click();
  for (const tab of tabs) {
    for (const kind of ['tokens', 'session']) await stateOf(tab, kind).getByText('Not logged in').waitFor();
    assert.deepEqual(tab.faults, []);
  }
});

test('a wrong password shows a fault and gets the focus', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  const password = tab.getByRole('textbox', { name: 'Password' });
  for (const kind of ['tokens', 'session']) {
    await password.fill('guessed');
    await logInButton(tab, kind).click();
    await tab.getByText('The password is wrong.').waitFor();
    assert.equal(await focused(tab), 'password');
    assert.equal(await password.getAttribute('aria-invalid'), 'true');
    await password.fill(PASSWORDS.alice);
    await logIn(tab, 'alice', kind);
    assert.equal(await tab.getByText('The password is wrong.').isVisible(), false);
    assert.equal(await password.getAttribute('aria-invalid'), null);
  }
  assert.deepEqual(tab.faults, []);
});

test('the page counts the seconds until the token expires', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  await tab.clock.install();
  await tab.reload();
  await logIn(tab, 'alice');
  const expiry = tab.locator('#expiry-text');
  await expiry.getByText(/expires in 3[56]\d\d s$/).waitFor();
  await tab.clock.fastForward(3600_000);
  await expiry.getByText('The access token has expired').waitFor();
});

for (const [kind, caller] of Object.entries(CALLERS)) {
  test(`a step-up with ${WITH[kind]}`, async (t) => {
    const { open } = await start(t, browser);
    const tab = await open();
    await logIn(tab, 'bob', kind);
    const dialog = tab.getByRole('dialog', { name: 'Confirm the password' });
    const ASKED = ['request 401 insufficient_user_authentication', 'step-up: asks for the password'];

    const cancelled = await send(tab, REFUND, caller);
    await dialog.getByText('The API asks for the password of bob again').waitFor();
    assert.equal(await focused(tab), 'step-up-password');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(await steps(cancelled), [...ASKED, 'step-up: cancelled']);

    const confirmed = await send(tab, REFUND, caller);
    await dialog.getByLabel('Password').fill('guessed');
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByText('The password is wrong.').waitFor();
    assert.equal(await focused(tab), 'step-up-password');
    await dialog.getByLabel('Password').fill(PASSWORDS.bob);
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const text = 'step-up: POST /step-up, the password is confirmed';
    assert.deepEqual(await steps(confirmed), [...ASKED, text, 'retry 200']);
    assert.deepEqual(await steps(await send(tab, REFUND, caller)), ['request 200']);
    assert.deepEqual(tab.faults, []);
  });
}

test('the keyboard is enough', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  const press = async (key, expected) => {
    await tab.keyboard.press(key);
    assert.equal(await focused(tab), expected);
    assert.equal(await tab.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'solid', expected);
  };
  await press('Tab', 'Skip to the routes');
  await press('Tab', 'auth-fetch.js');
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('ArrowDown');
  assert.ok(await tab.getByRole('radio', { name: 'bob' }).isChecked());
  await press('Tab', 'password');
  await press('Tab', 'Log in with tokens');
  await tab.keyboard.press('Enter');
  await status(tab, 'bob is logged in with tokens.');
  await press('Tab', 'Log in with a session');
  await press('Tab', 'tokens-log-out');
  await press('Tab', 'log-out-everywhere');
  await press('Tab', 'access map');
  await press('Tab', 'caller');
  await tab.keyboard.type('expired');
  assert.equal(await tab.getByLabel('Caller', { exact: true }).inputValue(), 'expired');
  await press('Tab', 'Send');
  await tab.keyboard.press('Enter');
  await status(tab, 'GET /catalogue. request: 401 invalid_token; refresh: POST /refresh, 200, a new token; retry: 200');

  await tab.getByRole('button', { name: `Send ${REFUND}` }).focus();
  await tab.keyboard.press('Enter');
  await tab.getByRole('dialog').waitFor();
  await press('Tab', 'Confirm');
  await press('Tab', 'step-up-cancel');
  await tab.keyboard.press('Escape');
  await status(tab, 'step-up: cancelled');
  assert.equal(await tab.evaluate('document.activeElement.dataset.route'), REFUND);

  await tab.getByRole('button', { name: 'Clear the responses' }).focus();
  await tab.keyboard.press('Enter');
  assert.equal(await focused(tab), 'results-heading');
  assert.equal(await tab.locator('.card').count(), 0);
  assert.deepEqual(tab.faults, []);
});

test('on a narrow screen a link leads to the responses', async (t) => {
  const { open } = await start(t, browser);
  const tab = await open();
  await tab.setViewportSize({ width: 390, height: 800 });
  await steps(await send(tab, 'GET /catalogue', 'anonymous'));
  await tab.getByRole('link', { name: 'GET /catalogue: 200' }).click();
  assert.equal(await focused(tab), 'results-heading');
});
