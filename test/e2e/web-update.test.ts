/** Another build takes the place of the one that a page is of; and what only that build has: `/kit`, looked at by axe. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { axeFindings, sideways } from "../support/looks.ts";
import { freePort, startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { eventually, goto, watched } from "../support/web.ts";

const ROOT = join(import.meta.dir, "../..");

describe.skipIf(!HAS_CHROMIUM)("another build (needs /usr/bin/chromium)", () => {
  let browser: Browser;
  let binary = "";
  beforeAll(async () => {
    const out = tempDir("build");
    const build = Bun.spawn([process.execPath, "build.ts", "--kit", "--out", out], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "pipe"],
    });
    if ((await build.exited) !== 0) throw new Error(await new Response(build.stderr).text());
    binary = join(out, "longhouse");
    browser = await launch();
  }, 120_000);
  afterAll(() => browser?.close());

  test("a page left open while the server was upgraded is offered the new version, and a click brings it", async () => {
    const place = { home: tempDir("home"), data: join(tempDir("data"), "lh"), port: freePort() };
    const before = await startServer(place);
    const context = await watched(await signedIn(browser, before, { serviceWorkers: "allow" }), before);
    const page = await context.newPage();
    await goto(page, `${before.url}/settings`);
    await eventually(
      () => page.evaluate(() => navigator.serviceWorker.controller !== null),
      (is) => is,
      20_000,
    );
    const old = await shells(page);
    await before.stop();
    const after = await startServer({ ...place, binary });

    // As when one comes back to the tab.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByText("A new version of Longhouse is here.").waitFor({ timeout: 20_000 });
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Reload" }).click()]);

    await eventually(
      () => shells(page).catch(() => old),
      (now) => now.length === 1 && now[0] !== old[0],
      20_000,
    );
    expect(old.length).toBe(1);
    expect(new URL(page.url()).pathname).toBe("/settings");
    await goto(page, `${after.url}/kit`);
    await page.getByRole("heading", { name: "Kit", exact: true }).waitFor();
    await context.close();
    await after.stop();
  }, 120_000);

  test("axe finds nothing serious in any part in any state, in both themes, nor does any break the page's width", async () => {
    const server = await startServer({ binary });
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [1280, 390]) {
        const look = { colorScheme, reducedMotion: "reduce" as const, viewport: { width, height: 800 } };
        const context = await watched(await signedIn(browser, server, look), server);
        const page = await context.newPage();
        await goto(page, `${server.url}/kit`);
        expect(await page.locator(".part").count()).toBeGreaterThan(15);
        for (const name of ["With undo", "Bad", "Hostile, stays"]) await page.getByRole("button", { name }).click();
        await page.getByRole("button", { name: "Many, chosen" }).click();
        await page.locator(".menu:popover-open").waitFor();
        expect({ colorScheme, width, found: await axeFindings(page) }).toEqual({ colorScheme, width, found: [] });
        expect({ width, ...(await sideways(page)) }).toEqual({ width, px: 0, by: [] });
        await context.close();
      }
    await server.stop();
  }, 120_000);
});

/** The builds whose files the browser keeps. */
const shells = (page: Page): Promise<string[]> =>
  page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("shell-")));
