/** Wide, phone and narrow phone, light and dark: nothing scrolls sideways, axe finds nothing serious, fingers hit. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { EVERYTHING, postEverything } from "../support/everything.ts";
import { axeFindings, sideways, smallTargets } from "../support/looks.ts";
import { sessionId } from "../support/post.ts";
import { cards, goto, useWeb } from "../support/web.ts";

const WIDTHS = [1280, 390, 360] as const;
const THEMES = ["light", "dark"] as const;
const FINGER = 44;

describe.skipIf(!HAS_CHROMIUM)("widths and themes (needs /usr/bin/chromium)", () => {
  let session = "";
  const web = useWeb({}, async (server) => {
    await postEverything(server);
    session = await sessionId(server, EVERYTHING);
  });

  const look = (width: number, colorScheme: "light" | "dark") => {
    const phone = width < 600 ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {};
    // What is half faded in has no contrast to judge.
    return web().as({ viewport: { width, height: 844 }, colorScheme, reducedMotion: "reduce", ...phone });
  };
  const pages = (): [name: string, path: string, shown: (page: Page) => Promise<void>][] => [
    ["timeline", "/timeline", (page) => cards(page).first().waitFor()],
    ["search", "/timeline?q=flush", (page) => page.getByTestId("search-hit").first().waitFor()],
    [
      "chips",
      "/timeline?q=flush%20-oven%20project:kiln%20%22can%20call%22",
      (page) => page.locator(".understood").waitFor(),
    ],
    ["session", `/sessions/${session}`, (page) => page.getByTestId("event").first().waitFor()],
    ["status", "/status", (page) => page.getByRole("heading", { name: "Archive" }).waitFor()],
  ];

  for (const width of WIDTHS)
    for (const theme of THEMES)
      test(`${width} px, ${theme}: no page scrolls sideways, and axe finds nothing serious`, async () => {
        const context = await look(width, theme);
        const page = await web().openIn(context, "/timeline");
        for (const [name, path, shown] of pages()) {
          await goto(page, web().server.url + path);
          await shown(page);
          if (name === "session") await unfoldAll(page);
          expect({ name, ...(await sideways(page)) }).toEqual({ name, px: 0, by: [] });
          expect({ name, found: await axeFindings(page) }).toEqual({ name, found: [] });
        }
        await context.close();
      }, 60_000);

  test("on a phone every control is at least 44 px in both directions", async () => {
    const context = await look(390, "light");
    const page = await web().openIn(context, "/timeline");
    for (const [name, path, shown] of pages()) {
      await goto(page, web().server.url + path);
      await shown(page);
      expect({ name, small: await smallTargets(page, FINGER) }).toEqual({ name, small: [] });
    }
    await context.close();
  });

  test("the theme chosen stays over a reload, and is there before the first paint", async () => {
    const context = await look(1280, "light");
    const page = await web().openIn(context, "/timeline");
    const ground = () =>
      page.evaluate(
        () =>
          getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).backgroundColor,
      );
    const light = await ground();
    await page.getByRole("button", { name: /^Theme: system/ }).click();
    await page.getByRole("button", { name: /^Theme: light/ }).click();
    await page.getByRole("button", { name: /^Theme: dark/ }).waitFor();

    expect(await ground()).not.toBe(light);
    await page.reload({ waitUntil: "commit" });
    await page.waitForFunction(() => document.documentElement.dataset["theme"] === "dark");
    await context.close();
  });
});

/** Opens what is folded, so that what is inside is judged too. */
async function unfoldAll(page: Page): Promise<void> {
  for (let round = 0; round < 12; round++) {
    const folded = page
      .getByTestId("session-page")
      .locator("[aria-expanded=false]:not([aria-haspopup]):visible, details:not([open]) > summary");
    if ((await folded.count()) === 0) return;
    await folded.first().click();
  }
}
