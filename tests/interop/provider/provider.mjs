// The provider as a test sees it: it starts, rotates its keys, ends, and its clients get tokens.

import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';

import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

import { CLIENTS, FLAVOURS } from './configuration.mjs';

const REDIRECT = 'http://127.0.0.1/callback';

/** A new private key. */
export async function key(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, use: 'sig', alg, kid: await calculateJwkThumbprint(jwk) };
}

/** One key for each algorithm. EdDSA and Ed25519 are two names of one (RFC 9864). */
export async function keys() {
  const { alg, ...edwards } = await key('Ed25519');
  return [...(await Promise.all(['RS256', 'PS256', 'ES256'].map(key))), edwards];
}

export class Provider {
  #process;
  #complaints = '';

  /** On `port`, or on a free one. */
  static async start(keys, port = 0) {
    const provider = new Provider();
    provider.#process = fork(new URL('process.mjs', import.meta.url), { silent: true });
    provider.#process.stdout.resume();
    provider.#process.stderr.setEncoding('utf8').on('data', (text) => (provider.#complaints += text));
    ({ issuer: provider.issuer } = await provider.#tell({ keys, port }));
    return provider;
  }

  get port() {
    return Number(new URL(this.issuer).port);
  }

  /** From now on these keys are published, and the first for an algorithm signs. */
  async rotate(keys) {
    await this.#tell({ keys });
  }

  /** How often somebody asked for its keys. */
  async fetched() {
    return (await this.#tell({})).fetched;
  }

  async #tell(message) {
    const answered = once(this.#process, 'message');
    const ended = once(this.#process, 'exit').then(() => {
      throw new Error(`the provider has ended: ${this.#complaints}`);
    });
    this.#process.send(message);
    const [answer] = await Promise.race([answered, ended]);
    ended.catch(() => {});
    return answer;
  }

  /** Without warning. What it remembers of opaque tokens is lost. */
  async kill() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  #post(path, client, parameters) {
    const { client_secret: secret } = CLIENTS.find(({ client_id: id }) => id === client);
    const headers = {};
    const body = new URLSearchParams(parameters);
    if (secret) {
      // Each part as in a form (RFC 6749 section 2.3.1).
      const encoded = [client, secret].map((part) => new URLSearchParams([['', part]]).toString().slice(1));
      headers.authorization = `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
    } else {
      body.set('client_id', client);
    }
    return fetch(new URL(path, this.issuer), { method: 'POST', headers, body });
  }

  async #tokens(client, parameters) {
    const response = await this.#post('/token', client, parameters);
    const body = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(body));
    return body;
  }

  /** An access token for a machine (RFC 6749 section 4.4). */
  async machineToken(flavour, scope = 'read') {
    const { resource } = FLAVOURS[flavour];
    const { access_token: token } = await this.#tokens('service', {
      grant_type: 'client_credentials',
      resource,
      scope,
    });
    return token;
  }

  /** All tokens of a user who logs in now: authorization code with PKCE. */
  async userTokens(account, flavour, scope = 'read') {
    const { resource } = FLAVOURS[flavour];
    const verifier = randomBytes(32).toString('base64url');
    const url = new URL('/auth', this.issuer);
    url.search = new URLSearchParams({
      client_id: 'app',
      response_type: 'code',
      redirect_uri: REDIRECT,
      scope: `openid offline_access ${scope}`,
      // Without consent there is no refresh token.
      prompt: 'login consent',
      login_hint: account,
      resource,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const code = await this.#followed(url);
    return this.#tokens('app', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT,
      code_verifier: verifier,
      resource,
    });
  }

  /** As a browser does, with cookies, to where the code is delivered. */
  async #followed(url) {
    const cookies = new Map();
    for (let redirects = 0; redirects < 10; redirects += 1) {
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
      const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [name, value] = line.split(';')[0].split('=');
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (!location) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
      url = new URL(location, url);
      if (url.href.startsWith(REDIRECT)) {
        const code = url.searchParams.get('code');
        if (!code) throw new Error(url.search);
        return code;
      }
    }
    throw new Error('redirected for ever');
  }

  /** RFC 7009. */
  async revoke(token, client = 'service') {
    const response = await this.#post('/token/revocation', client, { token });
    if (!response.ok) throw new Error(await response.text());
  }

  /** RFC 7662, as the API asks. */
  async introspect(token) {
    return this.#post('/token/introspection', 'api', { token });
  }
}
