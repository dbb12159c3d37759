import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { hatch, type HatchOptions } from "../../src/commis/hatch/hatch.ts";
import type { Said, Turn } from "../../src/domain/turn.ts";
import { fakeRunner, says } from "../support/fake-agent.ts";
import { tempDir } from "../support/temp.ts";

const OK = says({ kind: "outcome", outcome: { kind: "ok", message: "" } });
const REPLY = says({ kind: "reply", text: "it's done" });

test("a turn that ends well gives its final reply, its session and what it used", async () => {
  const tokens = { input: 3, output: 5, cache_read: 0, cache_write: 0, reasoning: 0 };
  const script = [
    says({ kind: "session", id: "abc" }),
    says({ kind: "reply", text: "first" }),
    says({ kind: "delta", text: "it's " }),
    REPLY,
    says({ kind: "usage", tokens, costUsd: 0.5 }),
    OK,
  ];
  const result = await run(script);
  expect(result).toMatchObject({
    status: "ok",
    output: "it's done",
    sessionId: "abc",
    tokens,
    costUsd: 0.5,
    exitCode: 0,
  });
  expect(result.outcome).toEqual({ kind: "ok", message: "" });
});

test("what it says is heard in order while it goes on", async () => {
  const heard: Said["kind"][] = [];
  await run([says({ kind: "delta", text: "a" }), REPLY, OK], { hear: ({ kind }) => heard.push(kind) });
  expect(heard).toEqual(["delta", "reply", "outcome"]);
});

test("exit code 0 without a final word is no success", async () => {
  expect(await run(["exit 0"])).toMatchObject({ status: "error", outcome: { kind: "lost" }, exitCode: 0 });
});

test("an exit code other than 0 after a final word is success all the same", async () => {
  expect(await run([REPLY, OK, "exit 3"])).toMatchObject({ status: "ok", exitCode: 3, output: "it's done" });
});

test("a turn that says it failed is an error though it exits with 0", async () => {
  const failed = says({ kind: "outcome", outcome: { kind: "error", message: "the model said no" } });
  expect(await run([failed])).toMatchObject({
    status: "error",
    outcome: { message: "the model said no" },
    exitCode: 0,
  });
});

test("somebody who is not signed in has to configure something", async () => {
  const auth = says({ kind: "outcome", outcome: { kind: "auth", message: "log in" } });
  expect(await run([auth, "exit 1"])).toMatchObject({ status: "config_error" });
});

test("garbage, a line of five megabytes and torn lines are passed over", async () => {
  const script = [
    `printf '\\377\\000{{{\\n'`,
    `head -c 5000000 /dev/zero | tr '\\0' x; echo`,
    REPLY,
    OK,
    "printf torn",
  ];
  expect(await run(script)).toMatchObject({ status: "ok", output: "it's done" });
});

test("a last line without its end counts", async () => {
  expect(await run([REPLY, OK.replace("\\n", "")])).toMatchObject({ status: "ok" });
});

test("what was written of a reply that is cut off is kept", async () => {
  const script = [says({ kind: "delta", text: "half a " }), says({ kind: "delta", text: "word" }), "sleep 600"];
  const result = await run(script, { limits: { total: 500, silence: 60_000, grace: 200 } });
  expect(result).toMatchObject({ status: "timeout", output: "half a word", exitCode: null });
  expect(result.outcome.message).toBe("It was ended after 0.5 s.");
});

test("an agent that says nothing for too long is ended", async () => {
  const result = await run([REPLY, "sleep 600"], { limits: { total: 60_000, silence: 400, grace: 200 } });
  expect(result).toMatchObject({ status: "timeout", outcome: { message: "It said nothing for 0.4 s." } });
});

test("an agent that ignores TERM is ended with all that it started", async () => {
  const nap = `sleep 7${Math.floor(Math.random() * 1e9)}`;
  const script = ["trap '' TERM", `setsid sh -c "trap '' TERM; ${nap}" &`, `(${nap} &)`, `${nap}`, nap];
  const result = await run(script, { limits: { total: 400, silence: 60_000, grace: 200 } });
  expect(result.status).toBe("timeout");
  expect(alive(nap)).toBe(0);
});

test("what a successful agent leaves in the background goes with it", async () => {
  const nap = `sleep 8${Math.floor(Math.random() * 1e9)}`;
  expect(await run([`setsid ${nap} &`, REPLY, OK])).toMatchObject({ status: "ok" });
  expect(alive(nap)).toBe(0);
});

test("a person's wish to stop is heeded, and a second one without grace", async () => {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const limits = { total: 60_000, silence: 60_000, grace: 60_000 };
  const going = run(["trap '' TERM", "while :; do sleep 0.05; done"], { stop: stop.signal, kill: kill.signal, limits });
  await Bun.sleep(200);
  stop.abort();
  await Bun.sleep(200);
  kill.abort();
  expect(await going).toMatchObject({ status: "error", outcome: { kind: "interrupted", message: "It was stopped." } });
});

test("a program that is not installed is said to be so, with how to get it", async () => {
  const runner = { ...fakeRunner, program: "no-agent", install: "npm i -g no-agent" };
  const headless = () => ({ ...fakeRunner.headless(turn(""), "/"), command: { argv: ["no-agent"] as const, env: {} } });
  const result = await run([], { runner: { ...runner, headless } });
  expect(result).toMatchObject({ status: "not_found", exitCode: null });
  expect(result.outcome.message).toBe("no-agent is not installed, or not in PATH. Install it: npm i -g no-agent");
});

test("a folder that is not there is a mistake of the caller's", async () => {
  const there = { ...turn("exit 0"), cwd: "/no/such/folder" };
  expect(await run([], { turn: there })).toMatchObject({ status: "config_error" });
});

test("no secret of ours and nothing of an agent around us reaches the agent", async () => {
  const secrets = {
    LONGHOUSE_TOKEN: "s1",
    LONGHOUSE_PASSWORD: "s2",
    GOOGLE_CLIENT_SECRET: "s3",
    DATABASE_URL: "s4",
    CLAUDECODE: "1",
    CLAUDE_CODE_SESSION_ID: "s5",
    CLAUDE_CODE_MESSAGING_TOKEN: "s6",
    AWS_SECRET_ACCESS_KEY: "s7",
    OTHER_API_KEY: "s8",
  };
  const env = {
    PATH: process.env.PATH,
    HOME: "/h",
    LC_ALL: "C",
    FAKE_KEY: "its own",
    HTTPS_PROXY: "http://p",
    ...secrets,
  };
  const names = ["env | cut -d= -f1 | sort | tr '\\n' ' ' >&2"];
  const { errors } = await run(names, { env });
  const given = errors.split(" ").filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name));
  expect(given).toEqual(["FAKE_KEY", "HOME", "HTTPS_PROXY", "LC_ALL", "LONGHOUSE_JOB_ID", "PATH", "SET_BY_COMMAND"]);
});

test("nothing is left in the temporary folder", async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith("longhouse-hatch-"));
  await run([OK]);
  const after = readdirSync(tmpdir()).filter((name) => name.startsWith("longhouse-hatch-"));
  expect(after.filter((name) => !before.includes(name))).toEqual([]);
});

function run(script: readonly string[], options: Partial<HatchOptions> = {}) {
  const limits = { total: 60_000, silence: 60_000, grace: 500 };
  const env = { PATH: process.env.PATH };
  return hatch({ runner: fakeRunner, turn: turn(script.join("\n")), env, limits, ...options });
}

function turn(prompt: string): Turn {
  const rest = { resume: null, fork: false, model: null, permission: "all", images: [], tools: null } as const;
  return { prompt, cwd: tempDir(), ...rest };
}

function alive(command: string): number {
  const ran = Bun.spawnSync(["ps", "-axo", "args="]).stdout.toString().split("\n");
  return ran.filter((args) => args === command).length;
}
