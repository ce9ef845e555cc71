// Tokens that npm's oidc-provider issues, at a `resource-server` that knows it by its name only.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { FLAVOURS } from './configuration.mjs';
import { Provider, keys } from './provider.mjs';
import { Service, eventually, insufficient, introspection, invalid } from './service.mjs';

const CACHE_SECONDS = 2;

const SIGNED = Object.keys(FLAVOURS).filter((name) => FLAVOURS[name].algorithm === name);
const FLAVOURS_TO_ACCEPT = [...SIGNED, 'opaque'];

let provider;
let second;
let service;

before(async () => {
  [provider, second] = await Promise.all([keys().then(Provider.start), keys().then(Provider.start)]);
  service = await Service.ready({
    OIDC_ISSUER: `${provider.issuer},${second.issuer}`,
    ...introspection(provider),
    INTROSPECTION_CACHE_SECONDS: String(CACHE_SECONDS),
    LEEWAY_SECONDS: '0',
  });
});

after(async () => {
  await service?.stop();
  await Promise.all([provider?.kill(), second?.kill()]);
});

async function refused(token, challenge, on = service) {
  const { status, challenges, headers } = await on.get('/read', token);
  assert.equal(status, 401);
  assert.deepEqual(challenges, [challenge]);
  assert.equal(headers['cache-control'], 'no-store');
}

test('every kind of signature is tried', () => {
  assert.deepEqual(SIGNED, ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA']);
});

for (const flavour of FLAVOURS_TO_ACCEPT) {
  test(`${flavour}: a machine's token is accepted for what it grants`, async () => {
    const token = await provider.machineToken(flavour, 'read a');
    // The second time from a cache.
    for (let times = 0; times < 2; times += 1) {
      assert.deepEqual(await service.json('/whoami', token), {
        subject: 'service',
        issuer: provider.issuer,
        scheme: 'Bearer',
        scopes: ['read', 'a'],
        roles: [],
      });
      assert.equal((await service.get('/read', token)).status, 200);
      assert.equal((await service.get('/either', token)).status, 200);
    }
  });

  test(`${flavour}: without the scope it is 403, with the scope to ask for`, async () => {
    const token = await provider.machineToken(flavour, 'write');
    const { status, challenges, body } = await service.get('/read', token);
    assert.equal(status, 403);
    assert.deepEqual(challenges, [insufficient('read')]);
    assert.deepEqual(JSON.parse(body).required_scopes, ['read']);
  });

  test(`${flavour}: a user's token says who logged in, how and as what`, async () => {
    const [alice, grace] = await Promise.all(
      ['alice', 'grace'].map(async (account) => (await provider.userTokens(account, flavour)).access_token),
    );
    assert.deepEqual(await service.json('/whoami', grace), {
      subject: 'grace',
      issuer: provider.issuer,
      scheme: 'Bearer',
      scopes: ['read'],
      roles: ['user', 'admin'],
    });
    for (const [path, expected] of [
      ['/admin', [403, 200]],
      ['/gold', [401, 200]],
      ['/owned/alice', [200, 403]],
      ['/not', [200, 200]],
    ]) {
      const answers = await Promise.all([alice, grace].map((token) => service.get(path, token)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        expected,
        path,
      );
    }
    const { challenges } = await service.get('/gold', alice);
    assert.match(challenges[0], /error="insufficient_user_authentication".*acr_values="urn:example:gold"/);
  });
}

test('tokens for another API are refused, signed and opaque', async () => {
  const challenge = invalid('The access token audience does not match', 'read');
  await refused(await provider.machineToken('other'), challenge);
  await refused(await provider.machineToken('otherOpaque'), challenge);
});

/** Times in tokens are whole seconds: a token of one second, made late in a second, is over at once. */
const startOfSecond = () => setTimeout(1020 - (Date.now() % 1000));

test('a signed token is good until it expires, though it is remembered', async () => {
  await startOfSecond();
  const token = await provider.machineToken('short');
  const first = await service.get('/read', token);
  await setTimeout(2100);
  await refused(token, invalid('The access token expired', 'read'));
  assert.equal(first.status, 200);
});

test('an opaque token is good until it expires, though it is remembered', async () => {
  await startOfSecond();
  const token = await provider.machineToken('shortOpaque');
  const first = await service.get('/read', token);
  await setTimeout(2100);
  const { status } = await service.get('/read', token);
  assert.deepEqual([first.status, status], [200, 401]);
});

test('what is no access token is refused: ID tokens and refresh tokens', async () => {
  const { id_token: idToken, refresh_token: refreshToken } = await provider.userTokens('alice', 'ES256');
  await refused(idToken, invalid('The token is not an access token', 'read'));
  assert.ok(refreshToken);
  const { status } = await service.get('/read', refreshToken);
  assert.equal(status, 401);
});

test('a changed signature is refused', async () => {
  for (const flavour of SIGNED) {
    const token = await provider.machineToken(flavour);
    const other = (await provider.machineToken(flavour)).split('.')[2];
    const forged = [...token.split('.').slice(0, 2), other].join('.');
    await refused(forged, invalid('The access token signature is invalid', 'read'));
  }
});

test('an opaque token that nobody issued is refused', async () => {
  await refused('x'.repeat(43), invalid('The access token is not active', 'read'));
});

test('an opaque token whose owner has no name is refused', async () => {
  const token = await provider.machineToken('subjectless');
  await refused(token, invalid('The access token lacks a required claim', 'read'));
});

test('a revoked opaque token is refused when the cache has forgotten it', async () => {
  const token = await provider.machineToken('opaque');
  assert.equal((await service.get('/read', token)).status, 200);
  await provider.revoke(token);
  const revoked = async () => (await service.get('/read', token)).status !== 200;
  await eventually('it is refused', revoked);
  await refused(token, invalid('The access token is not active', 'read'));
});

test('issuers stand side by side, each with its own keys', async () => {
  for (const issuer of [provider, second]) {
    const token = await issuer.machineToken('ES256');
    assert.equal((await service.json('/whoami', token)).issuer, issuer.issuer);
  }
  const [header, , signature] = (await second.machineToken('ES256')).split('.');
  const [, claims] = (await provider.machineToken('ES256')).split('.');
  const mixed = [header, claims, signature].join('.');
  // 503 until the keys were fetched after this key was first seen.
  await eventually('the key is looked for', async () => (await service.get('/read', mixed)).status !== 503);
  await refused(mixed, invalid('The access token was signed with an unknown key', 'read'));
});

test('an issuer that was not named is not trusted', async (context) => {
  const stranger = await Provider.start(await keys());
  context.after(() => stranger.kill());
  await refused(await stranger.machineToken('ES256'), invalid('The access token issuer is not trusted', 'read'));
});

test('a wrong secret for introspection is an error of ours, and signed tokens go on', async (context) => {
  const wrong = await Service.ready({
    OIDC_ISSUER: provider.issuer,
    ...introspection(provider),
    INTROSPECTION_CLIENT_SECRET: 'wrong',
  });
  context.after(() => wrong.stop());
  const { status, challenges } = await wrong.get('/read', await provider.machineToken('opaque'));
  assert.deepEqual([status, challenges], [500, []]);
  assert.equal((await wrong.get('/read', await provider.machineToken('RS256'))).status, 200);
});

test('without a cache the answers are the same', async (context) => {
  const uncached = await Service.ready({
    OIDC_ISSUER: provider.issuer,
    ...introspection(provider),
    TOKEN_CACHE: 'off',
  });
  context.after(() => uncached.stop());
  for (const flavour of FLAVOURS_TO_ACCEPT) {
    const token = await provider.machineToken(flavour);
    for (let times = 0; times < 3; times += 1) {
      assert.equal((await uncached.get('/read', token)).status, 200);
      assert.equal((await uncached.get('/admin', token)).status, 403);
    }
  }
});

test('keys at an address that was named, without discovery', async (context) => {
  const named = await Service.ready({ ISSUER: provider.issuer, JWKS_URL: `${provider.issuer}/jwks` });
  context.after(() => named.stop());
  assert.equal((await named.get('/read', await provider.machineToken('PS256'))).status, 200);
});
