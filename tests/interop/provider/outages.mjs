// The provider is down: when the service starts, while it runs, and until it comes back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Provider, key, keys } from './provider.mjs';
import { Service, eventually, introspection } from './service.mjs';

/** What those who are no admins are told of an error. */
const HIDDEN = 'for admins, and in the log';

let provider;
let service;
let own;

const variables = () => ({
  OIDC_ISSUER: provider.issuer,
  ...introspection(provider),
  KEY_COOL_DOWN_SECONDS: '1',
});

/** From here on a new key makes the service ask at once. */
const coolDown = () => setTimeout(1100);

/** 503 with a time to try again, and never a challenge: nothing is wrong with the token. */
async function unavailable(path, token) {
  const { status, headers, challenges } = await service.get(path, token);
  assert.equal(status, 503);
  assert.match(headers['retry-after'], /^[0-9]+$/);
  assert.deepEqual(challenges, []);
}

before(async () => {
  own = await keys();
  provider = await Provider.start(own);
});

after(async () => {
  await service?.stop();
  await provider?.kill().catch(() => {});
});

test('down at the start: not ready and 503, until it is up', async () => {
  const token = await provider.machineToken('ES256');
  const { port } = provider;
  await provider.kill();
  service = await Service.start(variables());
  assert.equal((await service.get('/ready')).status, 503);
  assert.equal((await service.get('/public')).status, 200);
  await unavailable('/read', token);
  const { ready, issuers } = await service.json('/status');
  assert.equal(ready, false);
  const [{ issuer, keys: count, usable, age_seconds: age, last_error: error }] = issuers;
  assert.deepEqual({ issuer, count, usable, age }, { issuer: provider.issuer, count: 0, usable: false, age: null });
  assert.equal(error, HIDDEN);
  assert.match(service.log, / WARN .*Connection refused/);

  provider = await Provider.start(own, port);
  await eventually('it is ready', async () => (await service.get('/ready')).status === 200);
  assert.equal((await service.get('/read', token)).status, 200);
});

test('down later: tokens of known keys go on, seen before or not', async () => {
  const [seen, unseen, opaque, unseenOpaque] = await Promise.all(
    ['RS256', 'PS256', 'opaque', 'opaque'].map((flavour) => provider.machineToken(flavour)),
  );
  for (const token of [seen, opaque]) assert.equal((await service.get('/read', token)).status, 200);
  await provider.kill();
  for (const token of [seen, unseen, opaque]) {
    assert.equal((await service.get('/read', token)).status, 200);
  }
  await unavailable('/read', unseenOpaque);
  assert.equal((await service.get('/ready')).status, 200);
});

test('a key that came meanwhile is 503 as long as nobody can be asked, then good', async () => {
  const { port } = provider;
  await coolDown();
  const rotated = [await key('ES256'), ...own];
  provider = await Provider.start(rotated, port);
  const token = await provider.machineToken('ES256');
  const { access_token: admin } = await provider.userTokens('grace', 'PS256');
  await provider.kill();
  await unavailable('/read', token);
  const errors = await Promise.all(
    [undefined, admin].map(async (caller) => (await service.json('/status', caller)).issuers[0].last_error),
  );
  assert.equal(errors[0], HIDDEN);
  assert.match(errors[1], new RegExp(`${provider.issuer}/.*`));

  provider = await Provider.start(rotated, port);
  const accepted = async () => (await service.get('/read', token)).status === 200;
  await eventually('the new key is known', accepted);
  const opaque = await provider.machineToken('opaque');
  assert.equal((await service.get('/read', opaque)).status, 200);
});

test('the status of a provider that is back has no error, and says how old its keys are', async () => {
  const [status] = (await service.json('/status')).issuers;
  assert.deepEqual([status.usable, status.keys, status.last_error], [true, 5, null]);
  assert.ok(status.age_seconds >= 0, `${status.age_seconds} s`);
  assert.ok(status.next_fetch_seconds > 0, `${status.next_fetch_seconds} s`);
});
