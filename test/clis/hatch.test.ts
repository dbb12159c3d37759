/** `longhouse hatch` with the real agents: the same flags, the same answer, the same exit codes, and nothing left behind. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { markedProcesses, processes } from "../../src/lib/process/table.ts";
import { until } from "../support/agent-home.ts";
import { startModel } from "../support/model/server.ts";
import { eventsOf, sessionsOf } from "../support/remote.ts";
import { BINARY, type Server, startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { turnTokens } from "../support/turn-tokens.ts";
import { eventually } from "../support/web.ts";
import { AGENTS, type Desk, type RealAgent } from "./support/agents.ts";
import { clisOrReason } from "./support/install.ts";
import { USED_UP } from "./support/scenarios.ts";
import { agentEnv, scripted } from "./support/turns.ts";

const clis = clisOrReason();
const dir = clis.kind === "ready" ? clis.dir : "";
const title = clis.kind === "ready" ? "hatch with real agents" : `hatch with real agents (skipped: ${clis.reason})`;

type Shown = {
  readonly ok: boolean;
  readonly status: string;
  readonly backend: string;
  readonly output: string;
  readonly session_id: string | null;
  readonly outcome: string;
  readonly error: string | null;
  readonly exit_code: number | null;
  readonly resets_at: string | null;
};
const KEYS = "backend cost_usd duration_ms error exit_code ok outcome output resets_at session_id status stderr tokens";

/** Gemini CLI reads no settings below a folder that others may write to, as /tmp is. */
const SAFE = (statSync(tmpdir()).mode & 0o022) === 0;

const WORK = scripted({ text: "I look.", tools: [{ bash: "echo worked" }] }, { text: "All is well." });

describe.skipIf(clis.kind === "missing")(title, () => {
  for (const agent of AGENTS) {
    describe(agent.name, () => {
      test("a turn that works, and one that goes on with its session; both are in the archive, and it could ask it", async () => {
        const desk = deskOf(agent);
        const server = await startServer({ home: desk.home, data: join(desk.home, ".longhouse"), args: ["--no-ship"] });
        const calls = [{ mcp: { server: "longhouse", tool: "memory_write", args: { key: "tea", value: "green" } } }];
        const first = await hatch(agent, desk, [], scripted({ tools: calls }, { text: "It is kept." }));
        expect(first.shown).toMatchObject({
          ok: true,
          status: "ok",
          output: "It is kept.",
          outcome: "ok",
          error: null,
        });
        expect([first.code, Object.keys(first.shown).toSorted().join(" ")]).toEqual([0, KEYS]);
        if (agent.name !== "gemini" || SAFE)
          expect(await server.json("/api/memory/tea")).toMatchObject({ value: "green" });
        // The token was the turn's own.
        expect(turnTokens(server.data)).toEqual({ made: 1, good: 0 });

        const second = await hatch(agent, desk, ["-r", first.shown.session_id!], scripted({ text: "I go on." }));
        expect(second.shown).toMatchObject({ ok: true, output: "I go on.", session_id: first.shown.session_id });
        await archived(server, ["It is kept.", "I go on."]);
        await server.stop();
        await desk.close();
      }, 120_000);

      test("with the archive of another machine it can ask that one, and its session is there", async () => {
        const desk = deskOf(agent);
        const server = await startServer();
        const body = JSON.stringify({ device_id: "elsewhere", scope: "device" });
        const headers = { "Content-Type": "application/json" };
        const { token } = (await (
          await server.api("/api/devices/tokens", { method: "POST", headers, body })
        ).json()) as { token: string };
        const calls = [{ mcp: { server: "longhouse", tool: "memory_write", args: { key: "tea", value: "black" } } }];
        const there = { LONGHOUSE_URL: server.url, LONGHOUSE_TOKEN: token };
        const { shown } = await hatch(agent, desk, [], scripted({ tools: calls }, { text: "It is kept." }), there);
        expect(shown).toMatchObject({ ok: true, output: "It is kept." });
        expect(turnTokens(server.data)).toEqual({ made: 1, good: 0 });
        if (agent.name !== "gemini" || SAFE)
          expect(await server.json("/api/memory/tea")).toMatchObject({ value: "black" });
        await archived(server, ["It is kept."]);
        await server.stop();
        await desk.close();
      }, 120_000);

      test("a limit, a tool it may not use, its own death and Ctrl-C each have their own outcome", async () => {
        const desk = deskOf(agent);
        const refused = agent.name === "codex" ? USED_UP : { status: 429, error: "you have used it up" };
        const limit = await hatch(agent, desk, [], scripted(refused, refused, refused));
        expect([limit.code, limit.shown.status, limit.shown.outcome]).toEqual([1, "error", "limit"]);
        expect(limit.shown.resets_at).toBe(agent.name === "codex" ? "2030-01-01T00:00:00.000Z" : null);

        const write = { tools: [{ write: { path: "made.txt", content: "made\n" } }] };
        const denied = await hatch(agent, desk, ["--permission", "plan"], scripted(write, { text: "So be it." }));
        expect([denied.code, denied.shown.outcome, denied.shown.exit_code]).toEqual([1, "denied", 0]);
        expect([denied.shown.output, existsSync(join(desk.cwd, "made.txt"))]).toEqual(["So be it.", false]);

        const dies = await hatch(agent, desk, [], scripted({ text: "I go.", tools: [{ bash: "kill -9 $PPID" }] }));
        expect([dies.code, dies.shown.outcome, dies.shown.output]).toEqual([1, "lost", "I go."]);

        const asked = desk.asked.length;
        const pressed = hatch(agent, desk, [], scripted({ text: "Too late.", delayMs: 60_000 }), {}, async (child) => {
          await eventually(
            async () => desk.asked.length,
            (now) => now > asked,
            60_000,
          );
          child.kill("SIGINT");
        });
        const { code, shown } = await pressed;
        expect([code, shown.outcome, shown.error]).toEqual([1, "interrupted", "It was stopped."]);
        expect(markedProcesses("HOME", desk.home)).toEqual([]);
        await desk.close();
      }, 180_000);

      test("without a server it works, and says nothing of one", async () => {
        const desk = deskOf(agent);
        const { code, shown, stderr } = await hatch(agent, desk, [], WORK);
        expect([code, shown.output]).toEqual([0, "All is well."]);
        expect(stderr).toBe("");
        expect(existsSync(join(desk.home, ".longhouse"))).toBe(false);
        await desk.close();
      }, 60_000);

      test("failure, no login, an unknown session and a missing program each have their own code and words", async () => {
        const desk = deskOf(agent);
        const failing = { status: 400, error: "the model is ill" };
        const failed = await hatch(agent, desk, [], scripted(failing, failing));
        expect([failed.code, failed.shown.status, failed.shown.outcome]).toEqual([1, "error", "error"]);
        expect(failed.shown.error).toContain("the model is ill");

        const keyless = { ANTHROPIC_API_KEY: "", OPENAI_FAKE_KEY: "", GEMINI_API_KEY: "" };
        const anonymous = await hatch(agent, desk, [], WORK, keyless);
        expect([anonymous.code, anonymous.shown.status, anonymous.shown.outcome]).toEqual([4, "config_error", "auth"]);

        const unknown = await hatch(agent, desk, ["-r", "00000000-0000-4000-8000-000000000000"], WORK);
        expect([unknown.code, unknown.shown.outcome]).toEqual([1, "no_session"]);

        const missing = await hatch(agent, desk, [], WORK, { PATH: "/usr/bin:/bin" });
        expect([missing.code, missing.shown.status]).toEqual([3, "not_found"]);
        expect(missing.shown.error).toContain("npm install -g");
        for (const { shown } of [failed, anonymous, unknown, missing])
          expect([shown.ok, Object.keys(shown).toSorted().join(" ")]).toEqual([false, KEYS]);
        await desk.close();
      }, 120_000);

      test("a timeout ends all of it, also what left the session and ignores TERM, and nobody else", async () => {
        const desk = deskOf(agent);
        const marks = join(desk.home, "marks");
        mkdirSync(marks);
        const stubborn = join(desk.home, "stubborn.sh");
        // Each writes down its pid, and lives for ever.
        writeFileSync(stubborn, `trap '' TERM HUP INT; echo $$ > ${marks}/$$; while :; do sleep 0.1; done\n`);
        const bystander = Bun.spawn(["sh", stubborn], { stdio: ["ignore", "ignore", "ignore"] });
        await until(() => existsSync(join(marks, String(bystander.pid))));
        // Codex lets a command be after ten seconds and goes on; Gemini CLI on a busy machine has only begun by then.
        const seconds = agent.name === "gemini" ? "20" : "8";
        const bash = `setsid sh ${stubborn} >/dev/null 2>&1 & (setsid sh ${stubborn} >/dev/null 2>&1 &); exec sh ${stubborn}`;
        const ended = await hatch(agent, desk, ["-t", seconds], scripted({ text: "I hang.", tools: [{ bash }] }));
        expect([ended.code, ended.shown.status, ended.shown.exit_code]).toEqual([2, "timeout", null]);
        expect(ended.shown.error).toBe(`It was ended after ${seconds} s.`);
        const pids = await Array.fromAsync(new Bun.Glob("*").scan(marks));
        const alive = new Set(processes().map(({ pid }) => pid));
        expect(pids.length).toBeGreaterThan(1);
        expect(pids.map(Number).filter((pid) => alive.has(pid))).toEqual([bystander.pid]);
        bystander.kill("SIGKILL");
        await desk.close();
      }, 60_000);
    });
  }
});

type Hatched = { readonly code: number; readonly shown: Shown; readonly stderr: string };

async function hatch(
  agent: RealAgent,
  desk: Desk,
  args: readonly string[],
  prompt: string,
  env: Readonly<Record<string, string>> = {},
  meanwhile?: (child: Subprocess) => Promise<void>,
): Promise<Hatched> {
  const child = Bun.spawn([BINARY, "hatch", "-b", agent.name, "--json", ...args, "-"], {
    cwd: desk.cwd,
    env: { ...agentEnv(agent, desk), LONGHOUSE_HOME: join(desk.home, ".longhouse"), NO_COLOR: "1", ...env },
    stdio: [new Blob([prompt]), "pipe", "pipe"],
  });
  await meanwhile?.(child);
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, shown: JSON.parse(stdout) as Shown, stderr };
}

function deskOf(agent: RealAgent): Desk & { readonly asked: readonly string[]; close(): Promise<void> } {
  const home = tempDir(`hatch-${agent.name}`);
  const cwd = join(home, "work/loom");
  mkdirSync(cwd, { recursive: true });
  const model = startModel();
  const desk = { home, cwd, model: model.url, clis: dir };
  agent.prepare(desk);
  return { ...desk, asked: model.asked, close: () => model.close() };
}

/** All of it, once, in one session. */
async function archived(server: Server, words: readonly string[]) {
  const replies = async () => {
    const sessions = await sessionsOf(server);
    const events = (await Promise.all(sessions.map(({ id }) => eventsOf(server, id)))).flat();
    return events.map((event) => JSON.stringify(event)).filter((text) => text.includes('"kind":"reply"'));
  };
  const all = async () => {
    const said = await replies();
    return words.every((word) => said.filter((text) => text.includes(word)).length === 1);
  };
  for (const end = Date.now() + 20_000; Date.now() < end && !(await all());) await Bun.sleep(100);
  expect(await all()).toBe(true);
  expect(await sessionsOf(server)).toHaveLength(1);
}
