/** Turns that can be talked to, with the real agents: asked and answered, and held through our own kill -9. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OpenTurn, openTurn } from "../../src/commis/turn/turn.ts";
import type { Decision, Outcome, Said, Turn } from "../../src/domain/turn.ts";
import { jobRuns } from "../../src/lib/process/stop.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { until } from "../support/agent-home.ts";
import { startModel } from "../support/model/server.ts";
import { seeded } from "../support/random.ts";
import { tempDir } from "../support/temp.ts";
import { AGENTS, type Desk, type RealAgent } from "./support/agents.ts";
import { clisOrReason } from "./support/install.ts";
import { agentEnv, scripted, turnIn } from "./support/turns.ts";

const clis = clisOrReason();
const dir = clis.kind === "ready" ? clis.dir : "";
const title = clis.kind === "ready" ? "turns of real agents" : `turns of real agents (skipped: ${clis.reason})`;

/** A command for which each agent asks, and that tells whether it ran. */
const makes = (name: string) => ({ text: `I make ${name}.`, tools: [{ bash: `touch ${name}; echo made` }] });
const KILLS = 30;

describe.skipIf(clis.kind === "missing")(title, () => {
  for (const agent of AGENTS) {
    describe(agent.name, () => {
      test("what is allowed is done, and the turn ends well with nothing left of it", async () => {
        const { desk, played, close } = await play(agent, { prompt: prompt("a.txt") }, () => ({ kind: "once" }));
        expect(played.outcome).toEqual({ kind: "ok", message: "" });
        expect(played.asked).toBe(1);
        expect(played.replies).toEqual(["I make a.txt.", "So it is."]);
        expect(existsSync(join(desk.cwd, "a.txt"))).toBe(true);
        expect(jobRuns(played.job)).toBe(false);
        await close();
      }, 60_000);

      test("what is denied is not done, and the turn goes on or says that it could not", async () => {
        const deny: Decision = { kind: "deny", reason: "not now" };
        const { desk, played, close } = await play(agent, { prompt: prompt("a.txt") }, () => deny);
        expect(played.outcome.kind).toBe("ok");
        expect(existsSync(join(desk.cwd, "a.txt"))).toBe(false);
        await close();
      }, 60_000);

      test("a turn that is stopped while it asks is interrupted, with nothing left of it", async () => {
        const { desk, played, close } = await play(agent, { prompt: prompt("a.txt") }, () => null);
        expect(played.outcome).toEqual({ kind: "interrupted", message: "You stopped it." });
        expect(existsSync(join(desk.cwd, "a.txt"))).toBe(false);
        expect(jobRuns(played.job)).toBe(false);
        await close();
      }, 60_000);

      test(`killed at ${KILLS} random moments, who comes after answers what is open and hears all of it once`, async () => {
        const { desk, close, env } = deskOf(agent);
        const names = Array.from("abcdefgh", (letter) => `${letter}.txt`);
        const turn = turnIn(desk, { permission: "ask", prompt: prompt(...names) });
        const log = join(desk.home, "log");
        writeFileSync(log, "");
        const job = crypto.randomUUID();
        const script = parentScript(agent, { dir: join(desk.home, "turn"), job, turn, env }, log);
        const pick = seeded(Number(process.env["SEED"] ?? 1));
        const noted = () => readFileSync(log, "utf8");
        let asking = 0;
        for (let kill = 0; kill < KILLS; kill++) {
          const parent = Bun.spawn([process.execPath, script], { stdio: ["ignore", "ignore", "inherit"] });
          await until(() => noted().split('{"opened":').length === kill + 2);
          await Bun.sleep(pick.int(0, 500));
          parent.kill("SIGKILL");
          await parent.exited;
          if (noted().trimEnd().split("\n").at(-1)!.includes('"kind":"ask"')) asking++;
        }
        expect(noted()).not.toContain('{"outcome":');
        // Most are killed with a question open: it takes a while to be answered.
        expect(asking).toBeGreaterThan(0);
        const last = Bun.spawn([process.execPath, script], { stdio: ["ignore", "ignore", "inherit"] });
        await last.exited;

        const lines = readFileSync(log, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Logged);
        expect(lines.at(-1)?.outcome).toEqual({ kind: "ok", message: "" });
        const heard = byNumber(lines);
        const replies = heard.flatMap((one) => (one.kind === "reply" ? [one.text] : []));
        expect(replies).toEqual([...names.map((name) => `I make ${name}.`), "So it is."]);
        expect(heard.filter(({ kind }) => kind === "ask").length).toBe(names.length);
        for (const name of names) expect(existsSync(join(desk.cwd, name))).toBe(true);
        expect(jobRuns(job)).toBe(false);
        await close();
      }, 120_000);
    });
  }
});

const prompt = (...names: readonly string[]): string => scripted(...names.map(makes), { text: "So it is." });

type Logged = { readonly n?: number; readonly said?: Said; readonly outcome?: Outcome };

/** What was heard, by its number: whoever heard a number heard the same, and none is missing. */
function byNumber(lines: readonly Logged[]): Said[] {
  const found: Said[] = [];
  for (const { n, said } of lines) {
    if (n === undefined || !said) continue;
    if (found[n]) expect(said).toEqual(found[n]);
    found[n] = said;
  }
  expect(found.every(Boolean)).toBe(true);
  return found;
}

function deskOf(agent: RealAgent) {
  const home = tempDir(`turns-${agent.name}`);
  const cwd = join(home, "work/loom");
  mkdirSync(cwd, { recursive: true });
  const model = startModel();
  const desk: Desk = { home, cwd, model: model.url, clis: dir };
  agent.prepare(desk);
  // What a person allows in general is not asked.
  if (agent.name === "claude") writeFileSync(join(home, agent.settings), "{}");
  return { desk, env: agentEnv(agent, desk), close: () => model.close() };
}

const LIMITS = { total: 50_000, silence: 50_000, grace: 3000 };

/** Plays one turn; `decide` null = it is stopped while it asks. */
async function play(agent: RealAgent, wish: Partial<Turn>, decide: () => Decision | null) {
  const { desk, env, close } = deskOf(agent);
  const heard: Said[] = [];
  const job = crypto.randomUUID();
  let open: OpenTurn | null = null;
  const answer = async (id: string) => {
    const decision = decide();
    if (decision) await open!.decide(id, decision);
    else open!.stop("You stopped it.");
  };
  open = await openTurn({
    dir: join(desk.home, "turn"),
    job,
    runner: PROVIDERS.find(({ name }) => name === agent.name)!.runner!,
    turn: turnIn(desk, { permission: "ask", ...wish }),
    env,
    limits: LIMITS,
    hear(said) {
      heard.push(said);
      if (said.kind === "ask") setTimeout(() => void answer(said.ask.id), 50);
    },
  });
  const outcome = await open.ended;
  const asked = heard.filter(({ kind }) => kind === "ask").length;
  const replies = heard.flatMap((one) => (one.kind === "reply" ? [one.text] : []));
  return { desk, close, played: { job, outcome, asked, replies } };
}

/** A server's part: opens the turn, writes down what it hears, answers each question after a while. */
function parentScript(agent: RealAgent, turn: Readonly<Record<string, unknown>>, log: string): string {
  const file = join(dirOf(log), "parent.ts");
  const from = (path: string) => JSON.stringify(join(import.meta.dir, path));
  writeFileSync(
    file,
    `import { appendFileSync } from "node:fs";
     import { openTurn } from ${from("../../src/commis/turn/turn.ts")};
     import { PROVIDERS } from ${from("../../src/providers/all.ts")};
     const note = (line) => appendFileSync(${JSON.stringify(log)}, JSON.stringify(line) + "\\n");
     const { runner } = PROVIDERS.find(({ name }) => name === ${JSON.stringify(agent.name)});
     const opening = openTurn({ ...${JSON.stringify({ ...turn, limits: LIMITS })}, runner, hear(said, n) {
       note({ n, said });
       if (said.kind === "ask") setTimeout(async () => (await opening).decide(said.ask.id, { kind: "once" }), 400);
     } });
     const open = await opening;
     note({ opened: true });
     note({ outcome: await open.ended });
     process.exit(0);`,
  );
  return file;
}

const dirOf = (path: string): string => join(path, "..");
