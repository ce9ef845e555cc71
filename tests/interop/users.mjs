// Lines of a BASIC_FILE, with the hashes that an npm package makes: PBKDF2 as OpenSSL computes it.

import { readFile } from 'node:fs/promises';

import pbkdf2 from '@phc/pbkdf2';

const people = JSON.parse(await readFile(new URL('people.json', import.meta.url), 'utf8'));
for (const [name, { password, hashed_by, scopes, roles }] of Object.entries(people)) {
  if (hashed_by !== '@phc/pbkdf2') continue;
  const hash = await pbkdf2.hash(password, { iterations: 1000 });
  const granted = [...scopes.map((scope) => `scope=${scope}`), ...roles.map((role) => `role=${role}`)];
  console.log([`${name}:${hash}`, ...granted].join(' '));
}
