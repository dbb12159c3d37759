/** What a page is while it waits and when its server fails; the version that changes under it; who waits, in the tab's title and on the badge. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { idOf, pathOf } from "../support/conversation.ts";
import { EVERYTHING, plain, postEverything } from "../support/everything.ts";
import { post, sessionId } from "../support/post.ts";
import { eventually, goto, useWeb } from "../support/web.ts";

const DATA = /\/api\/(?!auth|live)/;
const FAULT = { error: { code: "internal", message: "Something broke", hint: "The log says what" } };

describe.skipIf(!HAS_CHROMIUM)("states of a page (needs /usr/bin/chromium)", () => {
  let session = "";
  const web = useWeb({}, async (server) => {
    await postEverything(server);
    session = await sessionId(server, EVERYTHING);
  });
  /** Each with the heading that stands there before anything has come. */
  const pages = (): [path: string, heading: string | null][] => [
    ["/timeline", null],
    [`/sessions/${session}`, null],
    ["/insights", "Insights"],
    ["/machines", "Machines"],
    ["/memory", "Memory"],
    ["/settings", "Settings"],
    ["/status", "Status"],
  ];
  const blank = async () => {
    const page = await web().open("/connect");
    return { page, to: (path: string) => page.goto(web().server.url + path) };
  };

  test("while answers are out, every page keeps its heading and says that it loads", async () => {
    const { page, to } = await blank();
    await page.route(DATA, () => {});
    for (const [path, heading] of pages()) {
      await to(path);
      if (heading) await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      await page.getByRole("status", { name: "Loading" }).first().waitFor();
    }
    await page.unrouteAll();
  }, 60_000);

  test("when the server fails, every page says so once, with the way to try again, and is there after it", async () => {
    const { page, to } = await blank();
    const fail = () => page.route(DATA, (route) => route.fulfill({ status: 500, json: FAULT }));
    for (const [path] of pages()) {
      await fail();
      await to(path);
      const alert = page.getByRole("alert").filter({ hasText: "Something broke" });
      await alert.first().waitFor();
      expect({ path, alerts: await alert.count() }).toEqual({ path, alerts: 1 });
      expect(await alert.innerText()).toContain("The log says what");

      await page.unroute(DATA);
      await alert.getByRole("button", { name: "Try again" }).click();
      await alert.waitFor({ state: "detached" });
    }
  }, 60_000);

  test("a server of another version under an open page: a reload is offered, once", async () => {
    const page = await web().open("/status");
    let version = "1.0.0";
    const close: (() => void)[] = [];
    await page.routeWebSocket(/\/api\/live/, (socket) => {
      close.push(() => void socket.close());
      socket.connectToServer().onMessage((message) => {
        socket.send(String(message).replace(/"version":"[^"]*"/, `"version":"${version}"`));
      });
    });
    await goto(page, `${web().server.url}/timeline`);
    await page.getByRole("link", { name: "Status: Live" }).waitFor();
    version = "1.0.1";
    for (const again of close) again();

    const offer = page.getByText("A new version of Longhouse is here.");
    await offer.waitFor();
    for (const again of close) again();
    await eventually(
      async () => close.length,
      (sockets) => sockets >= 3,
    );
    expect(await offer.count()).toBe(1);
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Reload" }).click()]);
  }, 60_000);

  test("the tab's title and the app's badge count who waits for a person, and stop", async () => {
    const { server } = web();
    await post(
      server,
      pathOf({ id: idOf(601) }),
      plain({ n: 601, title: "May I?", at: Date.now(), cwd: "/w", branch: "b" }),
    );
    await server.settled();
    const page: Page = await web().open("/status");
    await page.addInitScript(noteBadge);
    await goto(page, `${server.url}/memory`);
    const badge = () => page.evaluate(() => (globalThis as { badge?: number }).badge ?? 0);
    expect(await page.title()).not.toMatch(/\d/);
    await beat("waiting");
    await eventually(
      () => page.title(),
      (title) => title.includes("1"),
    );
    await eventually(badge, (count) => count === 1);

    await beat("idle");

    await eventually(
      () => page.title(),
      (title) => !/\d/.test(title),
    );
    await eventually(badge, (count) => count === 0);

    async function beat(state: string) {
      const live = [{ provider: "claude", provider_session_id: idOf(601), state }];
      const body = JSON.stringify({ version: "1", started_at: null, providers: {}, live, failed: [], disk_free: null });
      const headers = { "content-type": "application/json" };
      await server.api("/api/agents/heartbeat", { method: "POST", headers, body });
    }
  }, 60_000);

  test("by keyboard alone: density and theme are chosen in the settings, and stay", async () => {
    const page = await web().open("/settings");
    await page.getByRole("radio", { name: "Compact" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("radio", { name: "Light" }).focus();
    await page.keyboard.press("ArrowRight");

    const chosen = () => page.evaluate(() => ({ ...document.documentElement.dataset }));
    await eventually(chosen, ({ density, theme }) => density === "comfortable" && theme === "dark");
    await page.reload();
    expect(await chosen()).toMatchObject({ density: "comfortable", theme: "dark" });
  }, 60_000);
});

/** In the place of the dock that a headless browser has not. */
function noteBadge(): void {
  const set = (count: number) => Promise.resolve(void Object.assign(globalThis, { badge: count }));
  Object.assign(navigator, { setAppBadge: set, clearAppBadge: () => set(0) });
}
