/** The real agents from the page of a phone, from a fork, and from a terminal that `longhouse resume` opens. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { ChatTurn } from "../../src/domain/chat.ts";
import { put } from "../support/agents.ts";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { ended, eventsIn, lockOf, message } from "../support/chat.ts";
import { eventsOf, raw, sourcesOf } from "../support/remote.ts";
import { BINARY, type Server } from "../support/server.ts";
import { eventually, goto } from "../support/web.ts";
import { AGENTS, type RealAgent } from "./support/agents.ts";
import { clisOrReason } from "./support/install.ts";
import { runHeadless, runTyped } from "./support/run.ts";
import { agentEnv } from "./support/turns.ts";
import { free, made, model, setUp, type There } from "./support/two-machines.ts";

const clis = clisOrReason();
const dir = clis.kind === "ready" ? clis.dir : "";
const HAS_TMUX = Bun.which("tmux") !== null;
const LONG = 60_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function ready(agent: RealAgent): Promise<There> {
  const there = await setUp(agent, dir);
  closing.push(there.close);
  // Its settings allow much without asking.
  if (agent.name === "claude") put(join(there.home, agent.settings), "{}");
  return there;
}

/** The page of a session on a phone. */
async function phone(server: Server, session: string): Promise<Page> {
  const browser = await launch();
  closing.push(() => browser.close());
  const context = await signedIn(browser, server, { viewport: { width: 390, height: 800 }, hasTouch: true });
  const page = await context.newPage();
  page.setDefaultTimeout(LONG);
  await goto(page, `${server.url}/sessions/${session}`);
  return page;
}

const composer = (page: Page) => page.getByTestId("resume-composer");

async function write(page: Page, text: string, how = "Send") {
  await composer(page).getByRole("textbox").fill(text);
  await composer(page).getByRole("button", { name: how, exact: true }).click();
}

const repliesOf = async (server: Server, session: string): Promise<string[]> =>
  (await eventsOf(server, session)).filter(({ kind }) => kind === "reply").map((one) => JSON.stringify(one));

describe.skipIf(clis.kind === "missing" || !HAS_CHROMIUM)(
  "real agents from the page (bun run test:clis, chromium)",
  () => {
    for (const agent of AGENTS)
      test(`${agent.name}: on a phone it asks, is allowed for the session, is forked, and goes on in a terminal`, async () => {
        const there = await ready(agent);
        const { server } = there;
        const session = await made(there, "cedar");
        const page = await phone(server, session);
        const asks = agent.name !== "gemini";
        // Codex offers to allow patches for the session, not this command.
        const lasts = agent.name === "claude";
        if (!asks) await page.getByRole("combobox", { name: "What it may do" }).selectOption(free(agent));
        const touch = { bash: "touch asked.txt" };
        await write(
          page,
          model([{ text: "may I", tools: [touch] }, { text: "again", tools: [touch] }, { text: "second birch" }]),
        );
        await page.getByRole("region", { name: "Where to work" }).getByText("An empty folder", { exact: true }).click();
        if (asks) {
          const card = page.getByTestId("approval");
          await card.getByText("touch asked.txt").first().waitFor();
          await card.getByRole("button", { name: lasts ? "Allow for this session" : "Allow once" }).click();
          if (!lasts) await card.getByRole("button", { name: "Allow once", disabled: false }).click();
        }
        await page.getByText("One changed file").waitFor();
        const folder = join(there.home, ".longhouse/workspaces", `session-${session.slice(0, 12)}`);
        expect(existsSync(join(folder, "asked.txt"))).toBe(true);
        await server.settled();
        const replies = await repliesOf(server, session);
        for (const word of ["last cedar", "second birch"])
          expect([word, replies.filter((text) => text.includes(word)).length]).toEqual([word, 1]);
        // Asked once: the second time it was allowed already.
        const { approvals } = await server.json<{ approvals: unknown[] }>("/api/approvals");
        expect(approvals).toHaveLength(asks ? (lasts ? 1 : 2) : 0);
        await page.getByRole("button", { name: "Keep" }).click();
        await page.getByText("The folder stays until you discard it.").waitFor();

        if (!asks) await page.getByRole("combobox", { name: "What it may do" }).selectOption(free(agent));
        await write(page, model([{ text: "forked elm" }]), "Send to a fork");
        await page.getByRole("link", { name: "Open the fork" }).click();
        await page.getByTestId("event").getByText("forked elm", { exact: true }).waitFor();
        const fork = new URL(page.url()).pathname.split("/").at(-1)!;
        expect(fork).not.toBe(session);
        expect((await repliesOf(server, session)).some((text) => text.includes("forked elm"))).toBe(false);
        // Codex names the session that it was forked from instead of copying it.
        const before = (await repliesOf(server, fork)).filter((text) => text.includes("second birch"));
        expect(before).toHaveLength(agent.name === "codex" ? 0 : 1);

        if (HAS_TMUX) await inTmux(there, session);
        const log = (await sourcesOf(server)).find(
          ({ path, session_id }) => session_id === session && path.startsWith(there.home) && path.endsWith(".jsonl"),
        )!;
        await eventually(async () => (await raw(server, log.id)).equals(readFileSync(log.path)), Boolean, LONG);
      }, 300_000);

    test("claude: what is open in a terminal is refused, and goes on in a fork", async () => {
      const agent = AGENTS.find(({ name }) => name === "claude")!;
      const there = await ready(agent);
      const { server, desk } = there;
      await runHeadless(agent, desk, `Please. ${model([{ text: "first oak" }])}`);
      const ship = Bun.spawn([BINARY, "ship", "--json"], {
        env: { ...agentEnv(agent, desk), LONGHOUSE_HOME: join(there.home, ".longhouse") },
        stdio: ["ignore", "ignore", "inherit"],
      });
      expect(await ship.exited).toBe(0);
      await server.settled();
      const { sessions } = await server.json<{ sessions: { id: string; provider_session_id: string }[] }>(
        "/api/agents/sessions",
      );
      const { id, provider_session_id } = sessions[0]!;
      const typed: RealAgent = {
        ...agent,
        interactive: (at) => [...agent.interactive(at), `--resume=${provider_session_id}`],
      };
      await runTyped(typed, desk, {
        prompt: `Please. ${model([{ text: "typed ash here" }])}`,
        answer: 'typedashhere(?!["\\\\])',
        async look() {
          const refused = await message(server, id, { message: model([{ text: "no" }]) });
          expect(refused.status).toBe(409);
          expect(await refused.json()).toMatchObject({
            error: { code: "session_locked" },
            lock: { holder: { kind: "terminal" }, fork_available: true },
          });
          const forked = await message(server, id, { mode: "fork", message: model([{ text: "forked fir" }]) });
          expect(forked.status).toBe(200);
          const turn = forked.headers.get("X-Turn-Id")!;
          const done = (await eventsIn(forked)).at(-1);
          expect(done).toMatchObject({ name: "done", data: { outcome: "ok" } });
          const { provider_session_id: own }: ChatTurn = await ended(server, turn);
          expect(own).not.toBe(provider_session_id);
        },
      });
    }, 200_000);
  },
);

/** `longhouse resume` itself in a terminal: the agent shows what was said, hears a prompt, and what it answers is archived. */
async function inTmux(there: There, session: string) {
  const { agent, desk, home, server } = there;
  // One that the agent knows: of another it asks first whether it is to be trusted.
  const { cwd } = desk;
  const ours = { LONGHOUSE_HOME: join(home, ".longhouse"), LONGHOUSE_URL: server.url };
  // Without a model of its own this one asks another which to take.
  const env = { ...agentEnv(agent, desk), ...ours, GEMINI_MODEL: "gemini-2.5-flash" };
  await eventually(
    () => lockOf(server, session),
    ({ locked }) => !locked,
    90_000,
  );
  const socket = `lh-${crypto.randomUUID().slice(0, 8)}`;
  const tmux = (...args: string[]) => Bun.spawnSync(["tmux", "-L", socket, ...args], { env }).stdout.toString();
  closing.push(() => tmux("kill-server"));
  const run = join(home, "resume.sh");
  writeFileSync(
    run,
    `cd ${cwd} && ${BINARY} resume ${session} --cwd ${cwd} 2>${home}/resume.err; echo EXIT $?; sleep 600\n`,
  );
  tmux("-f", "/dev/null", "new-session", "-d", "-x", "180", "-y", "50", "sh", run);
  const shows = (what: RegExp) =>
    eventually(
      async () => tmux("capture-pane", "-p").replace(/\s+/g, ""),
      (screen) => what.test(screen),
      LONG,
    );
  await shows(/secondbirch/);
  await Bun.sleep(3000);
  tmux("send-keys", "-l", `Please. ${model([{ text: "third yew" }])}`);
  await Bun.sleep(500);
  tmux("send-keys", "Enter");
  await shows(/thirdyew(?!["\\])/);
  await Bun.sleep(2000);
  tmux("send-keys", "-l", agent.leave);
  await Bun.sleep(500);
  tmux("send-keys", "Enter");
  await shows(/EXIT0/);
  await eventually(
    () => repliesOf(server, session),
    (all) => all.filter((text) => text.includes("third yew")).length === 1,
    LONG,
  );
}
