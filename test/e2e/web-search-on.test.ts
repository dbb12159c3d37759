/** What a search does beyond its first answer: goes on, looks longer, narrows by facets, is kept; and fast fingers. */
import { describe, expect, test } from "bun:test";
import type { Page, Route } from "playwright-core";
import type { SessionList } from "../../src/domain/session.ts";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { PLAIN, postEverything } from "../support/everything.ts";
import { axeFindings, sideways } from "../support/looks.ts";
import { cards, eventually, ready, titles, useWeb } from "../support/web.ts";

const [THEME, GLAZES, , OVEN] = PLAIN.map(({ title }) => title);
/** In the replies of all of them. */
const ALL = "/timeline?q=done";

/** The server's answers, changed on their way: an archive in which one walk has time for everything is never cut. */
const answers = (page: Page, change: (asked: URLSearchParams, answer: SessionList) => Partial<SessionList>) =>
  page.route(/\/api\/agents\/sessions\?.*query=/, async (route: Route) => {
    const url = new URL(route.request().url());
    const asked = new URLSearchParams(url.searchParams);
    url.searchParams.delete("cursor");
    const response = await route.fetch({ url: url.href });
    const answer = (await response.json()) as SessionList;
    await route.fulfill({ response, json: { ...answer, ...change(asked, answer) } });
  });

describe.skipIf(!HAS_CHROMIUM)("a search that goes on (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, postEverything);

  test("an answer that ran out of time is continued by its cursor, without a hand", async () => {
    const page = await web().open("/timeline");
    const cursors: (string | null)[] = [];
    await answers(page, (asked, { sessions }) => {
      const at = Number(cursors.at(-1) ?? 0);
      cursors.push(asked.get("cursor"));
      const next = at < 3 && cursors.length < 4 ? String(cursors.length) : null;
      return { sessions: sessions.slice(cursors.length - 1, cursors.length), partial: next !== null, next };
    });
    await page.goto(web().server.url + ALL);

    await eventually(
      () => cards(page).count(),
      (n) => n === 4,
    );
    expect(cursors).toEqual([null, "1", "2", "3"]);
  });

  test("a cut search looks for the best of all time, moves nothing, and lets it up on demand", async () => {
    const page = await web().open("/timeline");
    let best: string[] = [];
    await answers(page, (asked, { sessions }) => {
      if (asked.has("thorough")) best = sessions.map(({ title }) => title!);
      return asked.has("thorough") ? { next: null } : { sessions: sessions.slice(2), cut: true, next: null };
    });
    await page.goto(web().server.url + ALL);
    const pill = page.getByRole("button", { name: "2 better matches" });
    await pill.waitFor();

    expect(await titles(page)).toEqual([...best.slice(2), ...best.slice(0, 2)]);
    await pill.click();
    await eventually(
      () => titles(page),
      (all) => all.join() === best.join(),
    );
    expect(await pill.count()).toBe(0);
  });

  test("the palette goes on too, under what it shows", async () => {
    const page = await web().open("/machines");
    await answers(page, (asked, { sessions }) =>
      asked.has("thorough") ? {} : { sessions: sessions.slice(1), cut: true },
    );
    await page.keyboard.press("Control+k");
    await page.keyboard.type("done");
    const found = page.getByRole("group", { name: "Sessions", exact: true }).getByRole("option");

    const all = await eventually(
      () => found.allInnerTexts(),
      (texts) => texts.length === PLAIN.length + 1,
    );
    expect(all.at(-1)).toContain("Search everything");
  });

  test("facets count what was found, are reached by a key, narrow by one choice and let go by another", async () => {
    const page = await web().open(ALL);
    const projects = page.getByRole("complementary", { name: "Narrow" }).getByRole("region", { name: "Projects" });
    const kiln = projects.getByRole("button", { name: "kiln" });
    await eventually(
      () => projects.getByRole("button").allInnerTexts(),
      (all) => all.map((text) => text.replace(/\s+/g, " ")).join() === "kiln 3,loom 1,oven 1",
    );
    await page.keyboard.press("f");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");

    await eventually(
      () => cards(page).count(),
      (n) => n === 3,
    );
    expect((await titles(page)).toSorted().slice(0, 1)).toEqual([GLAZES!]);
    expect(new URL(page.url()).searchParams.get("project")).toBe("kiln");
    // The others can still be chosen, and the focus is where it was.
    expect(await projects.getByRole("button").count()).toBe(3);
    expect(await kiln.evaluate((at) => at === document.activeElement && at.ariaPressed === "true")).toBe(true);
    await kiln.click();
    await eventually(
      () => cards(page).count(),
      (n) => n === 5,
    );
  });

  test("on a phone facets are a sheet, and axe finds nothing serious", async () => {
    const context = await web().as({ viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "dark" });
    const page = await web().openIn(context, ALL);
    await page.getByRole("button", { name: "Narrow" }).tap();
    const sheet = page.getByRole("dialog", { name: "Narrow" });
    await sheet.getByRole("button", { name: /^oven/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await sideways(page)).toEqual({ px: 0, by: [] });
    await sheet.getByRole("button", { name: /^oven/ }).tap();

    await eventually(
      () => titles(page),
      (all) => all.join() === OVEN,
    );
    expect(await sheet.isVisible()).toBe(false);
  });

  test("a search is kept under a name with its words and filters, and comes back by one click", async () => {
    const page = await web().open("/timeline?q=done&project=oven");
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Oven work");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Oven work" }).waitFor();
    const { views } = await web().server.json<{ views: { kind: string; name: string }[] }>("/api/views");
    expect(views).toMatchObject([{ kind: "search", name: "Oven work" }]);
    await page.goto(`${web().server.url}/timeline`);
    await page.getByRole("link", { name: "Oven work" }).click();

    await eventually(
      () => titles(page),
      (all) => all.join() === OVEN,
    );
    expect(await page.getByTestId("search-input").inputValue()).toBe("done");
  });

  test("after fast fingers the hits, the chips and the address are those of the last letter", async () => {
    const page = await web().open("/timeline");
    let open = 0;
    let most = 0;
    const isSearch = (request: { url(): string }) => /agents\/sessions\?.*query=/.test(request.url());
    page.on("request", (request) => isSearch(request) && (most = Math.max(most, ++open)));
    const done = (request: { url(): string }) => isSearch(request) && open--;
    page.on("requestfinished", done);
    page.on("requestfailed", done);
    await page.keyboard.press("/");
    await page.keyboard.type("rename pot measure oven again", { delay: 10 });
    await page.getByTestId("search-input").fill("");
    await page.keyboard.type("dark theme settings");

    await eventually(
      () => titles(page),
      (all) => all[0] === THEME,
    );
    await eventually(
      async () => new URL(page.url()).searchParams.get("q"),
      (q) => q === "dark theme settings",
    );
    await ready(page);
    expect(await page.locator(".understood .chip").allInnerTexts()).toEqual(["dark", "theme", "settings"]);
    await eventually(
      async () => open,
      (n) => n === 0,
    );
    // One asks, the one it overtook may still be on its way out.
    expect(most).toBeLessThanOrEqual(2);
  });
});
