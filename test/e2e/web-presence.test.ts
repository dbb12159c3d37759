/** What agents say of themselves, from their signal file to the open timeline: the binary ships its own machine's sessions. */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Session } from "../../src/domain/session.ts";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { conversation, idOf, pathOf } from "../support/conversation.ts";
import { post } from "../support/post.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { cards, eventually, goto, held } from "../support/web.ts";

describe.skipIf(!HAS_CHROMIUM)("presence (needs /usr/bin/chromium)", () => {
  let browser: Browser;
  let server: Server;
  const pages: Page[] = [];
  const agents: Bun.Subprocess[] = [];
  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), startServer({ args: [] })]);
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    for (const agent of agents.splice(0)) {
      agent.kill("SIGKILL");
      await agent.exited;
      rmSync(join(server.home, `.claude/sessions/${agent.pid}.json`), { force: true });
    }
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

  /** A process that stands for an agent, with its signal file and its transcript. */
  function agent(n: number) {
    const child = Bun.spawn(["sleep", "600"]);
    agents.push(child);
    const dirs = { signals: join(server.home, ".claude/sessions"), files: join(server.home, ".claude/projects/-p") };
    for (const dir of Object.values(dirs)) mkdirSync(dir, { recursive: true });
    const talk = conversation({ id: idOf(n), at: Date.now() - 3000 });
    let sent = 0;
    return {
      talk,
      child,
      write() {
        const text = talk.text();
        appendFileSync(join(dirs.files, `${idOf(n)}.jsonl`), text.slice(sent));
        sent = text.length;
      },
      says(status: string, waitingFor?: string) {
        const signal = { pid: child.pid, sessionId: idOf(n), cwd: "/p", status, waitingFor, updatedAt: Date.now() };
        writeFileSync(join(dirs.signals, `${child.pid}.json`), JSON.stringify(signal));
      },
    };
  }

  const rowOf = (page: Page, title: string) => cards(page).filter({ hasText: title });

  const reads = (page: Page, title: string, is: (text: string) => boolean, ms = 3000) =>
    eventually(() => rowOf(page, title).innerText(), is, ms);

  const stateOf = async (n: number): Promise<Session | undefined> =>
    (await server.json<{ sessions: Session[] }>("/api/agents/sessions?limit=100")).sessions.find(
      (session) => session.provider_session_id === idOf(n),
    );

  test("a session that waits for a person says so on the open timeline, and stops when it goes on", async () => {
    const page = await open("/timeline");
    const it = agent(201);
    it.talk.prompt("May it run this?");
    it.talk.call("Bash", { command: "make install" });
    it.write();
    await reads(page, "May it run this?", (text) => /make/.test(text), 8000);

    const from = performance.now();
    it.says("waiting", "permission prompt");
    await reads(page, "May it run this?", (text) => text.includes("Waiting for you · permission prompt"));
    const ms = performance.now() - from;
    it.says("busy");
    await reads(page, "May it run this?", (text) => !text.includes("Waiting for you"));

    console.log(`an agent's signal, until "waiting for you" on the open timeline: ${Math.round(ms)} ms`);
  });

  test("an agent that writes on while it waits still waits", async () => {
    const page = await open("/timeline");
    const it = agent(202);
    it.talk.prompt("Choose one of these");
    it.talk.call("AskUserQuestion", { questions: [] });
    it.write();
    it.says("waiting", "answer");
    await reads(page, "Choose one of these", (text) => text.includes("Waiting for you"), 8000);

    await Bun.sleep(2500);
    it.talk.think("Meanwhile");
    it.write();
    await Bun.sleep(2500);

    expect(await rowOf(page, "Choose one of these").innerText()).toContain("Waiting for you");
  });

  test("a killed agent waits for nobody", async () => {
    const page = await open("/timeline");
    const it = agent(203);
    it.talk.prompt("This one is killed");
    it.write();
    it.says("waiting", "answer");
    await reads(page, "This one is killed", (text) => text.includes("Waiting for you"), 8000);

    it.child.kill("SIGKILL");

    await reads(page, "This one is killed", (text) => !text.includes("Waiting for you"));
  });

  test("a signal that was there before its session's file counts once the file is archived, on its page too", async () => {
    const it = agent(204);
    it.says("waiting", "answer");
    await Bun.sleep(500);
    expect(await stateOf(204)).toBeUndefined();
    it.talk.prompt("Late to the archive");
    it.write();

    const page = await open("/timeline");
    await reads(page, "Late to the archive", (text) => text.includes("Waiting for you"), 8000);
    await rowOf(page, "Late to the archive").getByRole("link").first().click();

    await page.getByTestId("session-page").getByText("answer", { exact: true }).first().waitFor();
  });

  test("what a machine said is forgotten after three intervals without a word of it", async () => {
    const { alone: quick } = await serverWith(206, "Its machine goes to sleep", { LONGHOUSE_HEARTBEAT_MS: "1000" });
    const page = await (await signedIn(browser, quick)).newPage();
    pages.push(page);
    await goto(page, `${quick.url}/timeline`);

    const reply = await beat(quick, 206, "waiting");

    expect(await reply.json()).toMatchObject({ interval_s: 1 });
    await reads(page, "Its machine", (text) => text.includes("Waiting for you"));
    await reads(page, "Its machine", (text) => !text.includes("Waiting for you"), 10_000);
    await quick.stop();
  });

  test("who begins to wait while the page looks again is shown as waiting, though the answer is older", async () => {
    const { alone, id } = await serverWith(207, "Asked meanwhile");
    for (const [path, shown] of [
      ["/timeline", "Waiting for you"],
      [`/sessions/${id}`, "answer"],
    ] as const) {
      const page = await (await signedIn(browser, alone)).newPage();
      pages.push(page);
      const answers = await held(page, /\/api\/agents\/sessions(\?|\/[0-9a-f-]+$)/);
      await goto(page, alone.url + path);
      await answers.asked;
      await beat(alone, 207, "waiting");
      const there = page.getByText(shown, { exact: true }).first();
      await there.waitFor();
      answers.release();
      await Bun.sleep(500);

      expect([path, await there.isVisible()]).toEqual([path, true]);
      await beat(alone, 207, "working");
      await page.unrouteAll({ behavior: "ignoreErrors" });
    }
    await alone.stop();
  });

  test("what happens between a page's first question and its feed is shown, however late the page's code comes", async () => {
    const { alone, id } = await serverWith(208, "Asked before");
    const page = await (await signedIn(browser, alone)).newPage();
    pages.push(page);
    const [feed, code] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const hello = Promise.withResolvers<void>();
    await page.routeWebSocket(/\/api\/live/, async (socket) => {
      await feed.promise;
      const server = socket.connectToServer();
      server.onMessage((message) => (socket.send(message), hello.resolve()));
    });
    await page.route(/\/assets\/.*\.js$/, async (route) => {
      const response = await route.fetch();
      if ((await response.text()).includes("session-page")) await code.promise;
      await route.fulfill({ response });
    });
    const answered = page.waitForResponse((response) => response.url().endsWith(`/api/agents/sessions/${id}`));
    await page.goto(`${alone.url}/sessions/${id}`, { waitUntil: "commit" });
    await answered;
    await beat(alone, 208, "waiting");
    feed.resolve();
    await hello.promise;
    await Bun.sleep(200);
    code.resolve();

    await page.getByTestId("session-page").getByText("answer", { exact: true }).first().waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await alone.stop();
  });

  test("a server that is started again knows who waits before the next heartbeat", async () => {
    const it = agent(205);
    it.talk.prompt("Through a restart");
    it.write();
    it.says("waiting", "answer");
    await eventually(
      () => stateOf(205),
      (session) => session?.state === "waiting",
      8000,
    );
    const { home, data } = server;
    await server.stop();

    server = await startServer({ home, data, args: ["--no-ship"] });
    const after = await stateOf(205);
    await server.stop();
    server = await startServer({ home, data, args: [] });

    expect(after).toMatchObject({ state: "waiting", waiting_for: "answer" });
  });
});

/** A server of its own that has one session, and that session's id. */
async function serverWith(n: number, prompt: string, env: Record<string, string> = {}) {
  const alone = await startServer({ env });
  const talk = conversation({ id: idOf(n), at: Date.now() - 3000 });
  talk.prompt(prompt);
  await post(alone, pathOf({ id: idOf(n) }), talk.text());
  const { sessions } = await alone.json<{ sessions: Session[] }>("/api/agents/sessions");
  return { alone, id: sessions[0]!.id };
}

/** A machine tells of one session. */
function beat(server: Server, n: number, state: "waiting" | "working"): Promise<Response> {
  const waiting_for = state === "waiting" ? "answer" : undefined;
  const live = [{ provider: "claude", provider_session_id: idOf(n), state, waiting_for }];
  const body = JSON.stringify({ version: "1", started_at: null, providers: {}, live, failed: [], disk_free: null });
  const headers = { "content-type": "application/json" };
  return server.api("/api/agents/heartbeat", { method: "POST", headers, body });
}
