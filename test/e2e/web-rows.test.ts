/** What a person does with rows: one, many, by hand, by keyboard, in two tabs, with a finger; and the lists that are kept. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import type { Session } from "../../src/domain/session.ts";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { conversation, idOf, pathOf } from "../support/conversation.ts";
import { plain } from "../support/everything.ts";
import { axeFindings, sideways, smallTargets } from "../support/looks.ts";
import { post, sessionId } from "../support/post.ts";
import type { Server } from "../support/server.ts";
import { cards, eventually, goto, titles, useWeb } from "../support/web.ts";

const HOUR = 3_600_000;
const NAMES = ["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel"];
const HOSTILE = `<img src=x onerror=alert(1)> \u202Egnp.exe ${"W".repeat(300)}`;
const WAITER = 40;

async function fill(server: Server): Promise<void> {
  const now = Date.now();
  for (const [n, title] of NAMES.entries())
    await post(server, pathOf({ id: idOf(n) }), plain({ n, title, at: now - (n + 2) * HOUR, branch: `b${n % 2}` }));
  await post(server, pathOf({ id: idOf(20) }), plain({ n: 20, title: HOSTILE, at: now - 9 * HOUR, cwd: "/w/-a,b" }));
  const waits = conversation({ id: idOf(WAITER), at: now - 90 * HOUR });
  waits.prompt("May it run this?");
  waits.call("Bash", { command: "make install" });
  await post(server, pathOf({ id: idOf(WAITER) }), waits.text());
  await server.settled();
}

/** What a shipper says of the agents of its machine. */
async function beat(server: Server, state: "waiting" | "working" | null): Promise<void> {
  const since = new Date().toISOString();
  const live = state === null ? [] : [{ provider: "claude", provider_session_id: idOf(WAITER), state, since }];
  const body = { version: "1", started_at: since, providers: {}, live, failed: [], disk_free: 1e12 };
  const headers = { "content-type": "application/json" };
  await server.api("/api/agents/heartbeat", { method: "POST", headers, body: JSON.stringify(body) });
}

describe.skipIf(!HAS_CHROMIUM)("rows (needs /usr/bin/chromium)", () => {
  const web = useWeb({}, fill);
  const rowOf = (page: Page, title: string) => cards(page).filter({ hasText: title });
  const kept = async (n: number) =>
    web().server.json<Session>(`/api/agents/sessions/${await sessionId(web().server, idOf(n))}`);
  const at = async (page: Page, title: string) =>
    rowOf(page, title)
      .locator(".title")
      .first()
      .evaluate((link: HTMLElement) => link.focus());

  test("p, t, n and r pin, tag, note and rename the row with the focus, and the server has it", async () => {
    const page = await web().open("/timeline");
    await at(page, "Alder");

    await page.keyboard.press("p");
    await page.keyboard.press("t");
    await page.getByRole("combobox", { name: "Tag" }).fill("#oven, kiln");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.keyboard.press("n");
    await page.getByRole("textbox", { name: "Note" }).fill("Ask Ada");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("textbox", { name: "Note" }).waitFor({ state: "hidden" });
    await at(page, "Alder");
    await page.keyboard.press("r");
    await page.getByRole("textbox", { name: "Title" }).fill("Alder, again");
    await page.keyboard.press("Enter");

    await eventually(
      () => kept(0),
      ({ title }) => title === "Alder, again",
    );
    expect(await kept(0)).toMatchObject({ pinned: true, tags: ["oven kiln"], note: "Ask Ada" });
    await eventually(
      () => rowOf(page, "Alder, again").innerText(),
      (text) => text.includes("#oven kiln") && text.includes("Pinned") && text.includes("With a note"),
    );
  });

  test("many are selected by shift and tagged at once, and undo takes off only what was put on", async () => {
    const page = await web().open("/timeline");
    const birch = await sessionId(web().server, idOf(1));
    await web().server.api(`/api/agents/sessions/${birch}`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ tags: ["ci"] }),
    });
    await rowOf(page, "Birch").getByText("#ci").waitFor();
    await rowOf(page, "Birch").hover();
    await rowOf(page, "Birch").getByRole("checkbox").click();
    await rowOf(page, "Elm")
      .getByRole("checkbox")
      .click({ modifiers: ["Shift"] });
    const bar = page.getByRole("toolbar", { name: "Selected sessions" });
    expect(await bar.innerText()).toContain("3 selected");

    await bar.getByRole("button", { name: "Tags" }).click();
    await page.getByRole("option", { name: "#ci" }).click();
    await page.getByText("Tagged #ci: 2 sessions").waitFor();
    expect(await Promise.all([1, 2, 3].map(async (n) => (await kept(n)).tags))).toEqual([["ci"], ["ci"], ["ci"]]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Undo" }).click();

    await eventually(
      async () => Promise.all([1, 2, 3].map(async (n) => (await kept(n)).tags.length)),
      (all) => all.join() === "1,0,0",
    );
    await page.keyboard.press("Escape");
    await bar.waitFor({ state: "hidden" });
  });

  test("what is deleted is out of sight at once, comes back by undo, and without it is gone", async () => {
    const page = await web().open("/timeline");
    await at(page, "Fir");
    await page.keyboard.press("#");
    await rowOf(page, "Fir").waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Hazel");
    await page.getByRole("button", { name: "Undo" }).click();
    await rowOf(page, "Fir").waitFor();
    expect((await kept(4)).title).toBe("Fir");

    await at(page, "Fir");
    const id = (await kept(4)).id;
    await page.keyboard.press("Delete");
    await page.getByText("deleted for good").waitFor({ timeout: 9000 });
    expect((await web().server.api(`/api/agents/sessions/${id}`)).status).toBe(404);
    await page.getByRole("button", { name: "Bring back" }).click();
    await page.getByText("Asked for again").waitFor();
  }, 60_000);

  test("who leaves the page within the seconds of undo has deleted", async () => {
    const page = await web().open("/timeline");
    const id = (await kept(5)).id;
    await at(page, "Hazel");
    await page.keyboard.press("#");
    await page.goto(`${web().server.url}/status`);

    await eventually(
      async () => (await web().server.api(`/api/agents/sessions/${id}`)).status,
      (status) => status === 404,
    );
  });

  test("two tabs that tag at once both keep theirs", async () => {
    const [one, two] = [await web().open("/timeline"), await web().open("/timeline")];
    for (const [page, tag] of [
      [one, "left"],
      [two, "right"],
    ] as const) {
      await at(page, "Cedar");
      await page.keyboard.press("t");
      await page.getByRole("combobox", { name: "Tag" }).fill(tag);
    }
    await Promise.all([one.keyboard.press("Enter"), two.keyboard.press("Enter")]);

    for (const page of [one, two])
      await eventually(
        () => rowOf(page, "Cedar").innerText(),
        (text) => text.includes("#left") && text.includes("#right"),
      );
    expect((await kept(2)).tags.toSorted()).toEqual(["left", "right"]);
  });

  test("a note that another tab wrote meanwhile is shown, and nothing is lost until one chooses", async () => {
    const [one, two] = [await web().open("/timeline"), await web().open("/timeline")];
    const note = (page: Page) => page.getByRole("textbox", { name: "Note" });
    for (const page of [one, two]) {
      await at(page, "Elm");
      await page.keyboard.press("n");
      await note(page).waitFor();
    }
    await note(one).fill("from one");
    await note(two).fill("from two");
    await one.keyboard.press("Control+Enter");

    await two.getByText("Changed elsewhere meanwhile").waitFor();
    expect(await two.getByRole("alert").innerText()).toContain("from one");
    await two.keyboard.press("Control+Enter");
    expect([await note(two).inputValue(), (await kept(3)).note]).toEqual(["from two", "from one"]);
    await two.getByRole("button", { name: "Use mine" }).click();

    await eventually(
      async () => (await kept(3)).note,
      (text) => text === "from two",
    );
  });

  test("filters for marks stand in the address, and hostile names are values like others", async () => {
    const page = await web().open("/timeline");
    await page.getByRole("button", { name: "More", exact: true }).first().click();
    await page.getByRole("option", { name: "Pinned" }).click();
    await eventually(
      () => titles(page),
      (all) => all.join() === "Alder, again",
    );
    expect(new URL(page.url()).search).toBe("?is=pinned");

    await goto(page, `${web().server.url}/timeline`);
    await page.getByRole("button", { name: "Project", exact: true }).click();
    await page.getByRole("option", { name: "-a,b" }).click();
    await eventually(
      () => titles(page),
      (all) => all.length === 1 && all[0]!.includes("<img src=x"),
    );
    await page.reload();
    await cards(page).first().waitFor();
    expect((await titles(page)).length).toBe(1);
    expect(await sideways(page)).toEqual({ px: 0, by: [] });
  });

  test("a view is kept under a name, moved, renamed, deleted, and had back", async () => {
    const page = await web().open("/timeline?branch=b1");
    const names = () => page.getByRole("navigation", { name: "Saved views" }).getByRole("link").allInnerTexts();
    const save = async (name: string) => {
      await page.getByRole("button", { name: "Save view" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill(name);
      await page.keyboard.press("Enter");
      await page.getByRole("link", { name }).waitFor();
    };
    await save("Odd ones");
    await goto(page, `${web().server.url}/timeline?is=pinned`);
    await save("<b>Pins</b>");
    await page.getByRole("link", { name: "Odd ones" }).click();
    await eventually(
      async () => new URL(page.url()).search,
      (search) => search === "?branch=b1",
    );

    await page.getByRole("button", { name: "Edit views" }).click();
    await page.getByRole("button", { name: "Move <b>Pins</b> up" }).click();
    await eventually(names, (all) => all.join() === "<b>Pins</b>,Odd ones");
    await page.getByRole("textbox", { name: "Name" }).nth(1).fill("Odd");
    await page.keyboard.press("Enter");
    await eventually(names, (all) => all.join() === "<b>Pins</b>,Odd");
    await page.getByRole("button", { name: "Delete <b>Pins</b>" }).click();
    await eventually(names, (all) => all.join() === "Odd");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Undo" }).click();
    await eventually(names, (all) => all.join() === "<b>Pins</b>,Odd");
  });

  test("who waits stands first, however old, but not under a pointer's rows before it is let in", async () => {
    const page = await web().open("/timeline");
    expect((await titles(page))[0]).not.toBe("May it run this?");
    await rowOf(page, "Cedar").hover();
    const before = await titles(page);

    await beat(web().server, "waiting");
    await page.getByRole("button", { name: "1 waiting for you" }).waitFor();
    expect(await titles(page)).toEqual(before);
    await page.getByRole("button", { name: "1 waiting for you" }).click();

    await eventually(
      () => titles(page),
      (all) => all[0] === "May it run this?" && all.filter((one) => one === all[0]).length === 1,
    );
    expect(await page.locator(".day > h2").first().innerText()).toBe("Waiting for you");
    await page.reload();
    await cards(page).first().waitFor();
    expect((await titles(page))[0]).toBe("May it run this?");
    await beat(web().server, null);
  });

  test("with a finger all is done by a sheet, targets are large enough, nothing scrolls sideways", async () => {
    const phone = await web().as({ viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true });
    const page = await web().openIn(phone, "/timeline");
    expect(await smallTargets(page, 44)).toEqual([]);

    await rowOf(page, "Birch")
      .getByRole("button", { name: /^Actions/ })
      .tap();
    const menu = page.getByRole("menu", { name: "Actions" });
    await menu.waitFor();
    expect(await smallTargets(page, 44)).toEqual([]);
    await menu.getByRole("menuitem", { name: "Select" }).tap();
    await rowOf(page, "Cedar").locator(".title").tap();
    const bar = page.getByRole("toolbar", { name: "Selected sessions" });
    expect(await bar.innerText()).toContain("2 selected");
    expect(await sideways(page)).toEqual({ px: 0, by: [] });
    await bar.getByRole("button", { name: "Pin" }).tap();

    await eventually(
      async () => Promise.all([1, 2].map(async (n) => (await kept(n)).pinned)),
      (all) => all.every(Boolean),
    );
  });

  for (const colorScheme of ["light", "dark"] as const)
    test(`axe finds nothing serious in the ${colorScheme} list, with its menu open and with rows selected`, async () => {
      const context = await web().as({ colorScheme, reducedMotion: "reduce" });
      const page = await web().openIn(context, "/timeline");
      await at(page, "Birch");
      await page.keyboard.press("x");
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.press(".");
      await page.getByRole("menu", { name: "Actions" }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.press("t");
      await page.getByRole("combobox", { name: "Tag" }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
    }, 60_000);
});
