// What the provider knows: the kinds of tokens it issues, its clients, its users.

export const AUDIENCE = 'https://api.example';
const OTHER_AUDIENCE = 'https://other.example';

export const SCOPES = ['read', 'write', 'a', 'b', 'c'];

/** A resource indicator (RFC 8707) each: what a client asks for to get such a token. */
export const FLAVOURS = Object.fromEntries(
  Object.entries({
    RS256: { algorithm: 'RS256' },
    PS256: { algorithm: 'PS256' },
    ES256: { algorithm: 'ES256' },
    Ed25519: { algorithm: 'Ed25519' },
    EdDSA: { algorithm: 'EdDSA' },
    short: { algorithm: 'ES256', lifetime: 1 },
    other: { algorithm: 'ES256', audience: OTHER_AUDIENCE },
    opaque: {},
    shortOpaque: { lifetime: 1 },
    otherOpaque: { audience: OTHER_AUDIENCE },
    // The answer about such a token has no `sub`, which RFC 7662 section 2.2 leaves open.
    subjectless: {},
  }).map(([name, flavour]) => [
    name,
    { resource: `${AUDIENCE}/${name}`, audience: AUDIENCE, lifetime: 300, ...flavour },
  ]),
);

const machine = {
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  client_secret: 'no secret of anybody: this is a test',
};

export const CLIENTS = [
  { client_id: 'service', ...machine, token_endpoint_auth_method: 'client_secret_basic' },
  // The API itself, when it asks about tokens. Its secret has what RFC 6749 section 2.3.1 escapes.
  {
    client_id: 'api',
    ...machine,
    client_secret: 'a:b c+d%e&f=g/h~i',
    token_endpoint_auth_method: 'client_secret_basic',
  },
  {
    client_id: 'app',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/callback'],
  },
];

export const ACCOUNTS = {
  alice: { roles: ['user'], acr: 'urn:example:bronze' },
  grace: { roles: ['user', 'admin'], acr: 'urn:example:gold' },
};
