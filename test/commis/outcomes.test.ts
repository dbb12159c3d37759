/**
 * What becomes of a turn, for every agent alike: programs under their names say what the real ones were recorded to say
 * (`test/fixtures/turns`), and end as they like.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { hatch, type HatchResult } from "../../src/commis/hatch/hatch.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { fakeCli, type Part } from "../support/fake-cli.ts";
import { tempDir } from "../support/temp.ts";

const AGENTS = ["claude", "codex", "gemini"] as const;
type Agent = (typeof AGENTS)[number];

/** Of each agent: the recording of a tool that it was not let use. */
const DENIED = { claude: "denied", codex: "denied-write", gemini: "denied-tool" } as const;
const USED_UP = { claude: "limit", codex: "used-up", gemini: "limit" } as const;
const GARBAGE = ["{not json", "[]", "null", "Warning: something odd", "\u0000\u0001\uFFFD", ""];

describe.each(AGENTS)("%s", (agent) => {
  test("exit 0 with an error for a result is an error, in its words", async () => {
    const { status, outcome } = await run(agent, recorded(agent, "fails"));
    expect([status, outcome.kind]).toEqual(["error", "error"]);
    expect(outcome.message).toContain("the model is ill");
  });

  test("exit 0 after tools that it was not let use is no success, and says which", async () => {
    const { status, outcome, exitCode } = await run(agent, recorded(agent, DENIED[agent]));
    expect([status, outcome.kind, exitCode]).toEqual(["error", "denied", 0]);
    expect(outcome.message).toMatch(/^It was not let (use \w+|do what it wanted: patch rejected.*)\.$/);
  });

  test("exit 0 without a result is lost, and what it had said is kept", async () => {
    const whole = recorded(agent, "works");
    const { status, outcome, output } = await run(agent, { out: withoutEnd(whole.out) });
    expect([status, outcome.kind]).toEqual(["error", "lost"]);
    expect(outcome.message).toBe("It ended without a result (exit code 0).");
    expect(output).toBe("It is done, as you wished.");
  });

  test("a crash without a result is lost, in its last words", async () => {
    const crash = { out: "", errors: "warning\nSegmentation fault\n", end: "exit 139" };
    const { status, outcome, exitCode } = await run(agent, crash);
    expect([status, outcome, exitCode]).toEqual(["error", { kind: "lost", message: "Segmentation fault" }, 139]);
  });

  test("garbage between the lines changes nothing", async () => {
    const { out } = recorded(agent, "works");
    const lines = out.split("\n").flatMap((line, n) => [GARBAGE[n % GARBAGE.length]!, line]);
    expect(await run(agent, { out: lines.join("\n") })).toMatchObject(WORKED);
  });

  test("a line of five megabytes that means nothing changes nothing, and one that is the reply is the reply", async () => {
    const { out } = recorded(agent, "works");
    const long = "x".repeat(5_000_000);
    const odd = `${long}\n{"type":"news","text":"${long}"}\n`;
    expect(await run(agent, { out: odd + out })).toMatchObject(WORKED);
    const { status, output } = await run(agent, { out: out.replaceAll(/as you wish(ed\.)?/g, long) });
    expect([status, output.startsWith("It is done, xxx"), output.length > 5_000_000]).toEqual(["ok", true, true]);
  });

  test("a used-up limit is one, with the time when it ends where that is told", async () => {
    const { status, outcome } = await run(agent, recorded(agent, USED_UP[agent]));
    expect([status, outcome.kind]).toEqual(["error", "limit"]);
    expect(outcome.message).toMatch(/used it up|usage limit|quota/);
    if (agent === "codex") expect(outcome.resetsAt).toBe(Date.UTC(2030, 0, 1));
  });

  test("a session that is not there to go on with is said to be so", async () => {
    const { status, outcome } = await run(agent, { ...recorded(agent, "no-session"), end: "exit 1" });
    expect([status, outcome.kind]).toEqual(["error", "no_session"]);
    expect(outcome.message).not.toBe("");
  });

  test("nobody signed in is a matter of configuration", async () => {
    const { status, outcome } = await run(agent, { ...recorded(agent, "auth"), end: "exit 1" });
    expect([status, outcome.kind]).toEqual(["config_error", "auth"]);
  });

  test("one that is ended by INT was interrupted, and not when it had its result before", async () => {
    const { out } = recorded(agent, "works");
    const cut = await run(agent, { out: withoutEnd(out), end: "kill -INT $$" });
    expect([cut.status, cut.exitCode, cut.outcome]).toEqual([
      "error",
      130,
      { kind: "interrupted", message: "It was ended by a signal." },
    ]);
    expect(await run(agent, { out, end: "kill -INT $$" })).toMatchObject({ ...WORKED, exitCode: 130 });
  });
});

test("the time when Claude's limit ends is the one that it reports, or that stands behind its message", async () => {
  const { out } = recorded("claude", "limit");
  const at = 1_893_456_000;
  const report = { type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt: at } };
  const told = await run("claude", { out: `${JSON.stringify(report)}\n${out}` });
  expect(told.outcome).toMatchObject({ kind: "limit", resetsAt: at * 1000 });
  const words = out.replaceAll("you have used it up", `Claude AI usage limit reached|${at}`);
  expect((await run("claude", { out: words })).outcome).toMatchObject({ kind: "limit", resetsAt: at * 1000 });
});

const WORKED = { status: "ok", output: "It is done, as you wished.", outcome: { kind: "ok", message: "" } };

function recorded(agent: Agent, name: string): Part {
  const file = join(import.meta.dir, "../fixtures/turns", agent, name);
  const { exit } = JSON.parse(readFileSync(`${file}.turn.json`, "utf8")) as { exit: { errors: string } };
  return { out: readFileSync(`${file}.out.jsonl`, "utf8"), errors: exit.errors };
}

/** All but the line that tells how it went. */
function withoutEnd(out: string): string {
  const lines = out.split("\n").filter((line) => !/"type":"(result|turn\.completed)"/.test(line));
  return lines.join("\n");
}

function run(agent: Agent, part: Part): Promise<HatchResult> {
  const rest = { resume: null, fork: false, model: null, permission: "all", images: [], tools: null } as const;
  return hatch({
    runner: PROVIDERS.find(({ name }) => name === agent)!.runner!,
    turn: { prompt: "Please do it.", cwd: tempDir(), ...rest },
    env: { PATH: [fakeCli(agent, part), process.env["PATH"] ?? ""].join(delimiter) },
    limits: { total: 60_000, silence: 60_000, grace: 500 },
  });
}
