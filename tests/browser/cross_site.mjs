// Requests that pages of other sites, and of other subdomains, cause.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, logInAt, request, scenario, startOthers, status } from "./browser.mjs";

// Another site than shop.localhost.
const EVIL = "evil.localhost";
// The same site, and another origin.
const SIBLING = "blog.shop.localhost";
// With what the browser says about them.
const PAGES_ELSEWHERE = [[EVIL, "cross-site"], [SIBLING, "same-site"]];
let browser;
let others;

before(async () => {
  browser = await launch();
  others = await startOthers();
});

after(async () => {
  await browser?.close();
  others?.stop();
});

// Each sends a POST from a page at `host`, and returns the request as the service got it.
const senders = {
  async form(context, service, host, path, fields = {}) {
    const page = await context.newPage();
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
    await others.show(page, host, `<form method="post" action="${service.origin}${path}">${inputs.join("")}<button>Win</button></form>`);
    const responded = page.waitForResponse(`${service.origin}${path}`);
    await page.getByRole("button", { name: "Win" }).click();
    const response = await responded;
    if (response.status() === 403) assert.equal((await response.json()).code, "csrf");
    return service.last(path);
  },
  // `fetch` with cookies, which needs no permission of CORS. Its answer is hidden from the page.
  async script(context, service, host, path) {
    const page = await context.newPage();
    await others.show(page, host, "");
    await page.evaluate((url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include" }).catch(() => {}), `${service.origin}${path}`);
    return service.last(path);
  },
};

// As a browser does that does not know SameSite.
async function sendCookieEverywhere(context) {
  const [cookie] = await context.cookies();
  await context.addCookies([{ ...cookie, sameSite: "None" }]);
}

const arrival = (status, site, cookie, path = "/orders") => ({ path, site, cookie, authorization: false, status });

for (const [name, send] of Object.entries(senders)) {
  test(`a page of another site sends no cookie: ${name}`, () => scenario(browser, [], async (service, context) => {
    const page = await logInAt(context, service);
    assert.deepEqual(await send(context, service, EVIL, "/orders"), arrival(401, "cross-site", false));
    assert.equal(await service.orders(), 0);
    assert.equal(await status(page, "/me"), 200);
  }));

  test(`a page of another site is refused if the browser sends the cookie: ${name}`, () => scenario(browser, [], async (service, context) => {
    const page = await logInAt(context, service);
    await sendCookieEverywhere(context);
    assert.deepEqual(await send(context, service, EVIL, "/orders"), arrival(403, "cross-site", true));
    assert.equal(await service.orders(), 0);
    assert.equal(await status(page, "/me"), 200);
  }));

  test(`a page of another subdomain sends the cookie and is refused: ${name}`, () => scenario(browser, [], async (service, context) => {
    const page = await logInAt(context, service);
    assert.deepEqual(await send(context, service, SIBLING, "/orders"), arrival(403, "same-site", true));
    assert.equal(await service.orders(), 0);
    assert.equal(await status(page, "/me"), 200);
  }));

  test(`a page of a trusted subdomain is accepted: ${name}`, () => scenario(browser, ["--trust", others.origin(SIBLING)], async (service, context) => {
    await logInAt(context, service);
    assert.deepEqual(await send(context, service, SIBLING, "/orders"), arrival(200, "same-site", true));
    assert.equal(await service.orders(), 1);
  }));

  test(`a page elsewhere can't use a remembered password: ${name}`, () => scenario(browser, [], async (service, context) => {
    const page = await context.newPage();
    await page.goto(`http://alice:open%20sesame@${service.host}/basic`);
    assert.equal(await page.locator("body").innerText(), "alice");
    for (const [host, site] of PAGES_ELSEWHERE) {
      const expected = { ...arrival(403, site, false, "/basic/orders"), authorization: true };
      assert.deepEqual(await send(context, service, host, "/basic/orders"), expected);
    }
    assert.equal(await service.orders(), 0);
  }));
}

test("a page of the service is accepted", () => scenario(browser, [], async (service, context) => {
  const page = await logInAt(context, service);
  assert.equal(await status(page, "/orders", { method: "POST" }), 200);
  assert.deepEqual(await service.last("/orders"), arrival(200, "same-origin", true));
  await page.getByRole("button", { name: "Order" }).click();
  await page.waitForURL(`${service.origin}/orders`);
  assert.equal(await page.locator("body").innerText(), "ordered");
  assert.deepEqual(await service.last("/orders"), arrival(200, "same-origin", true));
  assert.equal(await service.orders(), 2);
}));

for (const [host, site] of PAGES_ELSEWHERE) {
  const mallory = { name: "mallory", password: "open sesame" };

  test(`a ${site} page can't log the browser in as somebody else`, () => scenario(browser, [], async (service, context) => {
    assert.deepEqual(await senders.form(context, service, host, "/login", mallory), arrival(403, site, false, "/login"));
    assert.deepEqual(await context.cookies(), []);

    const page = await logInAt(context, service);
    const cookies = await context.cookies();
    assert.equal((await senders.form(context, service, host, "/login", mallory)).status, 403);
    assert.deepEqual(await context.cookies(), cookies);
    assert.equal((await request(page, "/me")).text, "alice");
  }));

  test(`a ${site} page can't log the browser out`, () => scenario(browser, [], async (service, context) => {
    const page = await logInAt(context, service);
    const cookies = await context.cookies();
    const sent = host === SIBLING;
    assert.deepEqual(await senders.form(context, service, host, "/logout"), arrival(403, site, sent, "/logout"));
    assert.deepEqual(await context.cookies(), cookies);
    assert.equal(await status(page, "/me"), 200);
  }));
}

// Whether a page can open a WebSocket.
const opens = (page, service) => page.evaluate((url) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onopen = () => resolve(true);
  socket.onerror = () => resolve(false);
}), `ws://${service.host}/socket`);

test("a WebSocket is opened by pages of the service and of trusted origins only", () => scenario(browser, ["--trust", others.origin("partner.shop.localhost")], async (service, context) => {
  const own = await logInAt(context, service);
  assert.equal(await opens(own, service), true);
  // Chromium sends no `Sec-Fetch-Site` with a handshake.
  assert.deepEqual(await service.last("/socket"), arrival(101, null, true, "/socket"));

  const page = await context.newPage();
  for (const [host, status, cookie] of [[SIBLING, 403, true], ["partner.shop.localhost", 101, true], [EVIL, 401, false]]) {
    await others.show(page, host, "");
    assert.equal(await opens(page, service), status === 101, host);
    assert.deepEqual(await service.last("/socket"), arrival(status, null, cookie, "/socket"), host);
  }
  await sendCookieEverywhere(context);
  assert.equal(await opens(page, service), false);
  assert.deepEqual(await service.last("/socket"), arrival(403, null, true, "/socket"));
}));
