/** Going on with a session from its page: written, streamed, asked, answered, stopped, found again, forked; on a phone too. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { MARKER } from "../../src/lib/process/launch.ts";
import { markedProcesses } from "../../src/lib/process/table.ts";
import { put } from "../support/agents.ts";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { lockOf, oldSession } from "../support/chat.ts";
import { acts, withFakeClaude } from "../support/fake-claude.ts";
import { axeFindings, sideways, smallTargets } from "../support/looks.ts";
import { eventsOf } from "../support/remote.ts";
import { post, sessionId } from "../support/post.ts";
import { conversation, idOf } from "../support/conversation.ts";
import { tempDir } from "../support/temp.ts";
import { eventually, useWeb } from "../support/web.ts";

const LONG = 30_000;

describe.skipIf(!HAS_CHROMIUM)("going on from the page (needs /usr/bin/chromium)", () => {
  const web = useWeb({ env: withFakeClaude() });
  let made = 700;
  const fresh = () => oldSession(web().server, made++);
  const gate = () => join(tempDir("gate"), "open");
  const open = async (context: BrowserContext, id: string): Promise<Page> => {
    const page = await web().openIn(context, `/sessions/${id}`);
    page.setDefaultTimeout(LONG);
    await page.getByTestId("resume-composer").waitFor();
    return page;
  };
  const composer = (page: Page) => page.getByTestId("resume-composer");
  const write = async (page: Page, text: string, how: "Send" | "Send to a fork" = "Send") => {
    await composer(page).getByRole("textbox").fill(text);
    await composer(page).getByRole("button", { name: how, exact: true }).click();
  };
  const turn = (page: Page) => page.getByRole("region", { name: "This turn" });
  const card = (page: Page) => page.getByTestId("approval");
  const free = (page: Page) => composer(page).getByRole("button", { name: "Send", exact: true }).waitFor();
  const turnOf = async (id: string) =>
    (
      await eventually(
        () => lockOf(web().server, id),
        ({ holder }) => holder?.kind === "turn",
        LONG,
      )
    ).holder!.id;

  for (const [width, colorScheme] of [
    [1280, "light"],
    [390, "dark"],
  ] as const)
    test(`${width} px: a message streams in, asks on a card and in the tab, is answered, and stands in the transcript once`, async () => {
      const context = await web().as({ viewport: { width, height: 800 }, colorScheme, hasTouch: width < 700 });
      const { id, cwd } = await fresh();
      const page = await open(context, id);
      const go = gate();
      await write(
        page,
        acts({ say: "I look first." }, { until: go }, { bash: "touch made.txt", ask: true }, { say: "All is made." }),
      );

      await turn(page).getByText("I look first.", { exact: true }).waitFor();
      await turn(page).getByRole("status").getByText("Working").waitFor();
      // What was asked stands there until the transcript has it.
      await turn(page).getByText("Please.").waitFor();
      expect(await sideways(page)).toEqual({ px: 0, by: [] });
      writeFileSync(go, "");
      await card(page).getByText("touch made.txt", { exact: true }).first().waitFor();
      await turn(page).getByText("runs", { exact: true }).waitFor();
      // The inbox: the tab, and the timeline's count.
      await eventually(
        () => page.title(),
        (title) => /^\(\d+\)/.test(title),
        LONG,
      );
      expect({ axe: await axeFindings(page), sideways: await sideways(page) }).toEqual({
        axe: [],
        sideways: { px: 0, by: [] },
      });
      if (width < 700) expect(await smallTargets(page, 44)).toEqual([]);
      const list = await web().openIn(context, "/timeline?state=waiting");
      await list
        .getByTestId("session-card")
        .getByText(`Session number ${made - 1}`)
        .waitFor();
      await list.close();
      await card(page).getByRole("button", { name: "Allow once" }).click();

      await free(page);
      await card(page).waitFor({ state: "detached" });
      await page.getByTestId("event").getByText("All is made.", { exact: true }).waitFor();
      expect(existsSync(join(cwd, "made.txt"))).toBe(true);
      const replies = (await eventsOf(web().server, id))
        .filter(({ kind }) => kind === "reply")
        .map((one) => JSON.stringify(one));
      expect(replies).toHaveLength(3);
      for (const [n, text] of ["Answer of", "I look first.", "All is made."].entries())
        expect(replies[n]).toContain(text);
      await eventually(
        () => page.title(),
        (title) => !title.startsWith("("),
        LONG,
      );
    }, 60_000);

  test("a turn that is stopped from the page ends with all that it started, and one can write again", async () => {
    const { id } = await fresh();
    const page = await open(web().context, id);
    await write(page, acts({ say: "On it." }, { bash: "sleep 300 & setsid sleep 300 & sleep 300" }));
    await turn(page).getByText("runs", { exact: true }).waitFor();
    const job = await turnOf(id);
    expect(markedProcesses(MARKER, job).length).toBeGreaterThan(1);
    await page.getByRole("button", { name: "Stop", exact: true }).click();

    await free(page);
    await page.getByText("You stopped it.").waitFor();
    expect(markedProcesses(MARKER, job)).toEqual([]);
  });

  test("a page that goes away leaves the turn alone: the phone finds it with its question, and a reload does too", async () => {
    const { id } = await fresh();
    const page = await open(web().context, id);
    await write(page, acts({ say: "Before it left." }, { bash: "echo done", ask: true }, { say: "After it left." }));
    await card(page).waitFor();
    await page.close();

    const phone = await web().as({ viewport: { width: 390, height: 800 }, hasTouch: true });
    const there = await open(phone, id);
    await card(there).getByText("echo done", { exact: true }).first().waitFor();
    await there.reload();
    await turn(there).getByText("Before it left.", { exact: true }).waitFor();
    await card(there).getByRole("button", { name: "Deny…" }).click();
    await there.getByRole("textbox", { name: "Why not" }).fill("not on a phone");
    await there.getByRole("button", { name: "Deny", exact: true }).click();
    await free(there);
    await there.getByTestId("event").getByText("After it left.", { exact: true }).waitFor();
    expect(JSON.stringify(await eventsOf(web().server, id))).toContain("not on a phone");
  });

  test("what was allowed for the session is not asked again in the turn; a question and a plan are cards", async () => {
    const { id } = await fresh();
    const page = await open(web().context, id);
    await write(
      page,
      acts(
        { bash: "echo one", ask: true },
        { bash: "echo two", ask: true },
        { question: "Which colour?", options: ["Red", "Blue"] },
        { plan: "1. Paint it" },
        { say: "Painted." },
      ),
    );
    await card(page).getByRole("button", { name: "Allow for this session" }).click();
    await card(page).getByLabel("Blue").check();
    await card(page).getByRole("button", { name: "Answer", exact: true }).click();
    await card(page).getByText("Paint it").waitFor();
    await card(page).getByRole("button", { name: "Approve" }).click();
    await free(page);
    const all = JSON.stringify(await eventsOf(web().server, id));
    expect(all).toContain("two");
    expect(all).toContain("Blue");
  });

  test("model and permission mode reach the agent, and a mode that asks nothing asks nothing", async () => {
    const { id } = await fresh();
    const page = await open(web().context, id);
    await page.getByRole("combobox", { name: "Model" }).fill("claude-other-2");
    await page.getByRole("combobox", { name: "What it may do" }).selectOption("bypassPermissions");
    await write(page, acts({ bash: "echo free", ask: true }, { say: "Unasked." }));
    await page.getByTestId("event").getByText("Unasked.", { exact: true }).waitFor();
    const called = readFileSync(join(web().server.home, "claude-was-called"), "utf8").trim().split("\n").at(-1)!;
    expect(JSON.parse(called)).toContain("--model=claude-other-2");
    expect(JSON.parse(called)).toContain("--permission-mode=bypassPermissions");
  });

  test("a fork is a session of its own, which the page leads to; the first one stays as it was", async () => {
    const { id } = await fresh();
    const before = await eventsOf(web().server, id);
    const page = await open(web().context, id);
    await write(page, acts({ say: "In the fork." }), "Send to a fork");
    await page.getByRole("link", { name: "Open the fork" }).click();
    await page.getByTestId("event").getByText("In the fork.", { exact: true }).waitFor();
    const fork = new URL(page.url()).pathname.split("/").at(-1)!;
    expect(fork).not.toBe(id);
    expect((await eventsOf(web().server, id)).length).toBe(before.length);
  });

  test("a session that is open in a terminal is refused, with a fork offered that works", async () => {
    const { id } = await fresh();
    const page = await open(web().context, id);
    const terminal = Bun.spawn(["sleep", "600"]);
    const signal = { pid: terminal.pid, sessionId: idOf(made - 1), status: "idle", updatedAt: Date.now() };
    put(join(web().server.home, ".claude/sessions", `${terminal.pid}.json`), JSON.stringify(signal));
    await write(page, acts({ say: "Beside the terminal." }));
    await page.getByText("It is open in a terminal now.").waitFor();
    await page.getByRole("button", { name: "Go on in a fork" }).click();
    await page.getByRole("link", { name: "Open the fork" }).click();
    await page.getByTestId("event").getByText("Beside the terminal.", { exact: true }).waitFor();
    terminal.kill();
    await terminal.exited;
  });

  test("a session of another machine asks where to work; what it leaves there is shown, kept, and deleted when one is sure", async () => {
    const { server } = web();
    const other = conversation({ id: idOf(690), at: Date.now() - 86_400_000, cwd: "/home/far/away" });
    other.prompt("From far away");
    other.reply("Far away");
    const made = await server.api("/api/devices/tokens", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ device_id: "far", scope: "device" }),
    });
    const { token } = (await made.json()) as { token: string };
    const api: typeof server.api = (path, init = {}) =>
      server.api(path, { ...init, headers: { ...(init.headers as object), authorization: `Bearer ${token}` } });
    await post({ api }, `/home/far/.claude/projects/-home-far-away/${idOf(690)}.jsonl`, other.text());
    await server.settled();
    const id = await sessionId(server, idOf(690));
    const page = await open(web().context, id);
    await write(page, acts({ bash: "echo left > left.txt" }, { say: "Left something." }));
    await page.getByRole("region", { name: "Where to work" }).getByText("An empty folder", { exact: true }).click();
    await page.getByText("One changed file").waitFor();
    const folder = join(server.data, "workspaces", `session-${id.slice(0, 12)}`);
    await page.getByText(folder).waitFor();
    await page.getByRole("button", { name: "Keep" }).click();
    await page.getByText("The folder stays until you discard it.").waitFor();
    expect(existsSync(join(folder, "left.txt"))).toBe(true);
    await page.getByRole("button", { name: "Discard…" }).click();
    await page.getByRole("button", { name: "Delete them for good" }).click();
    await page.getByText("One changed file").waitFor({ state: "detached" });
    expect(existsSync(folder)).toBe(false);
  });
});
