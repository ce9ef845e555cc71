import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseChallenges } from '../../client/auth-fetch.js';

const challenge = (scheme, parameters = {}, token68) => ({ scheme, parameters, ...(token68 && { token68 }) });
/** The parser returns parameters without a prototype, so that no name has a meaning. */
const parsed = (field) => parseChallenges(field).map((found) => ({ ...found, parameters: { ...found.parameters } }));

const fields = {
  // RFC 9110 section 11.6.1
  'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""': [
    challenge('basic', { realm: 'simple' }),
    challenge('newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }),
  ],
  // RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470 section 3
  'Bearer realm="example", error="invalid_token", error_description="The access token expired"': [
    challenge('bearer', { realm: 'example', error: 'invalid_token', error_description: 'The access token expired' }),
  ],
  'DPoP error="invalid_token", algs="ES256 PS256"': [
    challenge('dpop', { error: 'invalid_token', algs: 'ES256 PS256' }),
  ],
  'Bearer error="insufficient_user_authentication", max_age="5"': [
    challenge('bearer', { error: 'insufficient_user_authentication', max_age: '5' }),
  ],
  Bearer: [challenge('bearer')],
  'Bearer, Basic realm="a"': [challenge('bearer'), challenge('basic', { realm: 'a' })],
  'Negotiate oRQwEqADCgEB==, NTLM': [challenge('negotiate', {}, 'oRQwEqADCgEB=='), challenge('ntlm')],
  'Negotiate realm=': [challenge('negotiate', {}, 'realm=')],
  'Bearer , Basic  ': [challenge('bearer'), challenge('basic')],
  'BEARER REALM=api': [challenge('bearer', { realm: 'api' })],
  'Bearer  realm = "a" ,\tscope\t=\tb': [challenge('bearer', { realm: 'a', scope: 'b' })],
  ', ,Bearer realm="a",, Basic realm="b", ,': [challenge('bearer', { realm: 'a' }), challenge('basic', { realm: 'b' })],
  'Bearer realm=""': [challenge('bearer', { realm: '' })],
  'Bearer realm="a, Basic realm=\\"b\\""': [challenge('bearer', { realm: 'a, Basic realm="b"' })],
  'Bearer realm="\\\\", error="a"': [challenge('bearer', { realm: '\\', error: 'a' })],
  'Bearer realm="Größe"': [challenge('bearer', { realm: 'Größe' })],
  // The first one counts: a field that another adds at the end changes nothing.
  'Bearer error="a", error="b"': [challenge('bearer', { error: 'a' })],
  'Bearer __proto__="a"': [{ scheme: 'bearer', parameters: Object.fromEntries([['__proto__', 'a']]) }],
  '': [],
  ' , ': [],
};

for (const [field, challenges] of Object.entries(fields)) {
  test(`valid: ${field}`, () => assert.deepEqual(parsed(field), challenges));
}

const invalid = [
  'Bearer realm="a',
  'Bearer realm="a" Basic',
  'realm="a"',
  'Bearer "a"',
  'Bearer realm="a\\"',
  '"',
  'Bearer a b',
  'Bearer Basic realm="a"',
  'Bearer realm=a b',
  'Ä realm="a"',
];
for (const field of invalid) {
  test(`invalid: ${field}`, () => assert.deepEqual(parsed(field), []));
}

test('challenges that are written and read are the same', () => {
  // A linear congruential generator: each run has the same fields.
  let state = 17;
  const random = (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  const letters = "abcXYZ019!#$%&'*+-.^_`|~";
  const text = (alphabet, minimum) =>
    Array.from({ length: minimum + random(6) }, () => alphabet[random(alphabet.length)]).join('');
  for (let round = 0; round < 2000; round += 1) {
    const challenges = Array.from({ length: 1 + random(3) }, () => {
      const parameters = {};
      for (let count = random(4); count > 0; count -= 1)
        parameters[text(letters, 1).toLowerCase()] ??= text('ab ,="\\;é', 0);
      return { scheme: text(letters, 1).toLowerCase(), parameters };
    });
    const field = challenges
      .map(({ scheme, parameters }) => {
        const written = Object.entries(parameters).map(
          ([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`,
        );
        return `${scheme}${written.length ? ` ${written.join(random(2) ? ', ' : ' ,')}` : ''}`;
      })
      .join(random(2) ? ', ' : ',');
    assert.deepEqual(parsed(field), challenges, field);
  }
});

test('a long field takes time in proportion to its length', () => {
  // Quadratic time would not end within the limit of the suite.
  for (const part of ['a,', 'a=b,', ' ', ',', 'Bearer realm="a" ', '\\"', 'a ', 'a==', '"']) {
    const length = Math.ceil((1 << 20) / part.length);
    parseChallenges(`Bearer realm="a", ${part.repeat(length)}`);
    parseChallenges(`Bearer realm="${part.repeat(length)}`);
  }
});
