// A visit of all pages in a browser. At each, axe finds nothing, nothing is wider than the window, and the policy of
// the page blocks nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PASSWORD = "a pot of sencha at four";
const CODE = "2846-9173-0562";
let shop, address, browser;

before(async () => {
  rmSync("screenshots", { recursive: true, force: true });
  mkdirSync("screenshots");
  shop = spawn(process.env.STOREFRONT, { env: { PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: shop.stdout })) {
    address = line.match(/^Listening on (\S+)/)?.[1];
    if (address) break;
  }
  assert.ok(address, "the shop ended");
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
});

after(async () => {
  await browser?.close();
  shop?.kill();
});

async function open() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.blocked = [];
  page.on("console", (message) => {
    // Chromium says this about every response with an error.
    if (!message.text().startsWith("Failed to load resource: the server responded with a status of 4")) {
      page.blocked.push(message.text());
    }
  });
  return page;
}

// Looks at the page in all ways in which it can be shown.
async function look(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 390, 320]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      const where = `${name}-${colorScheme}-${width}`;
      await page.screenshot({ path: `screenshots/${where}.png`, fullPage: true });
      const excess = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      assert.equal(excess, 0, `${where} is too wide`);
      // Not by a script in the page, which the policy forbids.
      const { violations } = await page.evaluate(`(() => { ${axe}; return axe.run(); })()`);
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), [], where);
    }
  }
  assert.deepEqual(page.blocked, [], name);
}

// Presses a key that leads to another page.
const leave = (page, key) => Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
const submit = (page, name) =>
  Promise.all([page.waitForNavigation(), page.getByRole("button", { name }).click()]);

async function logIn(page, password = PASSWORD) {
  await page.getByLabel("Name").fill("alice");
  await page.getByLabel("Password").fill(password);
  await submit(page, "Log in");
}

test("every page is accessible, light and dark, wide and narrow", async () => {
  const page = await open();
  await page.goto(`${address}/settings`);
  await look(page, "login");
  await logIn(page, "guessed");
  await look(page, "login-fault");
  await logIn(page);
  await look(page, "account");

  const phone = await open();
  await phone.goto(`${address}/login`);
  await logIn(phone);
  await page.goto(`${address}/settings/sessions`);
  await look(page, "sessions");
  await submit(page, "End session");
  await look(page, "sessions-ended");

  await page.goto(`${address}/settings/keys`);
  await look(page, "keys-none");
  await page.getByRole("link", { name: "Create a key" }).click();
  await look(page, "login-again");
  await page.getByLabel("One-time code").fill("1");
  await logIn(page);
  await look(page, "login-again-fault");
  await page.getByLabel("One-time code").fill(CODE);
  await logIn(page);
  await look(page, "key-form");
  await page.getByLabel("What is it for?").fill(" ");
  await submit(page, "Create the key");
  await look(page, "key-form-fault");
  await page.getByLabel("What is it for?").fill("w".repeat(80));
  await page.getByLabel("orders:read").check();
  await submit(page, "Create the key");
  await look(page, "key-created");
  await page.getByRole("link", { name: "Back to the API keys" }).click();
  await look(page, "keys");

  await page.goto(`${address}/settings/password`);
  await look(page, "password");
  await page.getByLabel("New password").fill("short");
  await submit(page, "Change the password");
  await look(page, "password-fault");
  await page.goto(`${address}/settings/sessions`);
  await page.context().clearCookies();
  await submit(page, "Log out everywhere");
  await look(page, "refused");
});

test("the keyboard is enough, and the first fault gets the focus", async () => {
  const page = await open();
  const focused = () => page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name");
  await page.goto(`${address}/login`);
  for (const expected of ["Skip to the content", "name", "password", "remember_me", "Log in"]) {
    await page.keyboard.press("Tab");
    assert.equal(await focused(), expected);
    const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
    assert.equal(outline, "solid", expected);
  }
  await page.getByLabel("Name").fill("alice");
  await page.getByLabel("Password").fill("guessed");
  await leave(page, "Enter");
  assert.match(await focused(), /^There is a problem/);
  assert.match(await page.title(), /^Error: /);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "password");
  await page.keyboard.type(PASSWORD);
  await leave(page, "Enter");
  assert.equal(new URL(page.url()).pathname, "/settings");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Log out");
  await leave(page, "Enter");
  assert.equal(await page.getByRole("status").innerText(), "You are logged out.");
});
