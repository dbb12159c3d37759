/** What happens while a page is open: lines that come, a server that goes and comes back. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { conversation, idOf, pathOf } from "../support/conversation.ts";
import { plain } from "../support/everything.ts";
import { post, sessionId } from "../support/post.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { cards, eventually, goto, held, titles } from "../support/web.ts";

describe.skipIf(!HAS_CHROMIUM)("live (needs /usr/bin/chromium)", () => {
  let browser: Browser;
  let server: Server;
  const pages: Page[] = [];
  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), startServer({ args: [] })]);
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const open = async (path: string): Promise<Page> => {
    const page = await (await signedIn(browser, server)).newPage();
    pages.push(page);
    await goto(page, server.url + path);
    await page.getByTitle("Status").filter({ hasText: "Live" }).first().waitFor();
    return page;
  };

  /** A session that grows by posts: each call appends what was added to the conversation. */
  function growing(n: number, at = Date.now() - 5000) {
    const talk = conversation({ id: idOf(n), at });
    let sent = 0;
    const send = async () => {
      const text = talk.text();
      await post(server, pathOf({ id: idOf(n) }), text.slice(sent), { offset: sent });
      sent = text.length;
    };
    return { talk, send };
  }

  test("a new session stands on an open timeline within a second of its first line", async () => {
    const page = await open("/timeline");
    const { talk, send } = growing(101);
    talk.prompt("A task that has just begun");

    const from = performance.now();
    await send();
    await eventually(
      () => titles(page),
      (all) => all.includes("A task that has just begun"),
      3000,
    );

    const ms = performance.now() - from;
    console.log(`a posted line, until on the open timeline: ${Math.round(ms)} ms`);
    expect(ms).toBeLessThan(1000);
  });

  test("a row says what its agent does, and says no more when it is done", async () => {
    const { talk, send } = growing(102);
    talk.prompt("Mend the roof");
    await send();
    const page = await open("/timeline");
    const row = cards(page).filter({ hasText: "Mend the roof" });
    talk.call("Edit", { file_path: "/home/ada/work/kiln/src/archive.ts", old_string: "a", new_string: "b" });
    await send();
    await eventually(
      () => row.innerText(),
      (text) => /editing archive\.ts/.test(text),
      2000,
    );

    talk.result("The file has been updated.");
    talk.reply("Mended.");
    await send();

    await eventually(
      () => row.innerText(),
      (text) => !/editing/.test(text),
      3000,
    );
  });

  test("rows under the pointer do not move: what is newer waits to be let in", async () => {
    const { talk, send } = growing(103, Date.now() + 1000);
    const page = await open("/timeline");
    await cards(page).first().hover();
    const before = await titles(page);
    talk.prompt("Something newer");
    await send();

    const pill = page.getByRole("button", { name: "1 newer" });
    await pill.waitFor();
    expect(await titles(page)).toEqual(before);
    await pill.click();
    await eventually(
      () => titles(page),
      (all) => all[0] === "Something newer",
    );
  });

  test("an open session shows new lines and stays at its end, until one scrolls up", async () => {
    const { talk, send } = growing(104);
    for (let n = 0; n < 30; n++) {
      talk.prompt(`Earlier question ${n}`);
      talk.reply(`Earlier answer ${n}`);
    }
    await send();
    const page = await open(`/sessions/${await sessionId(server, idOf(104))}`);
    await page.getByText("Earlier answer 29").waitFor();
    talk.prompt("And now this");
    await send();
    await eventually(
      () => isOnScreen(page, "And now this"),
      (yes) => yes,
      2000,
    );

    await page.mouse.move(500, 400);
    await page.mouse.wheel(0, -900);
    await Bun.sleep(200);
    const y = await scrolled(page);
    talk.reply("A later answer");
    await send();

    const now = page.getByRole("button", { name: /^Jump to/ });
    await now.waitFor({ timeout: 3000 });
    expect(Math.abs((await scrolled(page)) - y)).toBeLessThanOrEqual(2);
    await now.click();
    await eventually(
      () => isOnScreen(page, "A later answer"),
      (yes) => yes,
      2000,
    );
  });

  test("a result that comes later joins its step", async () => {
    const { talk, send } = growing(105);
    talk.prompt("Build it");
    talk.call("Bash", { command: "make all" });
    await send();
    const page = await open(`/sessions/${await sessionId(server, idOf(105))}`);
    const step = page.getByRole("button", { name: /make all/ });
    await step.waitFor();
    expect(await step.innerText()).toContain("running");
    talk.result("no rule to make target all", { failed: true });
    await send();

    await eventually(
      () => step.innerText(),
      (text) => text.includes("failed"),
      3000,
    );
    expect(await step.count()).toBe(1);
  });

  test("what comes or goes while the page looks again is shown so, though the answer is older", async () => {
    const { talk, send } = growing(120);
    talk.prompt("Deleted meanwhile");
    await send();
    const page = await (await signedIn(browser, server)).newPage();
    pages.push(page);
    const answers = await held(page, /\/api\/agents\/sessions\?/);
    await goto(page, `${server.url}/timeline`);
    await answers.asked;

    const newer = growing(121);
    newer.talk.prompt("Begun meanwhile");
    await newer.send();
    await server.api(`/api/agents/sessions/${await sessionId(server, idOf(120))}`, { method: "DELETE" });
    const isRight = (all: string[]) => all.includes("Begun meanwhile") && !all.includes("Deleted meanwhile");
    await eventually(() => titles(page), isRight);
    answers.release();
    await Bun.sleep(500);

    expect(await titles(page)).toSatisfy(isRight);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("a line written to a file of this machine stands on the open timeline", async () => {
    const dir = join(server.home, ".claude/projects/-home-ada-work-kiln");
    mkdirSync(dir, { recursive: true });
    const page = await open("/timeline");
    const talk = conversation({ id: idOf(106), at: Date.now() - 3000 });
    talk.prompt("Written by an agent here");

    appendFileSync(join(dir, `${idOf(106)}.jsonl`), talk.text());

    await eventually(
      () => titles(page),
      (all) => all.includes("Written by an agent here"),
      8000,
    );
    const from = performance.now();
    appendFileSync(
      join(dir, `${idOf(106)}.jsonl`),
      `${JSON.stringify({ type: "ai-title", aiTitle: "A title it thought of", sessionId: idOf(106) })}\n`,
    );
    await eventually(
      () => titles(page),
      (all) => all.includes("A title it thought of"),
      4000,
    );
    console.log(`a line appended to a file, until on the open timeline: ${Math.round(performance.now() - from)} ms`);
  });

  test("a line written to a file stands in the open session", async () => {
    const dir = join(server.home, ".claude/projects/-home-ada-work-kiln");
    mkdirSync(dir, { recursive: true });
    const file = join(dir, `${idOf(110)}.jsonl`);
    const talk = conversation({ id: idOf(110), at: Date.now() - 3000 });
    talk.prompt("Read along");
    const first = talk.text();
    appendFileSync(file, first);
    const id = await eventually(
      () => sessionId(server, idOf(110)).catch(() => null),
      (found) => found !== null,
    );
    const page = await open(`/sessions/${id}`);
    await page.getByText("Read along").first().waitFor();
    talk.reply("Written while you look.");

    appendFileSync(file, talk.text().slice(first.length));

    await eventually(
      () => isOnScreen(page, "Written while you look."),
      (yes) => yes,
      4000,
    );
  });

  test("a session deleted elsewhere leaves an open timeline", async () => {
    const { talk, send } = growing(107);
    talk.prompt("To be deleted");
    await send();
    const page = await open("/timeline");
    await eventually(
      () => titles(page),
      (all) => all.includes("To be deleted"),
    );

    const answer = await server.api(`/api/agents/sessions/${await sessionId(server, idOf(107))}`, { method: "DELETE" });

    expect(answer.status).toBe(204);
    await eventually(
      () => titles(page),
      (all) => !all.includes("To be deleted"),
      3000,
    );
  });

  test("while the server is gone the page keeps what it shows and says so; after a restart it catches up", async () => {
    const data = server.data;
    const port = Number(new URL(server.url).port);
    await post(
      server,
      pathOf({ id: idOf(108) }),
      plain({ n: 108, title: "Before the restart", at: Date.now() - 60_000 }),
    );
    const page = await open("/timeline");
    await eventually(
      () => titles(page),
      (all) => all.includes("Before the restart"),
    );
    await server.stop();

    await page.getByText(/No connection to the server/).waitFor({ timeout: 10_000 });
    expect(await titles(page)).toContain("Before the restart");
    server = await startServer({ home: server.home, data, port, args: [] });
    await post(
      server,
      pathOf({ id: idOf(109) }),
      plain({ n: 109, title: "After the restart", at: Date.now() - 30_000 }),
    );

    await eventually(
      () => titles(page),
      (all) => all.includes("After the restart"),
      15_000,
    );
    await page.getByText(/No connection to the server/).waitFor({ state: "hidden" });
    expect(new Set(await titles(page)).size).toBe((await titles(page)).length);
  }, 60_000);
});

/** How far the transcript, or the page, is scrolled. */
const scrolled = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const event = document.querySelector("[data-testid=event]");
    for (let at = event?.parentElement; at; at = at.parentElement)
      if (at.scrollHeight > at.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(at).overflowY))
        return at.scrollTop;
    return scrollY;
  });

const isOnScreen = (page: Page, text: string): Promise<boolean> =>
  page.evaluate((wanted) => {
    const event = [...document.querySelectorAll("[data-testid=event]")].findLast((one) =>
      one.textContent?.includes(wanted),
    );
    const box = event?.getBoundingClientRect();
    return box !== undefined && box.top >= 0 && box.bottom <= innerHeight;
  }, text);
