/** What can be done on a session's page: find, files, the user's own words, copies, ways out; with hostile content too. */
import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import type { Session } from "../../src/domain/session.ts";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { conversation, idOf, pathOf } from "../support/conversation.ts";
import { EVERYTHING, postEverything } from "../support/everything.ts";
import { axeFindings, sideways, smallTargets } from "../support/looks.ts";
import { PAYLOADS } from "../support/payloads.ts";
import { post, sessionId } from "../support/post.ts";
import { eventually, useWeb } from "../support/web.ts";

/** A session longer than what is loaded at once, with a word at its start, in its middle and at its end. */
function long(): string {
  const talk = conversation({ id: idOf(500), at: Date.now() - 3_600_000 });
  for (let n = 0; n < 700; n++) {
    talk.prompt(n % 300 === 0 ? `Here is the Quokka number ${n}` : `Question ${n}`);
    talk.reply(`Answer ${n}`);
  }
  talk.title("A long one");
  return talk.text();
}

/** Every name of a file, a note and a diff means harm. */
function hostile(): string {
  const talk = conversation({ id: idOf(501), at: Date.now() - 60_000 });
  talk.prompt(`needle ${PAYLOADS[0]!}`);
  for (const payload of PAYLOADS.slice(0, 12)) {
    const path = `/tmp/${payload}.ts`;
    talk.call("Edit", { file_path: path, old_string: "a", new_string: payload });
    talk.result("done", {
      result: {
        filePath: path,
        structuredPatch: [{ oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: ["-a", `+${payload}`] }],
      },
    });
    talk.call("AskUserQuestion", {
      questions: [{ question: payload, options: [{ label: payload, description: payload }] }],
    });
    talk.result(payload);
    talk.call("mcp__x__y", { [payload.slice(0, 30)]: payload, sql: payload });
    talk.result(payload);
    talk.call("WebSearch", { query: payload });
    talk.result(`Links: ${JSON.stringify([{ title: payload, url: `https://${payload.slice(0, 5)}.test/` }])}`);
  }
  talk.reply("needle at the end");
  return talk.text();
}

describe.skipIf(!HAS_CHROMIUM)("work on a session's page (needs /usr/bin/chromium)", () => {
  const ids = { all: "", long: "", hostile: "" };
  const web = useWeb({}, async (server) => {
    await postEverything(server);
    await post(server, pathOf({ id: idOf(500) }), long());
    await post(server, pathOf({ id: idOf(501) }), hostile());
    await server.settled();
    ids.all = await sessionId(server, EVERYTHING);
    ids.long = await sessionId(server, idOf(500));
    ids.hostile = await sessionId(server, idOf(501));
  });
  const open = async (id: string, search = ""): Promise<Page> => {
    const page = await web().open(`/sessions/${id}${search}`);
    await page.getByTestId("event").first().waitFor();
    return page;
  };
  const find = (page: Page) => page.getByRole("search", { name: "Find in this session" });
  const session = (id: string) => web().server.json<Session>(`/api/agents/sessions/${id}`);
  const item = async (page: Page, name: string) => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("dialog", { name: "More actions" }).getByText(name, { exact: true }).click();
  };
  const said = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
  const patch = (id: string, body: object) =>
    web().server.api(`/api/agents/sessions/${id}`, {
      method: "PATCH",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });

  test("find counts what is loaded and what is not, and goes from one to the next by keyboard alone", async () => {
    const page = await open(ids.long);
    await page.keyboard.press("Control+f");
    await page.keyboard.type("quokka");

    await eventually(
      () => find(page).innerText(),
      (text) => /of 3/.test(text),
    );
    const shown = () => find(page).getByRole("status").innerText();
    const seen = new Set<string>();
    for (let n = 0; n < 3; n++) {
      seen.add(await shown());
      const at = Number((await shown()).split(" ")[0]) - 1;
      await page
        .getByRole("article")
        .getByText(`Quokka number ${at * 300}`)
        .waitFor();
      await page.keyboard.press("Enter");
      await eventually(shown, (text) => !text.startsWith(`${at + 1} `));
    }
    expect([...seen].toSorted()).toEqual(["1 of 3", "2 of 3", "3 of 3"]);
    expect(new URL(page.url()).searchParams.get("find")).toBe("quokka");
    // Drawn with the next frame.
    await eventually(
      () => page.evaluate(() => CSS.highlights.get("find-now")?.size ?? 0),
      (marked) => marked === 1,
    );

    await page.keyboard.press("Escape");
    await find(page).waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("");
  });

  test("an address with words opens the find with them; words that are nowhere are said to be", async () => {
    const page = await open(ids.long, "?find=quokka");
    await eventually(
      () => find(page).innerText(),
      (text) => /of 3/.test(text),
    );

    await find(page).getByRole("textbox").fill("wombat");
    await find(page).getByText("Nothing found").waitFor();
  });

  test("the files that were changed are listed, and unfold to what is left of their edits, side by side too", async () => {
    const page = await open(ids.all);
    await page
      .getByRole("complementary")
      .getByRole("button", { name: /^retry\.ts/ })
      .click();
    const dialog = page.getByRole("dialog", { name: /Changes in/ });

    await dialog.locator(".add").first().waitFor();
    await dialog.getByRole("button", { name: "Split" }).click();
    expect(await dialog.locator(".split .del").first().innerText()).toContain("setTimeout(flush");
    await page.reload();
    await page
      .getByRole("complementary")
      .getByRole("button", { name: /^retry\.ts/ })
      .click();
    await dialog.locator(".split").waitFor();
    await dialog.getByRole("button", { name: "Unified" }).click();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  test("title, tags and note are written from the page, and pinned", async () => {
    const page = await open(ids.all);
    await item(page, "Rename, tag, note…");
    await page.getByRole("textbox", { name: "Title" }).fill("Retries, solved");
    await page.getByRole("textbox", { name: "Tags" }).fill("retry, #urgent");
    await page.getByRole("textbox", { name: "Note" }).fill("Read before release");
    await page.keyboard.press("Control+Enter");

    await page.getByRole("heading", { level: 1, name: "Retries, solved" }).waitFor();
    await page.getByRole("link", { name: "#urgent" }).waitFor();
    await page.getByText("Read before release").waitFor();
    await page.getByRole("button", { name: "Pinned" }).click();
    const now = await eventually(
      () => session(ids.all),
      (it) => it.pinned,
    );
    expect(now).toMatchObject({ title: "Retries, solved", tags: ["retry", "urgent"], note: "Read before release" });
  });

  test("a note that was changed elsewhere meanwhile is shown beside mine, and I choose", async () => {
    const page = await open(ids.long);
    await item(page, "Rename, tag, note…");
    await patch(ids.long, { note: "from the phone" });
    await page.getByRole("textbox", { name: "Note" }).fill("from the laptop");
    await page.getByRole("button", { name: "Save" }).click();

    const dialog = page.getByRole("dialog", { name: "Changed in two places" });
    await dialog.getByText("from the phone").waitFor();
    expect((await session(ids.long)).note).toBe("from the phone");
    await dialog.getByRole("button", { name: "Use yours" }).click();
    await eventually(
      () => session(ids.long),
      (it) => it.note === "from the laptop",
    );
  });

  test("a change elsewhere of something else is no conflict", async () => {
    const page = await open(ids.long);
    await item(page, "Rename, tag, note…");
    await patch(ids.long, { pinned: true });
    await page.getByRole("textbox", { name: "Tags" }).fill("mine");
    await page.getByRole("button", { name: "Save" }).click();

    const now = await eventually(
      () => session(ids.long),
      (it) => it.tags.length === 1,
    );
    expect(now).toMatchObject({ tags: ["mine"], pinned: true });
    expect(await page.getByRole("dialog", { name: "Changed in two places" }).count()).toBe(0);
  });

  test("message, session, link and resume command can be copied", async () => {
    const context = await web().as({ permissions: ["clipboard-read", "clipboard-write"] });
    const page = await web().openIn(context, `/sessions/${ids.all}`);
    const reply = page.getByTestId("event").filter({ hasText: "All 12 tests pass" }).first();
    await reply.hover();
    await reply.getByRole("button", { name: "Copy message" }).click();
    expect(await said(page)).toBe("Noted under *Unreleased*. All 12 tests pass.");

    await page.getByRole("button", { name: "Copy resume command" }).click();
    expect(
      await eventually(
        () => said(page),
        (text) => text.startsWith("longhouse"),
      ),
    ).toBe(`longhouse resume ${ids.all}`);
    await item(page, "Copy link");
    expect(
      await eventually(
        () => said(page),
        (text) => text.startsWith("http"),
      ),
    ).toBe(`${web().server.url}/sessions/${ids.all}`);
    await item(page, "Copy all as Markdown");
    expect(
      await eventually(
        () => said(page),
        (text) => text.startsWith("# "),
      ),
    ).toContain("Both paths call `flush()`");
  });

  test("every form of export is offered and comes", async () => {
    const page = await open(ids.all);
    await page.getByRole("button", { name: "Export" }).click();
    const links = await page.getByRole("dialog", { name: "Export" }).getByRole("link").all();
    const paths = await Promise.all(links.map((link) => link.getAttribute("href")));

    expect(paths.map((path) => /format=(\w+)|raw$/.exec(path!)?.[1] ?? "raw")).toEqual([
      "md",
      "html",
      "json",
      "jsonl",
      "raw",
    ]);
    for (const path of paths) expect((await web().server.api(path!)).status).toBe(200);
  });

  test("a sub-agent's own transcript unfolds within its step", async () => {
    const page = await open(ids.all);
    await page.getByRole("button", { name: /^Agent/ }).click();
    await page.getByRole("button", { name: /Show what the agent did/ }).click();

    await page.locator(".nested-rows").getByText("List callers of flush.").first().waitFor();
    await page.getByRole("button", { name: "Hide what the agent did" }).click();
    await page.locator(".nested-rows").waitFor({ state: "detached" });
  });

  for (const width of [1280, 390])
    test(`at ${width} px nothing in files, find, notes or views of tools runs or breaks the layout`, async () => {
      await patch(ids.hostile, {
        title: PAYLOADS[0],
        note: PAYLOADS.join("\n").slice(0, 9000),
        tags: ["<b>x</b>", "\u202Ey"],
      });
      const page = await open(ids.hostile, "?find=needle");
      await page.setViewportSize({ width, height: 800 });
      await eventually(
        () => find(page).innerText(),
        (text) => /of 2/.test(text),
      );
      await page.keyboard.press("Escape");
      for (let times = 0; times < 3; times++)
        await page.evaluate(async () => {
          for (const button of document.querySelectorAll<HTMLElement>("[data-kind] [aria-expanded=false]"))
            button.click();
          await new Promise((done) => setTimeout(done, 200));
        });
      expect(await sideways(page)).toEqual({ px: 0, by: [] });
      if (width < 1000) await page.getByRole("button", { name: "Outline" }).click();
      await page.locator(".files button:visible").first().click();
      await page.locator(".filediff .add").first().waitFor();
      expect(await sideways(page)).toEqual({ px: 0, by: [] });
      expect(await page.evaluate(() => (window as { __pwn?: unknown }).__pwn)).toBeUndefined();
      expect(await page.locator("body :is(script, iframe, object, embed, style)").count()).toBe(0);
    }, 60_000);

  for (const [width, colorScheme] of [
    [1280, "light"],
    [390, "dark"],
  ] as const)
    test(`${width} px, ${colorScheme}: axe finds nothing in find, menu, form and file, fingers hit`, async () => {
      const context = await web().as({ viewport: { width, height: 800 }, colorScheme, hasTouch: width < 700 });
      const page = await web().openIn(context, `/sessions/${ids.all}?find=flush`);
      const check = async (name: string) => {
        // What fades in is not yet as dark as it will be.
        await page.waitForTimeout(250);
        expect({ name, found: await axeFindings(page) }).toEqual({ name, found: [] });
        if (width < 700) expect({ name, small: await smallTargets(page, 44) }).toEqual({ name, small: [] });
        expect(await sideways(page)).toEqual({ px: 0, by: [] });
      };
      await eventually(
        () => find(page).innerText(),
        (text) => / of /.test(text),
      );
      await check("find");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "More actions" }).click();
      await check("menu");
      await page.getByRole("dialog", { name: "More actions" }).getByText("Rename, tag, note…").click();
      await check("form");
      await page.getByRole("button", { name: "Cancel" }).click();
      if (width < 1000) await page.getByRole("button", { name: "Outline" }).click();
      await page.locator(".files button:visible").first().click();
      await page.locator(".filediff .add").first().waitFor();
      await check("file");
    }, 60_000);
});
