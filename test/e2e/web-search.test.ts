/** Search as it is typed: passages, chips, the way to the event, answers that come late. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { PLAIN, postEverything } from "../support/everything.ts";
import { cards, eventually, ready, titles, useWeb } from "../support/web.ts";

const type = async (page: Page, text: string) => {
  await page.keyboard.press("/");
  await page.getByTestId("search-input").pressSequentially(text, { delay: 15 });
};
const hits = (page: Page) => page.getByTestId("search-hit");

describe.skipIf(!HAS_CHROMIUM)("search (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, postEverything);

  test("a fragment finds passages with the words marked, and stands in the address", async () => {
    const page = await web().open("/timeline");
    await type(page, "retry timer");

    await hits(page).first().waitFor();
    const marks = page.locator("[data-testid=search-hit] mark");
    await eventually(
      () => marks.allInnerTexts(),
      (marked) => ["retry", "timer"].every((word) => marked.some((one) => one.toLowerCase() === word)),
    );
    await eventually(
      async () => new URL(page.url()).searchParams.get("q"),
      (q) => q === "retry timer",
    );
    expect(await page.title()).toBe("retry timer · Longhouse");
    await page.reload();
    await hits(page).first().waitFor();
  });

  test("the start of a word already finds it while it is typed", async () => {
    const page = await web().open("/timeline");
    await type(page, "glaz");

    await eventually(
      () => titles(page),
      (all) => all.includes(PLAIN[1].title),
    );
  });

  test("a click on a passage opens the session at that event, highlighted", async () => {
    const page = await web().open("/timeline?q=changelog");
    const hit = hits(page).filter({ hasText: "Also note it" });
    const event = new URL((await hit.getAttribute("href"))!, web().server.url).searchParams.get("event")!;
    await hit.click();

    await page.getByTestId("session-page").waitFor();
    await ready(page);
    expect(new URL(page.url()).searchParams.get("event")).toBe(event);
    const target = page.getByTestId("event").filter({ hasText: "Also note it in the changelog." }).first();
    await target.waitFor();
    expect(await isOnScreen(page, "Also note it in the changelog.")).toBe(true);
    await page.goBack();
    await hits(page).first().waitFor();
    expect(await page.getByTestId("search-input").inputValue()).toBe("changelog");
  });

  test("operators become chips that can be taken out again", async () => {
    const page = await web().open("/timeline");
    await type(page, 'glazes project:kiln -oven "are mixed"');

    const chips = page.locator(".understood");
    await eventually(
      () => chips.innerText(),
      (text) => /project: kiln/.test(text) && /without oven/.test(text) && /phrase/.test(text),
    );
    await page.getByRole("button", { name: /^Remove -oven/ }).click();
    await eventually(
      () => page.getByTestId("search-input").inputValue(),
      (text) => !text.includes("oven"),
    );
    expect(await titles(page)).toEqual([PLAIN[1].title]);
  });

  test("a filter narrows what is found", async () => {
    const page = await web().open("/timeline?q=again&project=oven");

    await eventually(
      () => titles(page),
      (all) => all.length === 1 && all[0] === PLAIN[3].title,
    );
  });

  test("an old answer that comes late never replaces the newer one", async () => {
    const page = await web().open("/timeline");
    await page.route(/query=theme(&|$)/, async (route) => {
      await Bun.sleep(1200);
      await route.continue().catch(() => {});
    });
    await type(page, "theme");
    await Bun.sleep(150);
    await page.getByTestId("search-input").fill("oven");

    await eventually(
      () => titles(page),
      (all) => all[0] === PLAIN[3].title,
    );
    await Bun.sleep(1500);
    expect((await titles(page))[0]).toBe(PLAIN[3].title);
    expect(await page.getByTestId("search-input").inputValue()).toBe("oven");
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("nothing found says so and what to do", async () => {
    const page = await web().open("/timeline?q=zyxwvutsr");

    // A slow machine's first answer is partial: it looks on first.
    await page.getByText("Nothing found for “zyxwvutsr”").waitFor();
    expect(await page.locator("main").innerText()).toMatch(/Try fewer or other words/);
  });

  test("what no search language understands is searched as words, without an error", async () => {
    const page = await web().open("/timeline");
    for (const odd of ['"', "C++", "AND", "NEAR(", "\u{1f600}", "日本語", "((((", "project:", "-", "*"]) {
      await page.getByTestId("search-input").fill(odd);
      await eventually(
        async () => new URL(page.url()).searchParams.get("q"),
        (q) => q === odd,
      );
      await ready(page);
      expect(await page.locator(".errorbox").count(), odd).toBe(0);
    }
  });

  test("j goes from passage to passage and Enter opens the one in focus", async () => {
    const page = await web().open("/timeline?q=flush");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const link = await page.evaluate(() => (document.activeElement as HTMLAnchorElement).getAttribute("href"));
    expect(link).toContain("event=");
    await page.keyboard.press("Enter");
    await page.getByTestId("session-page").waitFor();
    expect(page.url()).toEndWith(link!);
  });

  test("Escape empties the search and leads back to the timeline", async () => {
    const page = await web().open("/timeline");
    await type(page, "oven");
    await hits(page).first().waitFor();
    await page.keyboard.press("Escape");

    await eventually(
      () => cards(page).count(),
      (n) => n === PLAIN.length + 1,
    );
    expect(await page.getByTestId("search-input").inputValue()).toBe("");
    await eventually(
      async () => new URL(page.url()).search,
      (search) => search === "",
    );
  });

  test("a search from a session's page shows its hits on the timeline, and back returns to the session", async () => {
    const page = await web().open("/timeline");
    await page.getByRole("link", { name: PLAIN[0].title }).click();
    await page.getByTestId("session-page").waitFor();
    await type(page, "oven");

    await hits(page).first().waitFor();
    await page.goBack();
    await page.getByTestId("session-page").waitFor();
  });
});

/** Whether the event with this text is within the screen. */
const isOnScreen = (page: Page, text: string): Promise<boolean> =>
  page.evaluate((wanted) => {
    const event = [...document.querySelectorAll("[data-testid=event]")].find((one) =>
      one.textContent?.includes(wanted),
    );
    const box = event?.getBoundingClientRect();
    return box !== undefined && box.top >= 0 && box.bottom <= innerHeight;
  }, text);
