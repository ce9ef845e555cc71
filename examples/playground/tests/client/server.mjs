// A server whose answers a test decides, for the rules of the module alone.
import http from 'node:http';

/** What a caller with an expired token gets. */
export const EXPIRED = [401, { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' }];

/**
 * Answers with what `answer` returns for a request: a status, header fields and a body. Each request is kept, with its body.
 */
export async function start(test, answer) {
  const requests = [];
  const server = http.createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request = {
      method: incoming.method,
      path: incoming.url,
      token: incoming.headers.authorization?.replace('Bearer ', ''),
      headers: incoming.headers,
      body: Buffer.concat(chunks),
    };
    requests.push(request);
    const [status, headers, body] = await answer(request);
    outgoing.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, requests };
}

/** Accepts only the token that was issued last; `refresh` issues the next one. */
export async function startApi(test) {
  const api = { token: 'token-0', issued: 0 };
  const server = await start(test, ({ token }) => (token === api.token ? [200, {}, 'fine'] : EXPIRED));
  const refresh = async () => {
    api.issued += 1;
    api.token = `token-${api.issued}`;
    return api.token;
  };
  return Object.assign(api, server, { refresh });
}
