// The page in a browser: what it shows, and that it stays by itself.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const pages = process.env.ACCESS_MAP_PAGES;
const file = (name) => pathToFileURL(join(pages, `${name}.html`)).href;
const profile = mkdtempSync(join(tmpdir(), "access-map-"));
const desk = { width: 1360, height: 900 };
let browser;

function launch(folder, options) {
  return chromium.launchPersistentContext(join(profile, folder), {
    executablePath: process.env.CHROMIUM,
    headless: true,
    viewport: desk,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
    ...options,
  });
}

before(async () => {
  browser = await launch("browser");
});

after(async () => {
  await browser?.close();
  rmSync(profile, { recursive: true, force: true });
});

// Runs `look` on a page, and fails for whatever the page complains of or asks for.
async function open(name, look, { hash = "" } = {}) {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const wrong = [];
  page.on("console", (message) => wrong.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`error: ${error}`));
  page.on("dialog", (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(file(name)) && url !== "data:,") wrong.push(`request: ${url}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.log(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  try {
    await page.goto(file(name) + hash);
    await look(page);
    assert.deepEqual(wrong, []);
  } finally {
    await page.close();
  }
}

const visible = (page) => page.locator("tr.route:visible").evaluateAll((rows) =>
  rows.map((row) => `${row.cells[0].textContent} ${row.querySelector(".path code").textContent}`));
const answers = (page) => page.locator("tr.route").evaluateAll((rows) => Object.fromEntries(
  rows.map((row) => [`${row.cells[0].textContent} ${row.querySelector(".path code").textContent}`, row.querySelector(".answer").innerText.replace(/\s+/g, " ").trim()])));
const status = (page) => page.locator("[role=status]").innerText().then((text) => text.replace(/\s+/g, " ").trim());
const ask = (page) => page.getByText("What may a caller do?").click();
const field = (page, name) => page.getByLabel(name, { exact: true });
const group = (page, name) => page.getByRole("group", { name });

test("a search finds paths, handlers, scopes and reasons that contain all of its words", () => open("api", async (page) => {
  assert.equal(await status(page), "30 of 30 routes");
  const search = page.getByRole("searchbox");
  for (const [text, routes] of [
    ["refund", ["POST /refunds", "POST /refunds/all"]],
    ["money::PAY", ["POST /payments"]],
    ["orders:write patch", ["PATCH /orders/{id}"]],
    ["health probe", ["GET /health"]],
    ["nothing is called this", []],
  ]) {
    await search.fill(text);
    assert.deepEqual(await visible(page), routes, text);
  }
  assert.equal(await status(page), "0 of 30 routes");
  await page.getByRole("button", { name: "Show all" }).click();
  assert.equal(await status(page), "30 of 30 routes");
  assert.equal(await search.inputValue(), "");
}));

test("filters select by what rules require, and combine", () => open("api", async (page) => {
  await field(page, "requires scope").selectOption("orders:admin");
  assert.deepEqual(await visible(page), ["GET /orders/{id}", "DELETE /orders/{id}"]);
  await field(page, "requires scope").selectOption("");
  await field(page, "requires role").selectOption("support");
  assert.deepEqual(await visible(page), ["PATCH /orders/{id}", "POST /orders/{id}/notes", "POST /refunds", "POST /refunds/all"]);
  await page.getByRole("searchbox").fill("refunds");
  assert.deepEqual(await visible(page), ["POST /refunds", "POST /refunds/all"]);
  await page.getByRole("button", { name: "Reset" }).click();
  await field(page, "access").selectOption("unguarded");
  assert.deepEqual(await visible(page), ["* /", "* /assets/{*file}"]);
  await field(page, "access").selectOption("");
  await field(page, "Auth").selectOption("partner");
  assert.equal((await visible(page)).length, 4);
  await field(page, "accepts kind").selectOption("Basic");
  assert.deepEqual(await visible(page), ["GET /partner/prices"]);
}));

test("the page says in words who may call a route", () => open("api", async (page) => {
  const route = page.getByRole("button", { name: "/orders/{id}", exact: true }).nth(1);
  assert.equal(await route.getAttribute("aria-expanded"), "false");
  await route.focus();
  await page.keyboard.press("Enter");
  assert.equal(await route.getAttribute("aria-expanded"), "true");
  const text = (await page.locator("tr.who").innerText()).split("\n").map((line) => line.trim()).filter(Boolean);
  assert.deepEqual(text, [
    "Who may call this?",
    "all of these:",
    "the scope orders:write (or orders:admin, which implies it)",
    "one of these:",
    "decided by code: “owns the order”",
    "the role support",
    "known roles without trial",
    "With Bearer or ApiKey, verified by the Auth “api”.",
  ]);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("tr.who").count(), 0);
}));

test("the page answers what a caller with given scopes and roles may call", () => open("api", async (page) => {
  await ask(page);
  let seen = await answers(page);
  assert.equal(seen["GET /orders"], "no");
  assert.equal(seen["GET /me"], "yes");
  assert.equal(seen["GET /health"], "yes");
  assert.equal(seen["* /assets/{*file}"], "depends on the service itself");
  assert.equal(seen["GET /invoices/{id}"], "depends on check 1");

  await group(page, "Scopes").getByLabel("orders:write").check();
  seen = await answers(page);
  assert.equal(seen["GET /orders"], "yes", "implied");
  assert.equal(seen["POST /orders"], "yes");
  assert.equal(seen["DELETE /orders/{id}"], "no");
  assert.equal(seen["PATCH /orders/{id}"], "depends on “owns the order”");
  assert.match(await group(page, "Scopes").innerText(), /orders:read\s*by orders:write/);

  await group(page, "Roles").getByLabel("support").check();
  assert.equal((await answers(page))["PATCH /orders/{id}"], "yes");
  await group(page, "Roles").getByLabel("trial").check();
  seen = await answers(page);
  assert.equal(seen["PATCH /orders/{id}"], "no", "not(role = \"trial\")");
  assert.equal(seen["POST /refunds"], "yes");
  await page.getByLabel("the credential carries no roles").check();
  seen = await answers(page);
  assert.equal(seen["POST /refunds"], "no");
  assert.equal(seen["PATCH /orders/{id}"], "no", "they have not shown that they are not on trial");
}));

test("an unset claim or login makes the answer \"depends\"", () => open("api", async (page) => {
  await ask(page);
  await group(page, "Scopes").getByLabel("profile").check();
  await group(page, "Scopes").getByLabel("pay").check();
  let seen = await answers(page);
  assert.equal(seen["PUT /me"], "depends on claim email_verified");
  assert.equal(seen["DELETE /me"], "depends on login within 10 minutes");
  assert.equal(seen["POST /payments"], "depends on login of class urn:example:gold, login within 5 minutes");
  const claim = group(page, "Claims").getByLabel("email_verified = true");
  await claim.selectOption("as required");
  assert.equal((await answers(page))["PUT /me"], "yes");
  await claim.selectOption("missing");
  assert.equal((await answers(page))["PUT /me"], "no");
}));

test("the page answers for each kind of credential and for anonymous callers", () => open("api", async (page) => {
  await ask(page);
  const kind = group(page, "Credential");
  await kind.getByLabel("ApiKey").check();
  let seen = await answers(page);
  assert.deepEqual([seen["GET /me"], seen["GET /me/keys"], seen["GET /partner/orders"]], ["yes", "no", "no"]);
  await kind.getByLabel("Gateway").check();
  seen = await answers(page);
  assert.deepEqual([seen["GET /me"], seen["GET /partner/orders"]], ["no", "yes"]);
  await kind.getByLabel("none (anonymous)").check();
  await field(page, "answer").selectOption("yes");
  assert.deepEqual(await visible(page), ["GET /", "GET /catalogue/{*path}", "GET /health", "GET /openapi.json", "GET /partner/status"]);
  assert.equal(await status(page), "5 of 30 routes 5 yes 2 depends 23 no");
}));

test("the URL fragment restores filters and answers", () => open("api", async (page) => {
  await page.getByRole("searchbox").fill("orders");
  await field(page, "Auth").selectOption("api");
  await page.getByRole("button", { name: "/orders", exact: true }).first().click();
  await ask(page);
  await group(page, "Scopes").getByLabel("orders:read").check();
  await group(page, "Roles").getByLabel("support").check();
  await group(page, "Claims").getByLabel("email_verified = true").selectOption("another value");
  await group(page, "Credential").getByLabel("Bearer").check();
  const [hash, routes, seen] = [new URL(page.url()).hash, await visible(page), await answers(page)];
  await open("api", async (other) => {
    assert.deepEqual(await visible(other), routes);
    assert.deepEqual(await answers(other), seen);
    assert.equal(await other.locator("tr.who").count(), 1);
    assert.equal(new URL(other.url()).hash, hash);
    await other.getByRole("button", { name: "Reset" }).click();
    assert.equal(new URL(other.url()).hash, "");
    assert.equal((await visible(other)).length, 30);
  }, { hash });
}));

test("unknown values in the URL fragment are ignored", () => open("api", async (page) => {
  assert.equal(await status(page), "30 of 30 routes 9 yes 3 depends 18 no");
}, { hash: "#scope=gone&as=%3DGone&has=gone&claim=has%5B%5D&open=GET+%2Fgone&answer=perhaps&__proto__=x" }));

test("everything can be reached with the keyboard", () => open("api", async (page) => {
  await page.keyboard.press("/");
  const focused = () => page.evaluate(() => {
    const element = document.activeElement;
    return (element.labels?.[0] ?? element).innerText.split("\n")[0].trim();
  });
  assert.equal(await focused(), "search");
  const stops = [];
  for (let step = 0; step < 10; step += 1) {
    await page.keyboard.press("Tab");
    stops.push(await focused());
  }
  assert.deepEqual(stops.slice(0, 6), ["requires scope", "requires role", "accepts kind", "Auth", "access", "What may a caller do? Describe the caller to see the answer of each route."]);
  assert.deepEqual(stops.slice(6, 8), ["Reset", "/"]);
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(ring, "solid");
}));

test("a report-only map says that denials are let through", () => open("reporting", async (page) => {
  assert.match(await page.getByRole("alert").innerText(), /^REPORT ONLY: /);
  await page.getByRole("button", { name: "/orders/{id}" }).click();
  assert.match(await page.locator("tr.who").innerText(), /Everyone: this Auth is in report-only mode/);
  await ask(page);
  await group(page, "Credential").getByLabel("none (anonymous)").check();
  assert.deepEqual(await answers(page), { "GET /health": "yes", "GET /orders/{id}": "no, but let through" });
  assert.equal(await status(page), "2 of 2 routes 1 yes 1 no, but let through");
}));

test("warnings are shown", () => open("api", async (page) => {
  const shown = await page.locator(".warnings li").allInnerTexts();
  const warnings = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).warnings);
  assert.ok(warnings.length > 0);
  assert.deepEqual(shown, warnings.map((warning) => warning.replaceAll("`", "")));
}));

test("no text of the map becomes a part of the page", () => open("hostile", async (page) => {
  assert.equal(await page.title(), "Access map");
  for (const button of await page.locator(".path button").all()) await button.click();
  await ask(page);
  await page.getByRole("group", { name: "Roles" }).getByLabel("__proto__").check();
  assert.equal((await answers(page))["POST /'\"><img src=x>"], "yes");
  assert.equal(await page.locator("img, svg, table b b, script:not([type])").count(), 2, "the page's own scripts");
  assert.equal(await page.title(), "Access map");
}));

test("without scripts the page lists all routes", async () => {
  const plain = await launch("without-scripts", { javaScriptEnabled: false });
  try {
    const page = await plain.newPage();
    await page.goto(file("api"));
    assert.equal(await page.locator("tr.route:visible").count(), 30);
    assert.equal(await page.locator("#controls:visible, button:visible").count(), 0);
  } finally {
    await plain.close();
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`the page does not scroll sideways: ${colorScheme}`, () => open("api", async (page) => {
    const shot = (name) => page.screenshot({ path: join(pages, `${colorScheme}-${name}.png`), fullPage: true });
    await page.emulateMedia({ colorScheme });
    await shot("desk");
    await page.getByRole("button", { name: "/orders/{id}", exact: true }).nth(1).click();
    await ask(page);
    await group(page, "Scopes").getByLabel("orders:write").check();
    await group(page, "Roles").getByLabel("support").check();
    await shot("desk-asked");
    await page.setViewportSize({ width: 390, height: 844 });
    await shot("phone");
    await page.evaluate(() => document.querySelector("#map").scrollIntoView());
    await page.screenshot({ path: join(pages, `${colorScheme}-phone-rows.png`) });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, "nothing to scroll sideways");
    if (colorScheme === "light") {
      await page.setViewportSize(desk);
      await page.emulateMedia({ media: "print" });
      await shot("print");
    }
  }));
}
