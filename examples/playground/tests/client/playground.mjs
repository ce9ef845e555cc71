// The playground behind a proxy that counts the refreshes and can lose or delay their responses.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PAGE = `<!doctype html><html lang="en"><title>Test</title>
<script type="importmap">{ "imports": { "axios": "/test/axios.js" } }</script>
<script type="module" src="/test.js"></script></html>`;

const AXIOS = fileURLToPath(import.meta.resolve('axios')).replace(/index\.js$/, 'dist/esm/axios.js');

// What the tests of a page call. \`window.api\` is there when the page has loaded.
const SCRIPT = `
import { authFetch } from '/client/auth-fetch.js';

const settings = new URLSearchParams(location.search);
const withCookie = settings.has('session');
let token;
window.seen = { loggedOut: 0, loggedIn: 0, stepUps: [], events: [] };
window.api = authFetch({
  ...(withCookie ? {} : { token: () => token, refresh: (signal) => fetch('/refresh', { method: 'POST', signal }) }),
  share: settings.get('share') ?? 'channel',
  onLoggedOut: () => { seen.loggedOut += 1; },
  onLoggedIn: () => { seen.loggedIn += 1; },
  onStepUp: ({ acrValues, maxAge, scope }) => { seen.stepUps.push({ acrValues, maxAge, scope }); return false; },
  onEvent: ({ type }) => { seen.events.push(type); },
});
const post = (path, body) => fetch(path, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
window.logIn = async (name, password) => {
  const response = await post(withCookie ? '/session/login' : '/login', { name, password });
  if (!response.ok) throw new Error('the login got ' + response.status);
  token = withCookie ? undefined : (await response.json()).access_token;
  await api.loggedIn(token);
};
/** As if the token had expired: the API answers both with 401 and \`invalid_token\`. */
window.expire = () => { token = 'expired ' + Math.random(); };
const outcome = (sent) => sent.then(({ status }) => status, ({ name }) => name);
window.send = (path, init) => outcome(api(path, init));
/** How often each outcome came. */
window.sendMany = async (count) => {
  const tally = {};
  await Promise.all(Array.from({ length: count }, async () => {
    const found = await window.send('/me');
    tally[found] = (tally[found] ?? 0) + 1;
  }));
  return tally;
};
`;

/** Starts the playground and the proxy. */
export async function startPlayground(environment = {}) {
  const child = spawn(process.env.PLAYGROUND, [], {
    env: { ...process.env, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((_, reject) =>
    child.once('exit', (status) => reject(new Error(`the playground ended: ${status}`))),
  );
  ended.catch(() => {});
  const address = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const [found] = /http:\/\/[^\s]+:\d+/.exec(line) ?? [];
      if (found) return new URL(found);
    }
    throw new Error('the playground printed no address');
  })();
  const playground = await Promise.race([address, ended]);
  child.stdout.resume();

  const control = {
    /** The requests for a new token, with the status of each. */
    refreshes: [],
    /** How many of the next responses of a refresh are lost. */
    lost: 0,
    /** The next requests to this path wait for `gate` before they are sent to the playground. */
    path: '/refresh',
    /** A promise. */
    gate: undefined,
    /** Called when one of them arrives. */
    arrived: () => {},
  };
  const server = http.createServer(async (incoming, outgoing) => {
    // The page for the login is the same, and sends no requests.
    if (incoming.url.startsWith('/test') || (incoming.method === 'GET' && incoming.url === '/login')) {
      const scripts = {
        '/test.js': SCRIPT,
        '/test/axios.js': incoming.url === '/test/axios.js' && readFileSync(AXIOS),
      };
      const script = scripts[incoming.url];
      outgoing.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' });
      outgoing.end(script || PAGE);
      return;
    }
    const isRefresh = incoming.url === '/refresh';
    if (incoming.url === control.path) {
      control.arrived();
      await control.gate;
    }
    const headers = { ...incoming.headers, host: playground.host };
    if (headers.origin) headers.origin = playground.origin;
    if (headers.referer) headers.referer = `${playground.origin}/`;
    const options = { host: '127.0.0.1', port: playground.port, method: incoming.method, path: incoming.url, headers };
    let hasAnswer = false;
    const forwarded = http.request(options, (response) => {
      hasAnswer = true;
      if (isRefresh) control.refreshes.push(response.statusCode);
      if (isRefresh && control.lost > 0) {
        control.lost -= 1;
        response.resume();
        response.on('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(response.statusCode, response.rawHeaders);
      response.pipe(outgoing);
    });
    forwarded.on('error', () => {
      // The playground may answer before it has read a large body.
      if (hasAnswer) incoming.resume();
      else incoming.socket.destroy();
    });
    incoming.pipe(forwarded);
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  const origin = `http://localhost:${server.address().port}`;
  return {
    control,
    origin,
    stop: () => {
      server.close();
      server.closeAllConnections();
      child.kill();
    },
  };
}
