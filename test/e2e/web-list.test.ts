/** A timeline longer than a page of answers: nothing twice, nothing missed, nothing jumps, back finds the place. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { idOf, pathOf } from "../support/conversation.ts";
import { plain } from "../support/everything.ts";
import { post } from "../support/post.ts";
import type { Server } from "../support/server.ts";
import { cards, eventually, useWeb } from "../support/web.ts";

const MANY = 260;
const HOUR = 3_600_000;

async function fill(server: Server): Promise<void> {
  const at = (n: number) => Date.now() - 24 * HOUR - n * HOUR;
  for (let n = 0; n < MANY; n++)
    await post(server, pathOf({ id: idOf(n) }), plain({ n, title: `Task number ${n} of the year`, at: at(n) }));
  await server.settled();
}

/** Scrolls to the end by wheel; gives the titles in the order in which they were first seen, and every jump (px). */
async function scrollThrough(page: Page) {
  const seen = new Map<string, number>();
  const jumps: number[] = [];
  await page.mouse.move(640, 400);
  for (let still = 0; still < 12;) {
    const before = await tops(page);
    const from = await page.evaluate(() => scrollY);
    await page.mouse.wheel(0, 500);
    await Bun.sleep(25);
    const after = await tops(page);
    const moved = (await page.evaluate(() => scrollY)) - from;
    for (const [title, top] of after) {
      const was = before.get(title);
      if (was !== undefined && Math.abs(was - top - moved) > 2) jumps.push(was - top - moved);
      seen.set(title, (seen.get(title) ?? 0) + 1);
    }
    still = moved < 1 ? still + 1 : 0;
  }
  return { seen: [...seen.keys()], jumps };
}

/** Distance of each drawn row from the top of the screen. */
const tops = async (page: Page): Promise<Map<string, number>> =>
  new Map(
    await page
      .locator("[data-testid=session-card] .title")
      .evaluateAll((all) =>
        all.map((one) => [one.textContent ?? "", one.getBoundingClientRect().top] as [string, number]),
      ),
  );

describe.skipIf(!HAS_CHROMIUM)("a long timeline (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, fill);

  test("scrolling loads all of it, each row once, in order, without a jump", async () => {
    const page = await web().open("/timeline");
    const { seen, jumps } = await scrollThrough(page);

    expect(seen).toEqual(Array.from({ length: MANY }, (_, n) => `Task number ${n} of the year`));
    expect(jumps).toEqual([]);
    expect(await page.locator("main").innerText()).toContain(`That is all: ${MANY} sessions`);
    // Far rows are put away: the document does not grow with the list.
    expect(await cards(page).count()).toBeLessThan(MANY);
  }, 60_000);

  test("back from a session comes to the same place of the list, with the focus on it", async () => {
    const page = await web().open("/timeline");
    await page.mouse.move(640, 400);
    await eventually(
      async () => (await page.mouse.wheel(0, 800), page.evaluate(() => scrollY)),
      (y) => y > 5000,
      20_000,
    );
    await Bun.sleep(300);
    const row = await page.evaluate(() => {
      const link = [...document.querySelectorAll<HTMLElement>("[data-nav]")].find(
        (at) => at.getBoundingClientRect().top > 300,
      )!;
      return { title: link.textContent!, top: link.getBoundingClientRect().top, y: scrollY };
    });
    await page.getByRole("link", { name: row.title, exact: true }).click();
    await page.getByTestId("session-page").waitFor();

    await page.goBack();

    const link = page.getByRole("link", { name: row.title, exact: true });
    await link.waitFor();
    await eventually(
      () => page.evaluate(() => scrollY),
      (y) => Math.abs(y - row.y) <= 1,
    );
    expect(Math.abs((await link.boundingBox())!.y - row.top)).toBeLessThanOrEqual(1);
    await eventually(
      () => page.evaluate(() => document.activeElement?.textContent),
      (text) => text === row.title,
    );
  }, 60_000);

  test("a reload comes to the same place too", async () => {
    const page = await web().open("/timeline");
    await page.mouse.move(640, 400);
    await page.mouse.wheel(0, 900);
    await eventually(
      () => page.evaluate(() => scrollY),
      (y) => y > 800,
    );
    await Bun.sleep(300);
    const y = await page.evaluate(() => scrollY);

    await page.reload();

    await eventually(
      () => page.evaluate(() => scrollY),
      (now) => Math.abs(now - y) <= 1,
    );
  });
});
