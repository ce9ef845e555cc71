// The Back button after a logout, with the two caches that it takes pages from: the back/forward cache and the HTTP cache.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, logInAt, openAccount, scenario } from "./browser.mjs";

// Follows a link to the login page, without a logout.
async function leave(page) {
  await page.evaluate(() => location.assign("/login"));
  await page.waitForURL("**/login");
}

const logOut = (page) => page.getByRole("button", { name: "Log out" }).click();

// Runs in each page that is shown: says which one, and whether the back/forward cache had it.
const report = () => addEventListener("pageshow", ({ persisted, timeStamp }) => {
  const text = document.querySelector("h1")?.innerText;
  console.info(JSON.stringify({ time: performance.timeOrigin + timeStamp, path: location.pathname + location.search, text, persisted }));
});

// Opens a page as `alice`, calls `depart`, which ends at the login page, and goes back. Returns what is shown then.
async function goBack(service, context, path, depart) {
  const page = await logInAt(context, service);
  // The messages of a page from the back/forward cache come again.
  const messages = new Set();
  page.on("console", (message) => {
    if (message.type() === "info") messages.add(message.text());
  });
  const shown = () => [...messages].map((message) => JSON.parse(message));
  await page.addInitScript(report);
  await page.goto(`${service.origin}${path}`);
  await depart(page);
  await until(() => shown().at(-1)?.path === "/login");
  const before = messages.size;
  await page.evaluate(() => { setTimeout(() => history.back()); });
  await until(() => messages.size > before);
  const { time, ...back } = shown()[before];
  return back;
}

async function until(condition) {
  for (let attempts = 0; !condition(); attempts += 1) {
    assert.ok(attempts < 3000, `never became true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (const [name, isOn, options] of [
  ["with the back/forward cache", true, { ignoreDefaultArgs: ["--disable-back-forward-cache"] }],
  ["without the back/forward cache", false, {}],
]) {
  describe(name, () => {
    let browser;

    before(async () => {
      browser = await launch(options);
    });

    after(() => browser?.close());

    const logInPage = { path: "/login?next=%2Faccount", persisted: false };

    test("Back does not show a page after the logout", () => scenario(browser, [], async (service, context) => {
      assert.deepEqual(await goBack(service, context, "/account", logOut), logInPage);
    }));

    test("Back does not show a page after a logout in another tab", () => scenario(browser, [], async (service, context) => {
      const back = await goBack(service, context, "/account", async (page) => {
        await leave(page);
        const other = await openAccount(context, service);
        await logOut(other);
        await other.waitForURL("**/login");
      });
      assert.deepEqual(back, logInPage);
    }));

    test("Back shows a page of a caller who is still logged in", () => scenario(browser, [], async (service, context) => {
      const { path, text } = await goBack(service, context, "/account", leave);
      assert.deepEqual([path, text], ["/account", "alice"]);
    }));

    // So the two tests above can fail, and this browser has the cache.
    test("Back would show a page that may be stored", () => scenario(browser, [], async (service, context) => {
      const back = await goBack(service, context, "/stored", logOut);
      assert.deepEqual(back, { path: "/stored", text: "alice", persisted: isOn });
    }));
  });
}
