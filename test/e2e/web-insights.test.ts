/** Insights: the same figures as `longhouse usage`, in any range, and the way from each to its sessions. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import type { UsageReport } from "../../src/domain/usage.ts";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { fileOf, psid, talk, writer } from "../support/fill.ts";
import { axeFindings, sideways, smallTargets } from "../support/looks.ts";
import { post } from "../support/post.ts";
import { command, type Server } from "../support/server.ts";
import { cards, eventually, goto, ready, useWeb } from "../support/web.ts";

const DAY = 86_400_000;
/** Noon, so that no time zone of a test's machine makes it another day's. */
const NOON = new Date(new Date().setHours(12, 0, 0, 0)).getTime();
const HOSTILE = `/w/<img src=x onerror="window.__pwn=1">-\u202egnol-${"x".repeat(200)}`;

async function fill(server: Server): Promise<void> {
  const send = async (n: number, bytes: string) => post(server, fileOf(psid(n)), bytes);
  await send(1, talk(3, { id: psid(1), at: NOON - DAY, cwd: "/w/loom" }));
  await send(2, talk(2, { id: psid(2), at: NOON - 20 * DAY, cwd: "/w/loom" }));
  await send(3, withTools(psid(3), NOON - 2 * DAY));
  const unknown = talk(4, { id: psid(4), at: NOON - 3 * DAY, cwd: "/w/kiln" });
  await send(4, unknown.replaceAll("claude-sonnet-4-5", "kiln-brain-1"));
  await send(5, talk(1, { id: psid(5), at: NOON - 200 * DAY, cwd: HOSTILE }));
  await server.settled();
}

function withTools(id: string, at: number): string {
  const write = writer({ id, at, cwd: "/w/kiln" });
  const steps = Array.from({ length: 12 }, (_, n) => [
    write.call(n % 2 ? "Bash" : "Read", `t${n}`, { command: "make" }),
    write.result(`t${n}`, "out", n === 3),
  ]);
  return [write.prompt("Build it"), ...steps.flat(), write.reply("Built.")].map((line) => `${line}\n`).join("");
}

describe.skipIf(!HAS_CHROMIUM)("insights (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, fill);
  const cell = (page: Page, by: string, name: string) =>
    page.getByTestId(`by-${by}`).locator("tbody tr").filter({ hasText: name }).locator("td");
  const shownTotals = (page: Page) =>
    page
      .getByTestId("totals")
      .locator("button")
      .evaluateAll((all) => all.map((one) => one.getAttribute("title")));

  test("every total and every row is what `longhouse usage` says", async () => {
    for (const [range, since] of [
      ["all", null],
      ["7d", 6],
    ] as const) {
      const page = await web().open(`/insights?range=${range}`);
      const day = since === null ? [] : ["--since", new Date(NOON - since * DAY).toLocaleDateString("sv")];
      for (const [shown, by] of Object.entries({ provider: "provider", model: "model", project: "project" })) {
        const { stdout } = await command(web().server, ["usage", "--json", "--by", by, ...day]);
        const { rows, total } = JSON.parse(stdout) as UsageReport;
        const { input, output, cache_read, cache_write } = total.tokens;
        expect((await shownTotals(page)).slice(0, 3)).toEqual([
          String(total.prompts),
          String(total.sessions),
          String(input + output + cache_read + cache_write),
        ]);
        expect(rows.length).toBe(await page.getByTestId(`by-${shown}`).locator("tbody tr").count());
        for (const row of rows.filter(({ key }) => /^[\w-]+$/.test(key ?? "") && by !== "provider"))
          expect((await cell(page, shown, row.key!).allInnerTexts()).slice(0, 2)).toEqual([
            String(row.prompts),
            String(row.sessions),
          ]);
      }
    }
  }, 60_000);

  test("a cost that nobody knows is unknown, and a sum that lacks it is marked", async () => {
    const page = await web().open("/insights");

    expect(await cell(page, "model", "kiln-brain-1").last().innerText()).toBe("unknown");
    expect(await page.locator("[data-measure=cost]").innerText()).toMatch(/^~/);
    await page.getByRole("button", { name: /^Cost/ }).click();
    expect(page.url()).toContain("show=cost");
    expect(await page.getByTestId("by-model").locator("tbody tr").last().innerText()).toContain("kiln-brain-1");
  }, 60_000);

  test("the address holds the range: picked, reloaded, and back", async () => {
    const page = await web().open("/insights");
    await page.getByRole("button", { name: "7 days" }).click();
    await page.waitForURL(/range=7d/);
    await page.getByRole("button", { name: "All time" }).click();
    await page.waitForURL(/range=all/);
    await page.locator("[data-measure=sessions]").getByText("5", { exact: true }).waitFor();

    await page.reload();
    await ready(page);
    expect(await page.locator("[data-measure=sessions]").innerText()).toBe("5");
    await page.goBack();
    await page.locator("[data-measure=sessions]").getByText("3", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "7 days" }).getAttribute("aria-pressed")).toBe("true");
  }, 60_000);

  test("a project and a model lead to their sessions, a tool to those that called it, a session to itself", async () => {
    const page = await web().open("/insights");
    await page.getByTestId("by-project").getByRole("link", { name: "loom" }).click();
    await page.waitForURL(/\/timeline\?project=loom&since=/);
    await eventually(
      () => cards(page).count(),
      (n) => n === 2,
    );

    await page.goBack();
    await page.getByTestId("by-model").getByRole("link", { name: "kiln-brain-1" }).click();
    await page.waitForURL(/\/timeline\?model=kiln-brain-1&since=/);
    await page.getByRole("button", { name: "kiln-brain-1" }).waitFor();
    await eventually(
      () => cards(page).count(),
      (n) => n === 1,
    );

    await page.goBack();
    const bash = page.getByTestId("tools").locator("tbody tr").filter({ hasText: "Bash" });
    await bash.waitFor();
    expect(await bash.locator("td").allInnerTexts()).toEqual(["6", "1", "17 %"]);
    await bash.getByRole("link").click();
    await page.getByTestId("search-hit").first().waitFor();

    await page.goBack();
    await page.getByTestId("longest").getByRole("link", { name: "Build it" }).click();
    await page.getByTestId("session-page").waitFor();
  }, 60_000);

  test("by keyboard: Tab reaches the year once, arrows move in it, Enter opens the day", async () => {
    const page = await web().open("/insights");
    await page.locator(".cells a[tabindex='0']").focus();
    await page.keyboard.press("ArrowUp");
    const day = await page.evaluate(() => (document.activeElement as HTMLElement).dataset["day"]);
    expect(await page.locator(".cells a[tabindex='0']").count()).toBe(1);

    await page.keyboard.press("Enter");

    await page.waitForURL(new RegExp(`since=${day}&until=${day}`));
  }, 60_000);

  test("an hour of the week says its number, and is no link: no filter could show what it counts", async () => {
    const page = await web().open("/insights?range=all");
    const hours = page.getByRole("region", { name: "Prompts by weekday and hour" });
    await hours.waitFor();
    const cells = hours.locator("tbody td");
    expect(await cells.count()).toBe(7 * 24);
    expect(await hours.getByRole("link").count()).toBe(0);
    const said = await cells.evaluateAll((all) => all.map((cell) => [cell.textContent, cell.getAttribute("title")]));
    expect(said.some(([count]) => Number(count) > 0)).toBe(true);
    for (const [count, title] of said)
      expect(title).toMatch(new RegExp(`^\\w+day \\d\\d:00 to \\d\\d:00: ${count} prompts?$`));
  });

  test("days without anything say so, and lead to all; a range that cannot be read is the usual one", async () => {
    const page = await web().open("/insights?since=2020-01-01&until=2020-01-31");
    await page.getByText("Nothing was used in these days").waitFor();
    await page.getByRole("button", { name: "Show all time" }).click();
    await page.waitForURL(/range=all/);
    await page.getByTestId("totals").waitFor();
    await goto(page, `${web().server.url}/insights?since=x&range=y&show=z`);
    expect(await page.getByRole("button", { name: "30 days" }).getAttribute("aria-pressed")).toBe("true");
  }, 60_000);

  test("a server that fails is shown with the way to try again, and then works", async () => {
    const page = await web().open("/timeline");
    const failing = "**/api/agents/insights*";
    await page.route(failing, (route) =>
      route.fulfill({ status: 503, json: { error: { code: "starting", message: "Not yet", hint: "Wait a moment" } } }),
    );
    await goto(page, `${web().server.url}/insights`);
    await page.getByRole("alert").getByText("Not yet").waitFor();

    await page.unroute(failing);
    await page.getByRole("button", { name: "Try again" }).click();

    await page.getByTestId("totals").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  }, 60_000);

  test("a session that comes while the page is open is added to it after a while", async () => {
    const page = await web().open("/insights?range=7d");
    const prompts = page.locator("[data-measure=prompts]");
    const before = Number(await prompts.innerText());
    await post(web().server, fileOf(psid(9)), talk(2, { id: psid(9), at: NOON - 4 * DAY, cwd: "/w/loom" }));

    await prompts.getByText(String(before + 2), { exact: true }).waitFor({ timeout: 30_000 });
  }, 60_000);

  for (const width of [1280, 360])
    for (const colorScheme of ["light", "dark"] as const)
      test(`${width} px, ${colorScheme}: nothing scrolls sideways, axe finds nothing, fingers hit`, async () => {
        const phone = width < 600 ? { isMobile: true, hasTouch: true } : {};
        const context = await web().as({
          viewport: { width, height: 844 },
          colorScheme,
          reducedMotion: "reduce",
          ...phone,
        });
        const page = await web().openIn(context, "/insights?range=all");
        await page.locator("summary").click();

        const small = width < 600 ? await smallTargets(page, 44) : [];
        expect({ ...(await sideways(page)), small }).toEqual({ px: 0, by: [], small: [] });
        expect(await axeFindings(page)).toEqual([]);
        expect(await page.evaluate(() => (window as unknown as { __pwn?: number }).__pwn)).toBeUndefined();
        await context.close();
      }, 60_000);
});
