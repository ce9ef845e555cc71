// Issuers whose tokens and documents differ from those of npm's oidc-provider: tokens as Zitadel issues them,
// and documents with quirks of real servers. Tokens are signed by npm's jose.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { SignJWT, importJWK } from 'jose';

import { AUDIENCE } from './configuration.mjs';
import { key } from './provider.mjs';
import { Service, eventually, invalid } from './service.mjs';

const BYTE_ORDER_MARK = '\uFEFF';
const ROLES = 'urn:zitadel:iam:org:project:roles';
const OPAQUE = 'an-opaque-token-of-alice';
const PROJECT = '269087533240451075';

/** What must be stopped after the tests. */
const running = [];

after(async () => {
  await Promise.all(running.map((one) => one.stop()));
});

/** An issuer that answers with `write(document)` instead of the plain JSON text. */
class Issuer {
  #server = http.createServer((request, response) => this.#answer(request, response));
  #active = new Map();
  members = {};

  static async start(write = (document) => JSON.stringify(document)) {
    const issuer = new Issuer();
    issuer.write = write;
    issuer.private = await key('ES256');
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    issuer.url = `http://127.0.0.1:${issuer.#server.address().port}`;
    running.push(issuer);
    return issuer;
  }

  #answer(request, response) {
    const { d, ...published } = this.private;
    assert.ok(d);
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const documents = {
        '/.well-known/openid-configuration': { issuer: this.url, jwks_uri: `${this.url}/keys` },
        '/keys': { keys: [{ ...published, ...this.members }] },
        '/introspect': this.#active.get(form.get('token')) ?? { active: false },
      };
      const document = documents[request.url];
      response.statusCode = document ? 200 : 404;
      response.setHeader('content-type', 'application/json');
      response.end(document ? this.write(document) : '');
    });
  }

  /** A token as Zitadel issues it: the type is `JWT`, and roles are the keys of an object. */
  async token(subject, roles, more = {}) {
    const claims = { client_id: '269087697518034947', jti: `V2_${subject}`, [ROLES]: roles, ...more };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: this.private.kid, typ: 'JWT' })
      .setIssuer(this.url)
      .setSubject(subject)
      .setAudience([AUDIENCE, PROJECT])
      .setIssuedAt()
      .setNotBefore('0 s')
      .setExpirationTime('5 min')
      .sign(await importJWK(this.private, 'ES256'));
  }

  /** Makes introspection answer for this opaque token with these members. */
  activate(token, members) {
    this.#active.set(token, { active: true, iss: this.url, aud: AUDIENCE, ...members });
  }

  variables() {
    return {
      OIDC_ISSUER: this.url,
      TYP: 'off',
      ROLES_CLAIM: ROLES,
      ROLES_FORM: 'object_keys',
      INTROSPECTION_URL: `${this.url}/introspect`,
      INTROSPECTION_CLIENT_ID: 'api',
      INTROSPECTION_CLIENT_SECRET: 'no secret',
    };
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function ready(issuer, variables = {}) {
  const service = await Service.ready({ ...issuer.variables(), ...variables });
  running.push(service);
  return service;
}

async function statuses(service, token, paths) {
  const answers = await Promise.all(paths.map((path) => service.get(path, token)));
  return answers.map(({ status }) => status);
}

const held = { [PROJECT]: 'shop.zitadel.example' };

test('roles as the keys of an object are roles, in JWTs and in introspection answers', async () => {
  const issuer = await Issuer.start();
  const service = await ready(issuer);
  const jwt = (roles) => issuer.token('alice', roles, { scope: 'read' });
  issuer.activate(OPAQUE, { sub: 'alice', scope: 'read', [ROLES]: { admin: held } });
  for (const [token, roles, expected] of [
    [await jwt({ admin: held }), ['admin'], [200, 200]],
    [OPAQUE, ['admin'], [200, 200]],
    [await jwt({ suspended: held }), ['suspended'], [403, 403]],
    [await jwt({ suspended: {} }), [], [403, 200]],
    [await jwt({}), [], [403, 200]],
    // An unsupported form: the token is accepted, and the roles are not known.
    [await jwt(['admin']), [], [403, 403]],
    [await jwt(undefined), [], [403, 403]],
  ]) {
    assert.deepEqual((await service.json('/whoami', token)).roles, roles);
    assert.deepEqual(await statuses(service, token, ['/admin', '/not']), expected);
  }
  const logged = service.log.match(/roles unknown/g);
  assert.equal(logged.length, 1, service.log);
});

test('optional claims that are null count as absent', async () => {
  const issuer = await Issuer.start();
  const service = await ready(issuer);
  const nulls = { scope: null, acr: null, auth_time: null, sid: null, cnf: null, [ROLES]: null };
  const token = await issuer.token('alice', null, nulls);
  issuer.activate(OPAQUE, { sub: 'alice', nbf: null, jti: null, token_type: null, ...nulls });
  for (const one of [token, OPAQUE]) {
    const { subject, scopes, roles } = await service.json('/whoami', one);
    assert.deepEqual({ subject, scopes, roles }, { subject: 'alice', scopes: [], roles: [] });
    assert.equal((await service.get('/read', one)).status, 403);
  }
});

test('byte order marks and null members of keys are ignored', async () => {
  const issuer = await Issuer.start((document) => BYTE_ORDER_MARK + JSON.stringify(document));
  issuer.members = { d: null, p: null, key_ops: null, x5c: null };
  const service = await ready(issuer);
  issuer.activate(OPAQUE, { sub: 'alice', scope: 'read' });
  const token = await issuer.token('alice', {}, { scope: 'read' });
  for (const one of [token, OPAQUE]) assert.equal((await service.get('/read', one)).status, 200);
  const { challenges } = await service.get('/read', 'nobody-issued-this-token');
  assert.equal(challenges.length, 1);
});

test('the log says if an answer is compressed although no compression was requested', async () => {
  const issuer = await Issuer.start((document) => gzipSync(JSON.stringify(document)));
  const service = await Service.start({ ...issuer.variables(), KEY_COOL_DOWN_SECONDS: '1' });
  running.push(service);
  await eventually('it is logged', () => /the metadata is not JSON: it is compressed with gzip/.test(service.log));
  const { status } = await service.get('/read', await issuer.token('alice', {}, { scope: 'read' }));
  assert.equal(status, 503);
  issuer.write = (document) => JSON.stringify(document);
  await eventually('it is ready', async () => (await service.get('/ready')).status === 200);
});

test('a new key with an old kid is fetched for the first token that it signed', async () => {
  const issuer = await Issuer.start();
  const service = await ready(issuer);
  const before = await issuer.token('alice', {}, { scope: 'read' });
  assert.equal((await service.get('/read', before)).status, 200);
  const { kid } = issuer.private;
  issuer.private = { ...(await key('ES256')), kid };
  const token = await issuer.token('alice', {}, { scope: 'read' });
  assert.equal((await service.get('/read', token)).status, 200);
  const { status, challenges } = await service.get('/read', before);
  assert.equal(status, 401);
  assert.deepEqual(challenges, [invalid('The access token signature is invalid', 'read')]);
});

test('an opaque token that is not active is not called revoked', async () => {
  const issuer = await Issuer.start();
  const service = await ready(issuer);
  const { status, challenges } = await service.get('/read', 'nobody-knows-this-token');
  assert.equal(status, 401);
  assert.deepEqual(challenges, [invalid('The access token is not active', 'read')]);
});
