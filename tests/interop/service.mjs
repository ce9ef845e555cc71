// The server under test, and who may call it.

import { readFile } from 'node:fs/promises';

import { SignJWT } from 'jose';

const { SERVICE_URL, ISSUER, AUDIENCE, HS256_SECRET, FULL_KEY, READER_KEY, REVOKED_KEY } = process.env;

export const people = JSON.parse(await readFile(new URL('people.json', import.meta.url), 'utf8'));

export const url = (path) => new URL(path, SERVICE_URL);

/** An access token of alice's (RFC 9068), signed by jose. */
export async function token(scope, roles, expires = '5m') {
  return new SignJWT({ scope, roles, client_id: 'interop', jti: '1' })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject('alice')
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(HS256_SECRET));
}

const bearer = (token) => ({ Authorization: `Bearer ${token}` });

/** As RFC 7617 has it with `charset="UTF-8"`; `btoa` alone takes Latin-1 only. */
export const basic = (name, password = people[name].password) => ({
  Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

const key = (key) => ({ 'X-API-Key': key });

/** The header fields of a caller who may do all, of one who may only read, and of a bad one. */
export const kinds = [
  {
    scheme: 'Bearer',
    issuer: ISSUER,
    full: bearer(await token('read write', ['admin'])),
    reader: bearer(await token('read', [])),
    bad: bearer(await token('read', [], '5 minutes ago')),
  },
  {
    scheme: 'Basic',
    issuer: 'basic',
    full: basic('alice'),
    reader: basic('bob'),
    bad: basic('jürgen', 'wrong'),
  },
  {
    scheme: 'ApiKey',
    issuer: 'api_key',
    full: key(FULL_KEY),
    reader: key(READER_KEY),
    bad: key(REVOKED_KEY),
  },
];
