// Login, time-out and logout, with several tabs of one browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, logIn, logInAt, openAccount, request, scenario, startOthers, status } from "./browser.mjs";

const logInPage = (service, query = "next=%2Faccount") => `${service.origin}/login?${query}`;
let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

for (const host of ["local", "origin"]) {
  test(`a login returns to the page, with a cookie that scripts can't read: ${host}`, () => scenario(browser, [], async (service, context) => {
    const origin = service[host];
    const page = await context.newPage();
    await page.goto(`${origin}/account`);
    assert.equal(page.url(), `${origin}/login?next=%2Faccount`);
    assert.deepEqual(await context.cookies(), []);
    await logIn(page);
    await page.waitForURL(`${origin}/account`);
    assert.equal(await page.locator("h1").innerText(), "alice");

    const [{ value, ...cookie }, ...others] = await context.cookies();
    assert.deepEqual(cookie, {
      name: "__Host-Http-sid", domain: new URL(origin).hostname, path: "/",
      expires: -1, httpOnly: true, secure: true, sameSite: "Lax",
    });
    assert.deepEqual(others, []);
    assert.ok(value.length > 20);
    assert.equal(await page.evaluate(() => document.cookie), "");
  }));
}

test("after the idle time-out a page is redirected to the login page and a script gets 401", () => scenario(browser, ["--without-cache"], async (service, context) => {
  const page = await logInAt(context, service);
  assert.equal(await status(page, "/me"), 200);
  await service.control("advance-an-hour");
  const { status: expired, text } = await request(page, "/me");
  assert.equal(expired, 401);
  assert.equal(JSON.parse(text).code, "session_expired");
  assert.equal((await context.cookies()).length, 1, "the cookie is not deleted");
  await page.reload();
  assert.equal(page.url(), logInPage(service));
  await logIn(page);
  await page.waitForURL(`${service.origin}/account`);
  assert.equal(await status(page, "/me"), 200);
}));

test("a logout in one tab logs the other tabs out", () => scenario(browser, [], async (service, context) => {
  const first = await logInAt(context, service);
  const second = await openAccount(context, service);
  assert.equal(await status(second, "/me"), 200);
  await first.getByRole("button", { name: "Log out" }).click();
  await first.waitForURL(`${service.origin}/login`);
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await status(second, "/me"), 401);
  await second.reload();
  assert.equal(second.url(), logInPage(service));
}));

// Ways to give the browser a new identifier.
const changes = {
  async logIn(page, service) {
    await page.goto(`${service.origin}/login`);
    await logIn(page);
    await page.waitForURL(`${service.origin}/account`);
  },
  async stepUp(page, service) {
    await page.goto(`${service.origin}/vault`);
    assert.equal(page.url(), logInPage(service, "acr_values=gold&next=%2Fvault"));
    await logIn(page);
    await page.waitForURL(`${service.origin}/vault`);
  },
  async renew(page) {
    assert.equal(await status(page, "/renew", { method: "POST" }), 200);
  },
};

// Sends requests all the time, and counts the answers.
const poll = (page) => page.evaluate(() => {
  window.answers = {};
  (async () => {
    for (;;) {
      const response = await fetch("/me");
      const answer = response.redirected ? "redirected" : response.status;
      window.answers[answer] = (window.answers[answer] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
});

// The tab sends a request, the sixth tab changes the identifier, and then the service sees that request.
async function requestDuring(change, tab, path, service) {
  const late = status(tab, `${path}?held`);
  await service.control("wait-for-a-held-request");
  await change();
  await service.control("release");
  assert.equal(await late, 401, "its identifier is dead");
}

test("five polling tabs stay logged in while a sixth logs in, steps up and renews", (t) => scenario(browser, [], async (service, context) => {
  const tabs = [];
  for (let tab = 0; tab < 5; tab += 1) tabs.push(await openAccount(context, service));
  const sixth = await context.newPage();
  await Promise.all(tabs.map(poll));

  const identifiers = new Set();
  const everyTabIsLoggedIn = async () => {
    const statuses = await Promise.all(tabs.map((tab) => status(tab, "/me")));
    assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
    const cookies = await context.cookies();
    assert.equal(cookies.length, 1);
    identifiers.add(cookies[0].value);
  };
  for (let round = 0; round < 8; round += 1) {
    for (const change of Object.values(changes)) {
      const tab = tabs[identifiers.size % tabs.length];
      await requestDuring(async () => {
        await change(sixth, service);
        await everyTabIsLoggedIn();
      }, tab, "/me", service);
      await everyTabIsLoggedIn();
    }
  }
  assert.equal(identifiers.size, 24);

  const answers = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.answers)));
  t.diagnostic(JSON.stringify(answers));
  for (const counted of answers) {
    const { 200: good, 401: late, ...others } = counted;
    assert.ok(good >= 24, "they polled all the time");
    assert.deepEqual(others, {}, "no other status and no redirect");
  }
  for (const tab of tabs) {
    await tab.goto(`${service.origin}/account`);
    assert.equal(tab.url(), `${service.origin}/account`);
  }
}));

test("an answer that deletes the cookie of a dead session would log all tabs out", () => scenario(browser, [], async (service, context) => {
  const tab = await logInAt(context, service);
  const sixth = await openAccount(context, service);
  await requestDuring(() => changes.renew(sixth), tab, "/deletes-dead-cookies", service);
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await status(sixth, "/me"), 401);
}));

// Follows a link to the account from a page of another site.
async function followLink(service, context) {
  const others = await startOthers();
  try {
    const page = await context.newPage();
    await others.show(page, "evil.localhost", `<a href="${service.origin}/account">the shop</a>`);
    await page.getByRole("link").click();
    await page.waitForURL((url) => url.origin === service.origin);
    return page;
  } finally {
    others.stop();
  }
}

test("a link of another site carries the cookie", () => scenario(browser, [], async (service, context) => {
  await logInAt(context, service);
  const page = await followLink(service, context);
  assert.equal(page.url(), `${service.origin}/account`);
  assert.equal(await page.locator("h1").innerText(), "alice");
}));

test("with SameSite=Strict a link of another site does not carry the cookie, and the next request does", () => scenario(browser, ["--strict"], async (service, context) => {
  await logInAt(context, service);
  assert.equal((await context.cookies())[0].sameSite, "Strict");
  const page = await followLink(service, context);
  assert.equal(page.url(), logInPage(service));
  await page.getByRole("link", { name: "Account" }).click();
  await page.waitForURL(`${service.origin}/account`);
  assert.equal(await page.locator("h1").innerText(), "alice");
}));

test("a token in Authorization decides before the cookie", () => scenario(browser, [], async (service, context) => {
  const page = await logInAt(context, service);
  assert.equal((await request(page, "/me")).text, "alice");
  const headers = { authorization: `Bearer ${service.token}` };
  assert.equal((await request(page, "/me", { headers })).text, "bob");
  const wrong = { authorization: `Bearer ${service.token}x` };
  assert.equal(await status(page, "/me", { headers: wrong }), 401);
}));
