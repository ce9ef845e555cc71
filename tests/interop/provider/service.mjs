// Our `resource-server` as a process, and its answers.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

import { AUDIENCE, CLIENTS } from './configuration.mjs';

const api = CLIENTS.find(({ client_id: id }) => id === 'api');

/** What makes it ask `provider` about opaque tokens. */
export const introspection = ({ issuer }) => ({
  INTROSPECTION_URL: `${issuer}/token/introspection`,
  INTROSPECTION_CLIENT_ID: api.client_id,
  INTROSPECTION_CLIENT_SECRET: api.client_secret,
});

export class Service {
  #process;
  #agent = new http.Agent({ keepAlive: true });
  log = '';

  /** With these variables and no others. It listens, but need not be ready. */
  static async start(variables) {
    const service = new Service();
    service.#process = spawn(process.env.RESOURCE_SERVER, {
      env: { BIND: '127.0.0.1:0', AUDIENCE, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    service.#process.stderr.setEncoding('utf8').on('data', (text) => (service.log += text));
    const said = createInterface(service.#process.stdout);
    const ended = once(service.#process, 'exit').then(() => {
      throw new Error(`resource-server has ended: ${service.log}`);
    });
    const [line] = await Promise.race([once(said, 'line'), ended]);
    ended.catch(() => {});
    service.url = line.replace('listening on ', '');
    return service;
  }

  /** And can verify tokens. */
  static async ready(variables) {
    const service = await Service.start(variables);
    await eventually('it is ready', async () => (await service.get('/ready')).status === 200);
    return service;
  }

  /** The answer, with the lines of its challenge. */
  get(path, token) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      const request = http.get(new URL(path, this.url), { agent: this.#agent, headers }, async (response) => {
        const chunks = await response.setEncoding('utf8').toArray();
        resolve({
          status: response.statusCode,
          challenges: response.headersDistinct['www-authenticate'] ?? [],
          headers: response.headers,
          body: chunks.join(''),
        });
      });
      request.on('error', reject);
    });
  }

  async json(path, token) {
    const { status, body } = await this.get(path, token);
    if (status !== 200) throw new Error(`${path} answers ${status}: ${body}`);
    return JSON.parse(body);
  }

  async stop() {
    this.#agent.destroy();
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}

/** Waits until `holds` returns true. Only a test that hangs reaches the limit. */
export async function eventually(what, holds, patience = 180_000) {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > patience) throw new Error(`not within ${patience} ms: ${what}`);
    await setTimeout(20);
  }
}

/** RFC 6750 section 3, to the byte. */
export const invalid = (description, scope) => {
  const asked = scope ? `, scope="${scope}"` : '';
  return `Bearer realm="api", error="invalid_token", error_description="${description}"${asked}`;
};

export const insufficient = (scope) =>
  `Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="${scope}"`;
