import { afterEach, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OpenTurn, openTurn, type TurnOptions, wasStarted } from "../../src/commis/turn/turn.ts";
import type { Said } from "../../src/domain/turn.ts";
import { jobRuns, stopJob } from "../../src/lib/process/stop.ts";
import { until } from "../support/agent-home.ts";
import { asks, fakeRunner, says } from "../support/fake-agent.ts";
import { seeded } from "../support/random.ts";
import { tempDir } from "../support/temp.ts";

const jobs: string[] = [];

afterEach(async () => {
  for (const job of jobs.splice(0)) await stopJob({ job, root: null, graceMs: 0 });
});

const BEGIN = "read -r hello; read -r prompt";
const OK = says({ kind: "outcome", outcome: { kind: "ok", message: "" } });
const heardAnswer = `printf '{"say":{"kind":"reply","text":"%s"}}\\n' "$hello $prompt $answer"`;

test("a question is answered, the agent hears it, and the turn ends with nothing left of it", async () => {
  const turn = begin([BEGIN, asks("a1"), heardAnswer, OK, "sleep 600"]);
  await until(() => turn.asked().includes("a1"));
  const open = await turn.open;
  expect(await open.decide("a1", { kind: "once" })).toBe(true);
  expect(await open.ended).toEqual({ kind: "ok", message: "" });
  expect(turn.replies()).toEqual(["hello prompt a1 once"]);
  expect(jobRuns(turn.options.job)).toBe(false);
});

test("an answer to what is not asked, or a second one, says so", async () => {
  const turn = begin([BEGIN, asks("a1"), heardAnswer, OK, "sleep 600"]);
  await until(() => turn.asked().includes("a1"));
  const open = await turn.open;
  expect(await open.decide("a2", { kind: "once" })).toBe(false);
  const both = await Promise.all([
    open.decide("a1", { kind: "once" }),
    open.decide("a1", { kind: "deny", reason: "no" }),
  ]);
  expect(both).toEqual([true, false]);
  await open.ended;
  expect(turn.replies()).toEqual(["hello prompt a1 once"]);
});

test("waiting for a person is not silence, and takes none of its time", async () => {
  const turn = begin([BEGIN, asks("a1"), OK, "sleep 600"], { limits: { total: 700, silence: 500, grace: 200 } });
  await until(() => turn.asked().includes("a1"));
  await Bun.sleep(1500);
  const open = await turn.open;
  expect(await open.decide("a1", { kind: "once" })).toBe(true);
  expect(await open.ended).toEqual({ kind: "ok", message: "" });
});

test("a turn that says nothing for too long is ended, and the outcome says why", async () => {
  const turn = begin([BEGIN, "sleep 600"], { limits: { total: 60_000, silence: 300, grace: 200 } });
  expect(await (await turn.open).ended).toEqual({ kind: "interrupted", message: "It said nothing for 0.3 s." });
});

test("a turn that is stopped ends with the person's reason, and so does one that was being stopped when we were killed", async () => {
  const turn = begin([BEGIN, "trap '' TERM", "while :; do sleep 0.05; done"]);
  const open = await turn.open;
  open.stop("You stopped it.");
  open.leave();
  const again = await reopen(turn.options);
  expect(await again.ended).toEqual({ kind: "interrupted", message: "You stopped it." });
  expect(jobRuns(turn.options.job)).toBe(false);
});

test("an agent that dies without a word is lost, and its last words are kept", async () => {
  const turn = begin([BEGIN, "echo it broke >&2; kill -KILL $$"]);
  const outcome = await (await turn.open).ended;
  expect(outcome.kind).toBe("lost");
  expect(outcome.message).toContain("it broke");
});

test("a turn that has ended is told again as it was, from its folder alone", async () => {
  const turn = begin([BEGIN, says({ kind: "reply", text: "once" }), OK]);
  const first = await (await turn.open).ended;
  const heard: Said[] = [];
  const again = await reopen(turn.options, heard);
  expect(await again.ended).toEqual(first);
  expect(heard.map(({ kind }) => kind)).toEqual(["reply", "outcome"]);
});

test("a folder tells whether its turn was ever started, and asking starts nothing", async () => {
  const turn = options([BEGIN, OK]);
  expect(wasStarted(turn.dir)).toBe(false);
  expect(jobRuns(turn.job)).toBe(false);
  await (
    await reopen(turn)
  ).ended;
  expect(wasStarted(turn.dir)).toBe(true);
});

test("an agent that cannot be started is a fault, and the folder can be tried again", async () => {
  const missing = {
    ...fakeRunner,
    dialogue: () => ({
      command: { argv: ["no-agent"] as const, env: {} },
      machine: fakeRunner.headless(said(""), "/").machine,
    }),
  };
  const turn = options([BEGIN, OK]);
  expect(openTurn({ ...turn, runner: missing, hear: () => {} })).rejects.toThrow("no-agent is not installed");
  const again = await reopen(turn);
  expect((await again.ended).kind).toBe("ok");
});

test("killed while the prompt was handed over: an agent that heard it is gone on with, and told nothing twice", async () => {
  const turn = begin([BEGIN, asks("a1"), heardAnswer, OK, "sleep 600"]);
  await until(() => turn.asked().includes("a1"));
  (await turn.open).leave();
  forgetSaid(turn.options.dir);
  const heard: Said[] = [];
  const again = await reopen(turn.options, heard);
  await until(() => heard.some(({ kind }) => kind === "ask"));
  expect(await again.decide("a1", { kind: "once" })).toBe(true);
  expect(await again.ended).toEqual({ kind: "ok", message: "" });
  expect(heard.flatMap((one) => (one.kind === "reply" ? [one.text] : []))).toEqual(["hello prompt a1 once"]);
});

test("killed while the prompt was handed over: an agent that never answers is ended, and the outcome says why", async () => {
  const turn = begin([BEGIN, "sleep 600"]);
  const open = await turn.open;
  await until(() => readFileSync(join(turn.options.dir, "journal"), "utf8").includes('"said"'));
  open.leave();
  forgetSaid(turn.options.dir);
  const limits = { total: 60_000, silence: 60_000, grace: 200, doubt: 300 };
  const outcome = await (await reopen({ ...turn.options, limits })).ended;
  expect(outcome.kind).toBe("interrupted");
  expect(outcome.message).toContain("it was not heard");
});

/** As if we had been ended before we could note that it was given its lines. */
function forgetSaid(dir: string) {
  const journal = join(dir, "journal");
  const lines = readFileSync(journal, "utf8").split("\n");
  writeFileSync(journal, lines.filter((line) => !line.includes('"type":"said"')).join("\n"));
}

const KILLS = 30;
/** Enough that the turn lasts longer than the kills. */
const STEPS = 240;
test(`killed at ${KILLS} random moments of its turn, who comes after hears all of it once and answers what is open`, async () => {
  const pick = seeded(Number(process.env.SEED ?? 1));
  const steps = Array.from({ length: STEPS }, (_, n) => [
    says({ kind: "reply", text: `step ${n}` }),
    n % 8 === 3 ? asks(`q${n}`) : `sleep 0.0${pick.int(1, 9)}`,
    n % 8 === 3 ? heardAnswer : ":",
  ]).flat();
  const turn = options([BEGIN, ...steps, OK, "sleep 600"]);
  const log = join(turn.dir, "..", `${turn.job}.log`);
  writeFileSync(log, "");
  const script = parentScript(turn, log);
  const noted = () => readFileSync(log, "utf8");
  let asking = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const parent = Bun.spawn([process.execPath, script], { stdout: "ignore", stderr: "inherit" });
    await until(() => noted().split('{"opened":').length === kill + 2);
    await Bun.sleep(pick.int(0, 120));
    parent.kill("SIGKILL");
    await parent.exited;
    if (endsAsking(noted())) asking++;
  }
  expect(noted()).not.toContain('{"outcome":');
  // Some with a question open, some not.
  expect([asking > 0, asking < KILLS]).toEqual([true, true]);
  const last = Bun.spawn([process.execPath, script], { stdout: "ignore", stderr: "inherit" });
  await last.exited;
  const lines = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(-1)).toEqual({ outcome: { kind: "ok", message: "" } });
  const byNumber = new Map<number, string>();
  for (const { n, said: one } of lines.filter(({ n }) => n !== undefined)) {
    const text = JSON.stringify(one);
    // The same number is the same thing, whoever heard it.
    expect(byNumber.get(n) ?? text).toBe(text);
    byNumber.set(n, text);
  }
  expect([...byNumber.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: byNumber.size }, (_, n) => n));
  const replies = [...byNumber.values()].map((text) => JSON.parse(text)).filter(({ kind }) => kind === "reply");
  const expected = Array.from({ length: STEPS }, (_, n) =>
    n % 8 === 3 ? [`step ${n}`, `hello prompt q${n} once`] : [`step ${n}`],
  ).flat();
  expect(replies.map(({ text }) => text)).toEqual(expected);
  expect(jobRuns(turn.job)).toBe(false);
}, 120_000);

/** Whether the last and newest thing that was heard is a question. */
function endsAsking(log: string): boolean {
  const lines = log.trim().split("\n");
  const last = JSON.parse(lines.at(-1)!);
  return last.said?.kind === "ask" && lines.every((line) => (JSON.parse(line).n ?? 0) <= last.n);
}

/** A server's part: opens the turn, writes down what it hears, answers each question after a while. */
function parentScript(turn: Omit<TurnOptions, "hear" | "runner">, log: string): string {
  const file = join(turn.dir, "..", `${turn.job}.ts`);
  const from = (path: string) => JSON.stringify(join(import.meta.dir, path));
  writeFileSync(
    file,
    `import { appendFileSync } from "node:fs";
     import { openTurn } from ${from("../../src/commis/turn/turn.ts")};
     import { fakeRunner } from ${from("../support/fake-agent.ts")};
     const note = (line) => appendFileSync(${JSON.stringify(log)}, JSON.stringify(line) + "\\n");
     const opening = openTurn({ ...${JSON.stringify(turn)}, runner: fakeRunner, hear(said, n) {
       note({ n, said });
       if (said.kind === "ask") setTimeout(async () => (await opening).decide(said.ask.id, { kind: "once" }), 40);
     } });
     const open = await opening;
     note({ opened: true });
     note({ outcome: await open.ended });
     process.exit(0);`,
  );
  return file;
}

function begin(script: readonly string[], extra: Partial<TurnOptions> = {}) {
  const heard: Said[] = [];
  const all = { ...options(script), ...extra };
  return {
    options: all,
    open: reopen(all, heard),
    asked: () => heard.flatMap((one) => (one.kind === "ask" ? [one.ask.id] : [])),
    replies: () => heard.flatMap((one) => (one.kind === "reply" ? [one.text] : [])),
  };
}

function reopen(turn: Omit<TurnOptions, "hear" | "runner">, heard: Said[] = []): Promise<OpenTurn> {
  return openTurn({ ...turn, runner: fakeRunner, hear: (one) => void heard.push(one) });
}

function options(script: readonly string[]): Omit<TurnOptions, "hear" | "runner"> {
  const job = `turn-${crypto.randomUUID()}`;
  jobs.push(job);
  const limits = { total: 60_000, silence: 60_000, grace: 500 };
  return { dir: join(tempDir(), "turn"), job, turn: said(script.join("\n")), env: { PATH: process.env.PATH }, limits };
}

function said(prompt: string): TurnOptions["turn"] {
  return { prompt, cwd: "/", resume: null, fork: false, model: null, permission: "ask", images: [], tools: null };
}
