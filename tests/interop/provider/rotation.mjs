// The provider changes its keys while clients call: publishes a new one, signs with it, takes the
// old one away. No good token is refused at any time.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { decodeProtectedHeader } from 'jose';

import { Provider, key, keys } from './provider.mjs';
import { Service, eventually, introspection, invalid } from './service.mjs';

const COOL_DOWN_SECONDS = 1;
const CLIENTS = 24;
const FLAVOURS = ['ES256', 'RS256', 'Ed25519', 'opaque'];

const kidOf = (token) => decodeProtectedHeader(token).kid;

class Load {
  #over = false;
  #clients;
  #provider;
  #service;
  /** One token for each flavour, which the clients share. */
  tokens = [];
  answers = 0;
  wrong = [];

  static async start(provider, service) {
    const load = new Load();
    load.#provider = provider;
    load.#service = service;
    await load.renew();
    load.#clients = Array.from({ length: CLIENTS }, (_, number) => load.#call(number));
    return load;
  }

  async renew() {
    this.tokens = await Promise.all(FLAVOURS.map((flavour) => this.#provider.machineToken(flavour)));
  }

  /** Most requests with a token that was seen before, some with a new one. */
  async #call(number) {
    for (let count = 0; !this.#over; count += 1) {
      const flavour = (number + count) % FLAVOURS.length;
      const fresh = count % 10 === 9;
      const token = fresh ? await this.#provider.machineToken(FLAVOURS[flavour]) : this.tokens[flavour];
      const { status, challenges } = await this.#service.get('/read', token);
      this.answers += 1;
      if (status !== 200) this.wrong.push({ flavour: FLAVOURS[flavour], fresh, status, challenges });
    }
  }

  async stop() {
    this.#over = true;
    await Promise.all(this.#clients);
  }
}

let provider;
let service;
let old;

before(async () => {
  old = await keys();
  provider = await Provider.start(old);
  service = await Service.ready({
    OIDC_ISSUER: provider.issuer,
    ...introspection(provider),
    KEY_COOL_DOWN_SECONDS: String(COOL_DOWN_SECONDS),
  });
});

/** From here on a new key makes the service ask at once. */
const coolDown = () => setTimeout(COOL_DOWN_SECONDS * 1000 + 100);


after(async () => {
  await service?.stop();
  await provider?.kill();
});

test('under load, with an overlap, no good token is refused', async () => {
  const fetched = await provider.fetched();
  const load = await Load.start(provider, service);
  await coolDown();

  const replacements = await Promise.all(['ES256', 'RS256'].map(key));
  await provider.rotate([...old, ...replacements]);
  assert.notEqual(kidOf(await provider.machineToken('ES256')), replacements[0].kid);
  await coolDown();

  await provider.rotate([...replacements, ...old]);
  assert.equal(kidOf(await provider.machineToken('ES256')), replacements[0].kid);
  await setTimeout(1000);
  await load.renew();
  await setTimeout(1000);

  const kept = old.filter(({ alg }) => !['ES256', 'RS256'].includes(alg));
  await provider.rotate([...replacements, ...kept]);
  await setTimeout(1000);

  await load.stop();
  const fetches = (await provider.fetched()) - fetched;
  console.log(`${load.answers} answers, ${fetches} fetches of keys`);
  assert.deepEqual(load.wrong, []);
  assert.ok(load.answers > 1000, `${load.answers} answers`);
  // Two new keys, of which the first made it ask for both.
  assert.equal(fetches, 1);
  old = [...replacements, ...kept];
});

test('a key that was taken away is of no use, also for a token that is remembered', async () => {
  const token = await provider.machineToken('ES256');
  assert.equal((await service.get('/read', token)).status, 200);

  const replacement = await key('ES256');
  const rest = old.filter(({ kid }) => kid !== kidOf(token));
  assert.ok(rest.length < old.length);
  await provider.rotate([replacement, ...rest]);
  await coolDown();
  // A token of the new key makes the service ask.
  assert.equal((await service.get('/read', await provider.machineToken('ES256'))).status, 200);
  const { status, challenges } = await service.get('/read', token);
  assert.equal(status, 401);
  assert.deepEqual(challenges, [invalid('The access token was signed with an unknown key', 'read')]);
  old = [replacement, ...rest];
});

test('without an overlap a new key is known within the cool-down', async () => {
  const replacement = await key('ES256');
  await provider.rotate([replacement, ...old.filter(({ alg }) => alg !== 'ES256')]);
  const token = await provider.machineToken('ES256');
  const accepted = async () => (await service.get('/read', token)).status === 200;
  await eventually('the new key is known', accepted);
});

test('nothing of that was worth a warning', async () => {
  assert.doesNotMatch(service.log, / (ERROR|WARN) /);
});
