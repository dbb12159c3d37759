/** What is there before the app's code is: the empty frame, the first questions; and what waits until the first screenful stands. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { conversation, pathOf } from "../support/conversation.ts";
import { post, sessionId } from "../support/post.ts";
import type { Server } from "../support/server.ts";
import { eventually, useWeb } from "../support/web.ts";

const SESSIONS = 30;
const idOf = (n: number) => `7e57a000-0001-4000-8000-${String(n).padStart(12, "0")}`;

async function fill(server: Server): Promise<void> {
  for (let n = 0; n < SESSIONS; n++) {
    const talk = conversation({ id: idOf(n), at: Date.now() - (n + 1) * 60_000, cwd: "/home/ada/work/loom" });
    talk.prompt(`Weave number ${n}`);
    talk.reply("Woven.");
    await post(server, pathOf({ id: idOf(n) }), talk.text());
  }
  await server.settled();
}

const APP = /\/assets\/main-[^/]*\.js$/;
/** Waits until the empty frame could be painted: its elements are there, and its styles, before which no frame comes. */
async function painted(page: Page): Promise<void> {
  await page.locator("#shell .bar").waitFor({ state: "attached" });
  await page.evaluate(() => new Promise(requestAnimationFrame));
}
const cards = (page: Page) => page.getByTestId("session-card");
/** Left, top and width of what the frame is made of, px. */
const frame = (page: Page, root: string) =>
  page.evaluate(
    (within) =>
      [".top", ".brand > .icon", ".search", ".rail", ".bar"].map((name) => {
        const { left, top, width } = document.querySelector(within + name)!.getBoundingClientRect();
        return [name, Math.round(left), Math.round(top), Math.round(width)];
      }),
    root,
  );

describe.skipIf(!HAS_CHROMIUM)("the start (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, fill);

  for (const width of [1280, 800, 390])
    test(`${width} px: the empty frame stands where the app's own will, and goes when that comes`, async () => {
      const page = await (await web().as({ viewport: { width, height: 800 } })).newPage();
      const held = Promise.withResolvers<void>();
      await page.route(APP, async (route) => (await held.promise, route.continue()));
      await page.goto(`${web().server.url}/timeline`, { waitUntil: "commit" });
      await painted(page);
      const empty = await frame(page, "#shell ");
      expect(await page.locator("main").count()).toBe(0);

      held.resolve();
      await cards(page).first().waitFor();
      expect(await page.locator("#shell").count()).toBe(0);
      expect(await frame(page, "body ")).toEqual(empty);
      await page.close();
    });

  test("who was asked to sign in the last time sees no frame before that; who is signed in again does", async () => {
    const context = await web().context.browser()!.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    let held = Promise.withResolvers<void>();
    await page.route(APP, async (route) => (await held.promise, route.continue()));
    /** Whether the empty frame is painted: looked at while the app's code, which takes it away, is held. */
    const showsFrame = async () => {
      held = Promise.withResolvers();
      await page.goto(`${web().server.url}/timeline`, { waitUntil: "commit" });
      await painted(page);
      const isSeen = await page.locator("#shell .search").isVisible();
      held.resolve();
      return isSeen;
    };
    const signIn = page.getByRole("heading", { name: /sign in/i });

    expect(await showsFrame()).toBe(true);
    await signIn.waitFor();
    expect(await showsFrame()).toBe(false);
    await signIn.waitFor();

    await context.addCookies(await web().context.cookies());
    expect(await showsFrame()).toBe(false);
    await cards(page).first().waitFor();
    expect(await showsFrame()).toBe(true);
    await context.close();
  });

  test("a session's first page is asked for before the app's code is there, and only once", async () => {
    const page = await web().context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
    const held = Promise.withResolvers<void>();
    await page.route(APP, async (route) => (await held.promise, route.continue()));
    const path = `/sessions/${await sessionId(web().server, idOf(3))}`;
    const first = `/api/agents${path}/events?before=end&limit=100`;
    await page.goto(web().server.url + path, { waitUntil: "commit" });
    await eventually(
      async () => asked,
      (all) => all.includes(first) && all.some((one) => one.includes("/assets/Page-")),
    );

    held.resolve();
    await page.getByText("Woven.").first().waitFor();
    expect(asked.filter((one) => one === first)).toHaveLength(1);
    await page.close();
  });

  test("a list that is drawn from its top has all its rows in the end, in order", async () => {
    const page = await web().open("/timeline");
    await eventually(
      () => cards(page).count(),
      (count) => count === SESSIONS,
    );
    expect(await cards(page).locator("a.title").allInnerTexts()).toEqual(
      Array.from({ length: SESSIONS }, (_, n) => `Weave number ${n}`),
    );
  });

  test("a row has its buttons once a pointer or the focus is at it", async () => {
    const page = await web().open("/timeline");
    const actions = (nth: number) =>
      cards(page)
        .nth(nth)
        .getByRole("button", { name: /^Actions/ });
    await page.mouse.move(5, 400);
    expect(await actions(4).count()).toBe(0);

    await cards(page).nth(4).hover();
    await actions(4).waitFor();
    await cards(page).nth(6).locator("a.title").focus();
    await page.keyboard.press("Tab");
    await eventually(
      () => page.evaluate(() => document.activeElement?.getAttribute("aria-label")),
      (name) => name === "Actions: Weave number 6",
    );
  });
});
