// What the suites share: the browser, the service under test, and pages of others.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const profiles = mkdtempSync(join(tmpdir(), "sessions-"));
process.on("exit", () => rmSync(profiles, { recursive: true, force: true }));

// With a new profile. Its user allows cookies that pages of other sites cause to be sent, because no service can rely on
// the opposite.
export function launch(options = {}) {
  const profile = mkdtempSync(join(profiles, "profile-"));
  mkdirSync(join(profile, "Default"));
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
  return chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
    ...options,
  });
}

// Runs `look` with a new service, and a browser without cookies. Each service has another port, so nothing that the
// browser has stored for the last one counts for it.
export async function scenario(browser, settings, look) {
  const service = await startService(settings);
  await browser.clearCookies();
  browser.setDefaultTimeout(10_000);
  try {
    await look(service, browser);
  } finally {
    // The browser ends with its last page.
    const [, ...opened] = browser.pages();
    await Promise.all(opened.map((page) => page.close()));
    service.stop();
  }
}

async function startService(settings) {
  const server = spawn(process.env.SERVICE, settings, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: server.stdout });
  const ended = new Promise((_, reject) => server.once("exit", (status) => reject(new Error(`the service ended: ${status}`))));
  ended.catch(() => {});
  const { value } = await Promise.race([lines[Symbol.asyncIterator]().next(), ended]);
  const { port, token } = JSON.parse(value);
  const control = async (action) => {
    const response = await fetch(`http://127.0.0.1:${port}/control/${action}`, { method: "POST" });
    if (!response.ok) throw new Error(`${action}: ${response.status}`);
    return response.text();
  };
  return {
    // A host name with subdomains. Browsers resolve it to this machine, and trust it as they trust https.
    origin: `http://shop.localhost:${port}`,
    host: `shop.localhost:${port}`,
    local: `http://localhost:${port}`,
    token,
    control,
    orders: async () => Number(await control("orders")),
    // The last request for a path, as the service got it, with the status of its answer.
    last: async (path) => JSON.parse(await control("arrived")).findLast((request) => request.path === path),
    stop: () => server.stdin.end(),
  };
}

// A server with pages of others, under any host name: each request gets the text that was set last.
export async function startOthers() {
  let html = "";
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>Others</title>${html}`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: (host) => `http://${host}:${server.address().port}`,
    show: async (page, host, text) => {
      html = text;
      await page.goto(`http://${host}:${server.address().port}/`);
    },
    stop: () => server.close(),
  };
}

// Fills in the form of the login page, which has to be shown.
export async function logIn(page, name = "alice") {
  await page.locator("[name=name]").fill(name);
  await page.locator("[name=password]").fill("open sesame");
  await page.getByRole("button", { name: "Log in" }).click();
}

export async function openAccount(context, service) {
  const page = await context.newPage();
  await page.goto(`${service.origin}/account`);
  return page;
}

export async function logInAt(context, service) {
  const page = await openAccount(context, service);
  await logIn(page);
  await page.waitForURL(`${service.origin}/account`);
  return page;
}

// The status and the body of a request that a script of the page sends.
export const request = (page, path, options) => page.evaluate(async ([path, options]) => {
  const response = await fetch(path, options);
  return { status: response.status, text: await response.text(), redirected: response.redirected };
}, [path, options]);

export const status = async (page, path, options) => (await request(page, path, options)).status;
