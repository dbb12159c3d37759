/** The first page: what stands on it, in which order, and how it is used by hand and by keyboard. */
import { describe, expect, test } from "bun:test";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { dayLabel } from "../../ui/kit/format.ts";
import { PLAIN, postEverything } from "../support/everything.ts";
import { cards, eventually, ready, titles, useWeb } from "../support/web.ts";

const NEWEST_FIRST = ["Find why the upload retries twice", ...PLAIN.map((one) => one.title)];

describe.skipIf(!HAS_CHROMIUM)("timeline (needs /usr/bin/chromium)", () => {
  const now = Date.now();
  const web = useWeb({}, (server) => postEverything(server, now));

  test("sessions stand newest first, each under the head of its day", async () => {
    const page = await web().open("/timeline");

    expect(await titles(page)).toEqual(NEWEST_FIRST);
    const heads = await page.locator(".day > h2").evaluateAll((all) => all.map((head) => head.textContent));
    const days = [20 * 60_000, ...PLAIN.map((one) => one.ago)].map((ago) =>
      dayLabel(new Date(now - ago).toISOString().slice(0, 10), now),
    );
    expect(heads).toEqual([...new Set(days)]);
  });

  test("a row tells project, branch, machine and agent", async () => {
    const page = await web().open("/timeline");

    const row = await cards(page).first().innerText();
    for (const fact of ["kiln", "fix/retry", "4 turns"]) expect(row).toContain(fact);
    expect(await page.title()).toBe("Timeline · Longhouse");
  });

  test("a filter stands in the address, and a reload and back keep to it", async () => {
    const page = await web().open("/timeline");
    await page.getByRole("button", { name: "Project", exact: true }).click();
    await page
      .getByRole("option", { name: /loom/ })
      .or(page.getByRole("menuitemcheckbox", { name: /loom/ }))
      .or(page.getByRole("menuitem", { name: /loom/ }))
      .first()
      .click();

    await eventually(
      () => titles(page),
      (all) => all.length === 1,
    );
    expect(new URL(page.url()).search).toBe("?project=loom");
    await page.reload();
    await ready(page);
    expect(await titles(page)).toEqual([PLAIN[0].title]);
    await page.goBack();
    await eventually(
      () => titles(page),
      (all) => all.length === NEWEST_FIRST.length,
    );
    expect(new URL(page.url()).search).toBe("");
  });

  test("filters that leave nothing say so, and can be cleared there", async () => {
    const page = await web().open("/timeline?project=nowhere&branch=none");

    await page.getByText("No session matches").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await eventually(
      () => titles(page),
      (all) => all.length === NEWEST_FIRST.length,
    );
    expect(new URL(page.url()).search).toBe("");
  });

  test("sub-agents are folded under their session as +1, and unfold in place", async () => {
    const page = await web().open("/timeline");
    const first = cards(page).first();
    expect(await cards(page).count()).toBe(NEWEST_FIRST.length);

    await first.getByRole("button", { name: "+1" }).click();

    const child = first.getByRole("list", { name: "Sub-agents" }).getByRole("listitem");
    await child.waitFor();
    await child.getByRole("link").first().click();
    await page.getByTestId("session-page").waitFor();
    await eventually(
      () => page.getByTestId("session-page").innerText(),
      (text) => text.includes("List callers of flush."),
    );
  });

  test("j and k walk through the rows, enter opens, back comes to the same row", async () => {
    const page = await web().open("/timeline");
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    await page.keyboard.press("j");
    expect(await focused()).toBe(NEWEST_FIRST[0]!);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    expect(await focused()).toBe(NEWEST_FIRST[2]!);
    await page.keyboard.press("k");
    expect(await focused()).toBe(NEWEST_FIRST[1]!);

    await page.keyboard.press("Enter");
    await page.getByTestId("session-page").waitFor();
    await page.goBack();

    await eventually(focused, (text) => text === NEWEST_FIRST[1]);
  });

  test("? shows the shortcuts and Escape closes them", async () => {
    const page = await web().open("/timeline");
    await page.keyboard.press("?");

    const help = page.getByRole("dialog", { name: "Shortcuts" });
    await help.waitFor();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
  });

  test("/ goes to the search box from anywhere, and is not typed", async () => {
    const page = await web().open("/timeline");
    await page.keyboard.press("j");
    await page.keyboard.press("/");

    expect(await page.evaluate(() => document.activeElement?.getAttribute("data-testid"))).toBe("search-input");
    expect(await page.getByTestId("search-input").inputValue()).toBe("");
  });

  test("a pinned row is pinned after a reload too", async () => {
    const page = await web().open("/timeline");
    const row = cards(page).nth(2);
    await row.hover();
    const saved = page.waitForResponse((response) => response.request().method() === "PATCH");
    await row.getByRole("button", { name: "Pin", exact: true }).click();
    expect((await saved).status()).toBe(200);

    await page.reload();
    await ready(page);
    expect(await cards(page).nth(2).innerText()).toContain("Pinned");
  });

  test("an address that names no page says so and leads back", async () => {
    const page = await web().open("/nothing/here");

    expect(await page.locator("main").innerText()).toContain("There is no such page");
    await page.getByRole("link", { name: "Go to the timeline" }).click();
    await cards(page).first().waitFor();
  });
});
