// Tokens that the example `login` issues: verified by npm's jose, and by a `resource-server` that
// fetches the keys. And tokens with a shared secret, in both directions.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { createRemoteJWKSet, errors, exportPKCS8, generateKeyPair, jwtVerify, SignJWT } from 'jose';

import { Service } from './provider/service.mjs';

const NAME = 'https://shop.example';

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'issuer-'))));
after(() => rm(folder, { recursive: true }));

class Issuer {
  #process;

  /** With a private key of jose's in PEM form, or with the key that `login` makes. */
  static async start(algorithm) {
    const file = join(folder, `${algorithm}.pem`);
    if (algorithm !== 'generated') {
      const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
      await writeFile(file, await exportPKCS8(privateKey), { mode: 0o600 });
    }
    const issuer = new Issuer();
    issuer.#process = spawn(process.env.LOGIN, {
      env: { PORT: '0', KEY_FILE: file },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(issuer.#process.stdout)) {
      const [, url] = line.match(/^Listening on (\S+)/) ?? [];
      if (url) {
        issuer.url = url;
        break;
      }
    }
    assert.ok(issuer.url, '`login` has ended');
    issuer.jwks = `${issuer.url}/.well-known/jwks.json`;
    return issuer;
  }

  async #post(path, headers, body) {
    const response = await fetch(`${this.url}${path}`, { method: 'POST', headers, body });
    assert.equal(response.status, 200);
    return response.json();
  }

  logIn() {
    const password = Buffer.from('alice:correct horse').toString('base64');
    return this.#post('/login', { authorization: `Basic ${password}` });
  }

  refresh({ refresh_token }) {
    return this.#post('/refresh', {}, new URLSearchParams({ refresh_token }));
  }

  async stop() {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}

for (const algorithm of ['generated', 'ES256', 'ES384', 'EdDSA', 'RS256']) {
  describe(algorithm, () => {
    let issuer;
    let tokens;
    before(async () => {
      issuer = await Issuer.start(algorithm);
      tokens = await issuer.refresh(await issuer.logIn());
    });
    after(() => issuer?.stop());

    test('jose verifies a token as RFC 9068 says', async () => {
      const keys = createRemoteJWKSet(new URL(issuer.jwks));
      const options = {
        issuer: NAME,
        audience: NAME,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'iat', 'exp', 'jti', 'auth_time', 'sid'],
        maxTokenAge: '5m',
      };
      const { payload, protectedHeader } = await jwtVerify(tokens.access_token, keys, options);
      assert.equal(protectedHeader.alg, algorithm === 'generated' ? 'ES256' : algorithm);
      assert.equal(payload.sub, 'alice');
      assert.equal(payload.scope, 'orders:read');
      assert.deepEqual(payload.roles, ['customer']);
      assert.equal(payload.exp - payload.iat, tokens.expires_in);

      const verify = (token, changed) => jwtVerify(token, keys, { ...options, ...changed });
      const other = (await issuer.logIn()).access_token;
      const forged = tokens.access_token.replace(/[^.]*$/, other.split('.')[2]);
      await assert.rejects(verify(forged), errors.JWSSignatureVerificationFailed);
      for (const changed of [{ audience: 'other' }, { issuer: `${NAME}/` }, { typ: 'JWT' }]) {
        await assert.rejects(verify(tokens.access_token, changed), errors.JWTClaimValidationFailed);
      }
    });

    test('a service that fetches the keys accepts a token', async () => {
      const service = await Service.ready({ ISSUER: NAME, AUDIENCE: NAME, JWKS_URL: issuer.jwks });
      try {
        assert.deepEqual(await service.json('/whoami', tokens.access_token), {
          subject: 'alice',
          issuer: NAME,
          scheme: 'Bearer',
          scopes: ['orders:read'],
          roles: ['customer'],
        });
        const refused = await service.get('/whoami', tokens.refresh_token);
        assert.equal(refused.status, 401);
      } finally {
        await service.stop();
      }
    });
  });
}

describe('HS256', () => {
  const { ISSUER, AUDIENCE, HS256_SECRET, SHARED_SECRET } = process.env;
  const secret = new TextEncoder().encode(HS256_SECRET);
  const other = new TextEncoder().encode('another secret of at least 32 bytes');

  /** Signs a token, or verifies the given one. */
  const sharedSecret = async (...token) => (await promisify(execFile)(SHARED_SECRET, token)).stdout.trim();

  test('jose verifies a token with the secret', async () => {
    const token = await sharedSecret();
    const options = {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: 'at+jwt',
      algorithms: ['HS256'],
      requiredClaims: ['sub', 'iat', 'exp', 'jti', 'sid'],
      maxTokenAge: '5m',
    };
    const { payload } = await jwtVerify(token, secret, options);
    assert.equal(payload.sub, 'alice');
    assert.equal(payload.scope, 'read');
    assert.deepEqual(payload.roles, ['admin']);
    await assert.rejects(jwtVerify(token, other, options), errors.JWSSignatureVerificationFailed);
  });

  test('a token that jose signs with the secret is accepted', async () => {
    const sign = (secret, typ, algorithm) =>
      new SignJWT({ scope: 'read write', client_id: 'interop', jti: '1' })
        .setProtectedHeader({ alg: algorithm, typ })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject('bob')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(secret);
    assert.equal(await sharedSecret(await sign(secret, 'at+jwt', 'HS256')), 'bob read write');
    for (const refused of [
      await sign(other, 'at+jwt', 'HS256'),
      await sign(secret, 'JWT', 'HS256'),
      await sign(secret, 'at+jwt', 'HS384'),
    ]) {
      await assert.rejects(sharedSecret(refused), { code: 1 });
    }
  });
});
