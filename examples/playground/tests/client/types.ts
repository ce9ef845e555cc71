// Compiled, and not run: what the types of the client module allow, and what they refuse.
import {
  attachAxios,
  authFetch,
  LoggedOutError,
  NotRepeatableError,
  parseChallenges,
} from '../../client/auth-fetch.js';
import axios from 'axios';

const api = authFetch({
  token: () => undefined,
  refresh: (signal: AbortSignal) => fetch('/refresh', { method: 'POST', signal }),
  onLoggedOut: (error: LoggedOutError) => console.log(error.message),
  onLoggedIn: () => {},
  onStepUp: async ({ acrValues, maxAge, scope, response }) =>
    acrValues !== undefined || (maxAge ?? 0) > 60 || scope === 'orders:read' || response.status === 403,
  onEvent: ({ type, id, status }) => console.log(type, id, status),
  share: 'none',
  name: 'shop',
  origins: ['https://api.example.com'],
});
authFetch({ token: () => 'token', refresh: async () => null });
authFetch({});

// fetch's own signature.
const sent: Promise<Response> = api('/orders', { method: 'POST', signal: AbortSignal.timeout(1000) });
const same: typeof fetch = api;
api(new Request('https://api.example.com/orders'));
api(new URL('https://api.example.com/orders'));
const done: Promise<void>[] = [api.loggedIn('token'), api.loggedIn(), api.loggedOut()];
const instance = attachAxios(axios.create(), api);
instance.get('/orders');
const schemes: string[] = parseChallenges('Bearer realm="api"').map(
  ({ scheme, parameters }) => scheme + parameters.realm,
);
const errors: Error[] = [new LoggedOutError(), new NotRepeatableError()];
export { done, errors, same, schemes, sent };

// @ts-expect-error There is no such way to share.
authFetch({ share: 'storage' });
// @ts-expect-error A token is a string.
authFetch({ token: () => 42 });
// @ts-expect-error A token is a string.
api.loggedIn(42);
// @ts-expect-error Axios needs the function that `authFetch` returned.
attachAxios(axios.create(), fetch);
