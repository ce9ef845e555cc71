// npm's oidc-provider on loopback, as a process of its own. Its parent says on which port and with
// which keys, and sends other keys while it runs: the first key for an algorithm signs. Each message is
// answered with how often the keys were fetched.

import { randomBytes } from 'node:crypto';
import http from 'node:http';

import Provider, { errors } from 'oidc-provider';

import { ACCOUNTS, CLIENTS, FLAVOURS, SCOPES } from './configuration.mjs';

/** What the provider remembers, for all sets of keys. */
class Memory {
  static #entries = new Map();

  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    Memory.#entries.set(this.#key(id), payload);
  }

  async find(id) {
    return Memory.#entries.get(this.#key(id));
  }

  async findByUid(uid) {
    return [...Memory.#entries.values()].find((payload) => payload.kind === this.model && payload.uid === uid);
  }

  async consume(id) {
    (await this.find(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    Memory.#entries.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of Memory.#entries) {
      if (payload.grantId === grantId) Memory.#entries.delete(key);
    }
  }
}

const cookies = { keys: [randomBytes(16).toString('hex')] };

function providerOf(issuer, keys) {
  const provider = new Provider(issuer, {
    adapter: Memory,
    jwks: { keys },
    clients: CLIENTS,
    cookies,
    scopes: ['openid', 'offline_access'],
    acrValues: Object.values(ACCOUNTS).map(({ acr }) => acr),
    claims: { openid: ['sub'], acr: null, auth_time: null },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    // Consent is taken for granted: clients and APIs belong to one house.
    loadExistingGrant: async ({ oidc }) => {
      const { client, params, session } = oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid offline_access');
      for (const resource of [params.resource].flat()) grant.addResourceScope(resource, SCOPES.join(' '));
      await grant.save();
      return grant;
    },
    extraTokenClaims: ({ oidc }, { kind, accountId, clientId }) => {
      const named = oidc.params.resource !== FLAVOURS.subjectless.resource;
      const code = oidc.entities.AuthorizationCode;
      return {
        // What a JWT has in any case (RFC 9068 section 2.2), and an answer about a token may lack.
        ...(kind === 'ClientCredentials' && named && { sub: clientId }),
        ...(code && { acr: code.acr, auth_time: code.authTime }),
        ...(accountId && { roles: ACCOUNTS[accountId].roles }),
      };
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_context, { clientId }) => clientId === 'api' },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, indicator) => {
          const flavour = Object.values(FLAVOURS).find(({ resource }) => resource === indicator);
          if (!flavour) throw new errors.InvalidTarget();
          const { audience, algorithm, lifetime } = flavour;
          return {
            audience,
            scope: SCOPES.join(' '),
            accessTokenTTL: lifetime,
            accessTokenFormat: algorithm ? 'jwt' : 'opaque',
            ...(algorithm && { jwt: { sign: { alg: algorithm } } }),
          };
        },
        useGrantedResource: () => true,
      },
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  });
  provider.on('server_error', (_context, error) => console.error(error));
  return provider;
}

/** The pages, as if somebody had filled them in: `login_hint` says who. */
async function interact(provider, request, response) {
  const { prompt, params } = await provider.interactionDetails(request, response);
  const accountId = params.login_hint;
  const answer =
    prompt.name === 'login' ? { login: { accountId, acr: ACCOUNTS[accountId].acr } } : { consent: {} };
  await provider.interactionFinished(request, response, answer, { mergeWithLastSubmission: true });
}

let provider;
let answer;
let fetched = 0;
const server = http.createServer((request, response) => {
  if (request.url === '/jwks') fetched += 1;
  if (request.url.startsWith('/interaction/')) {
    interact(provider, request, response).catch((error) => response.writeHead(500).end(String(error)));
  } else {
    answer(request, response);
  }
});

process.on('message', async ({ port, keys }) => {
  if (port !== undefined) {
    await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  }
  const issuer = `http://127.0.0.1:${server.address().port}`;
  if (keys) {
    provider = providerOf(issuer, keys);
    answer = provider.callback();
  }
  process.send({ issuer, fetched });
});
process.on('disconnect', () => process.exit());
