// Our challenges, read by parsers that others wrote, and by the one of our client module: what they find is what we meant.

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { parse } from 'auth-header';
import {
  WWWAuthenticateChallengeError,
  allowInsecureRequests,
  customFetch,
  protectedResourceRequest,
} from 'oauth4webapi';
import wwwAuthenticate from 'www-authenticate';

import { parseChallenges } from './auth-fetch.mjs';
import { basic, kinds, url } from './service.mjs';

const [{ full, reader, bad }] = kinds;

const realm = 'api';
const BASIC = { scheme: 'basic', parameters: { realm, charset: 'UTF-8' } };
const API_KEY = { scheme: 'apikey', parameters: { realm } };
const bearer = (parameters) => ({ scheme: 'bearer', parameters: { realm, ...parameters } });

// What is asked for, with which header fields; the status and the challenges of the answer.
const answers = [
  ['/whoami', {}, 401, [bearer(), BASIC, API_KEY]],
  ['/read', {}, 401, [bearer({ scope: 'read' }), BASIC, API_KEY]],
  ['/read', basic('nobody', 'wrong'), 401, [bearer({ scope: 'read' }), BASIC, API_KEY]],
  ['/read', { 'X-API-Key': 'wrong' }, 401, [bearer({ scope: 'read' }), BASIC, API_KEY]],
  [
    '/read',
    bad,
    401,
    [
      bearer({
        error: 'invalid_token',
        error_description: 'The access token expired',
        scope: 'read',
      }),
      BASIC,
      API_KEY,
    ],
  ],
  [
    '/gold',
    full,
    401,
    [
      bearer({
        error: 'insufficient_user_authentication',
        error_description: 'A different authentication level is required',
        acr_values: 'urn:example:gold',
        max_age: '300',
      }),
      BASIC,
      API_KEY,
    ],
  ],
  [
    '/either',
    reader,
    403,
    [
      bearer({
        error: 'insufficient_scope',
        error_description: 'The access token lacks a required scope',
        scope: 'a',
      }),
    ],
  ],
  ['/admin', reader, 403, [bearer()]],
];

/** The answer as node:http has it: each field line by itself. */
function linesOf(path, headers) {
  return new Promise((resolve, reject) => {
    http
      .get(url(path), { headers }, (response) => {
        response.resume();
        resolve([response.statusCode, response.headersDistinct['www-authenticate']]);
      })
      .on('error', reject);
  });
}

for (const [path, headers, status, challenges] of answers) {
  const presented = Object.entries(headers).map(([name, value]) => `${name}: ${value.slice(0, 6)}..`);
  const answer = `${path} with ${presented[0] ?? 'nothing'}`;

  test(`${answer}: oauth4webapi reads all challenges from the lines that fetch has joined`, async () => {
    const request = protectedResourceRequest('replaced', 'GET', url(path), undefined, null, {
      [allowInsecureRequests]: true,
      [customFetch]: (target, init) => fetch(target, { ...init, headers }),
    });
    await assert.rejects(request, (error) => {
      assert.ok(error instanceof WWWAuthenticateChallengeError, error);
      assert.equal(error.status, status);
      assert.deepEqual(error.cause, challenges);
      return true;
    });
  });

  test(`${answer}: the client module reads all challenges from the lines that fetch has joined`, async () => {
    const response = await fetch(url(path), { headers });
    assert.equal(response.status, status);
    const read = parseChallenges(response.headers.get('www-authenticate'));
    assert.deepEqual(read.map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } })), challenges);
  });

  test(`${answer}: auth-header and www-authenticate read each line`, async () => {
    const [answered, lines] = await linesOf(path, headers);
    assert.equal(answered, status);
    const lower = (scheme, parameters) => ({ scheme: scheme.toLowerCase(), parameters: { ...parameters } });
    const parsed = lines.map((line) => parse(line));
    assert.deepEqual(parsed.map(({ scheme, params }) => lower(scheme, params)), challenges);
    const read = lines.map((line) => new wwwAuthenticate.parsers.WWW_Authenticate(line));
    assert.deepEqual(read.map(({ scheme, parms }) => lower(scheme, parms)), challenges);
  });
}
