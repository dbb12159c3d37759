/** `longhouse resume` between machines: a server, a laptop whose session it is, and agents that are scripts. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { sessionId } from "../../src/lib/id.ts";
import { cli, homes, type Homes, type Serving, serving } from "../support/cli.ts";
import { psid, talk } from "../support/fill.ts";
import { tempDir } from "../support/temp.ts";

// Processes are started; on a busy machine that takes its time.
setDefaultTimeout(60_000);

const [laptop, server] = [homes(), homes()];
let serves: Serving;
let token: string;
const ID = psid(1);
const SESSION = sessionId("claude", ID);
const cwd = join(laptop.user, "it's mine");
const file = (where: Homes, folder: string, id = ID) =>
  join(where.user, ".claude/projects", folder.replace(/[^A-Za-z0-9]/g, "-"), `${id}.jsonl`);

/** PATH with an agent that notes how it was called, and goes on with the session it was given. */
const bin = tempDir("bin");
const path = () => ({ PATH: `${bin}:${process.env["PATH"]}` });

beforeAll(async () => {
  const agent = `#!/bin/sh
{ pwd; printf '%s\\n' "$@"; env | grep -c ^LONGHOUSE_; } > "$HOME/called"
[ -e "$HOME/make" ] && echo made > made.txt
exit 7
`;
  writeFileSync(join(bin, "claude"), agent);
  chmodSync(join(bin, "claude"), 0o755);
  mkdirSync(cwd);
  mkdirSync(dirname(file(laptop, cwd)), { recursive: true });
  writeFileSync(file(laptop, cwd), talk(3, { id: ID, cwd }));
  serves = await serving(server, ["--no-ship"]);
  const minted = await fetch(`${serves.url}/api/devices/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${serves.token}`, "content-type": "application/json" },
    body: JSON.stringify({ device_id: "laptop", scope: "device" }),
  });
  token = ((await minted.json()) as { token: string }).token;
  const { code, stderr } = await on(laptop, "ship", "--json");
  expect([code, stderr]).toEqual([0, ""]);
  for (let quiet = 0; quiet < 2; await Bun.sleep(50)) {
    const { derive } = await serves.json<{ derive: { behind_bytes: number } }>("/api/status");
    quiet = derive.behind_bytes === 0 ? quiet + 1 : 0;
  }
}, 60_000);
afterAll(() => serves.stop(), 60_000);

const on = (where: Homes, ...args: string[]) =>
  cli(where, [...args, "--url", serves.url], { LONGHOUSE_TOKEN: where === server ? serves.token : token, ...path() });
const called = ({ user }: Homes) => readFileSync(join(user, "called"), "utf8").trim().split("\n");
/** A machine that knows the server and has nothing else; its name is its own. */
function machine(): Homes {
  const where = homes();
  mkdirSync(where.home, { recursive: true });
  writeFileSync(join(where.home, "device"), "desk\n");
  return where;
}

describe("on another machine", () => {
  test("it is restored to the byte, and the agent is started there; its exit code is ours", async () => {
    const desk = machine();

    const { code, stderr } = await on(desk, "resume", SESSION, "--workspace", "scratch");

    const [dir, ...args] = called(desk);
    const scratch = join(desk.home, "workspaces", `session-${SESSION.slice(0, 12)}`);
    expect([code, dir, args]).toEqual([7, scratch, [`--resume=${ID}`, "0"]]);
    expect(readFileSync(file(desk, scratch)).equals(readFileSync(file(laptop, cwd)))).toBe(true);
    expect(stderr).toContain("in place");
    // Nothing was made in it.
    expect(existsSync(scratch)).toBe(false);
  });

  test("what the agent made stays, and is told", async () => {
    const desk = machine();
    writeFileSync(join(desk.user, "make"), "");

    const { stderr } = await on(desk, "resume", SESSION, "--workspace", "scratch");

    const scratch = join(desk.home, "workspaces", `session-${SESSION.slice(0, 12)}`);
    expect(stderr).toContain(`stays in ${scratch}`);
    expect(readdirSync(scratch)).toEqual(["made.txt"]);
  });

  test("where it is to work is asked for, and said where nobody can be asked", async () => {
    const desk = machine();

    const { code, stderr } = await on(desk, "resume", SESSION);

    expect(code).toBe(2);
    expect(stderr).toContain("It worked on another machine");
    expect(stderr).toContain("--workspace");
    expect([existsSync(join(desk.user, "called")), existsSync(join(desk.user, ".claude"))]).toEqual([false, false]);
  });

  test("--cwd names the folder, by the agent's own id too", async () => {
    const desk = machine();
    const dir = realpathSync(tempDir());

    const { code } = await on(desk, "resume", ID, "--cwd", dir, "--fork");

    expect([code, called(desk)[0], called(desk).slice(1, 3)]).toEqual([7, dir, [`--resume=${ID}`, "--fork-session"]]);
  });

  test("--print restores it and says the one line, which a shell runs", async () => {
    const desk = machine();
    const dir = join(realpathSync(tempDir()), "it's here");
    mkdirSync(dir);

    const { code, stdout } = await on(desk, "resume", SESSION, "--cwd", dir, "--print");

    expect([code, existsSync(join(desk.user, "called")), stdout.trim().split("\n")]).toHaveProperty("2.length", 1);
    const env = { ...path(), HOME: desk.user };
    Bun.spawnSync(["sh", "-c", stdout], { env, stdio: ["ignore", "ignore", "ignore"] });
    expect(called(desk).slice(0, 2)).toEqual([dir, `--resume=${ID}`]);
  });

  test("--json says the same as one object", async () => {
    const desk = machine();

    const { stdout } = await on(desk, "resume", SESSION, "--workspace", "scratch", "--json");

    expect(JSON.parse(stdout)).toMatchObject({
      session_id: SESSION,
      provider_session_id: ID,
      workspace: { kind: "scratch" },
      argv: ["claude", `--resume=${ID}`],
    });
  });

  test("local lines that the archive does not have are not touched", async () => {
    const desk = machine();
    const dir = realpathSync(tempDir());
    mkdirSync(dirname(file(desk, dir)), { recursive: true });
    writeFileSync(file(desk, dir), `{"own":1}\n`);

    const { code, stderr } = await on(desk, "resume", SESSION, "--cwd", dir);

    expect([code, readFileSync(file(desk, dir), "utf8")]).toEqual([1, `{"own":1}\n`]);
    expect(stderr).toContain("fork");
  });

  test("one that is open in a terminal here is refused, and a fork is offered", async () => {
    const desk = machine();
    const dir = realpathSync(tempDir());
    const signal = { pid: process.pid, sessionId: ID, status: "idle", startedAt: Date.now() };
    mkdirSync(join(desk.user, ".claude/sessions"), { recursive: true });
    writeFileSync(join(desk.user, `.claude/sessions/${process.pid}.json`), JSON.stringify(signal));

    const refused = await on(desk, "resume", SESSION, "--cwd", dir);
    const forked = await on(desk, "resume", SESSION, "--cwd", dir, "--fork");

    expect([refused.code, forked.code]).toEqual([1, 7]);
    expect(refused.stderr).toContain("open in a terminal");
    expect(refused.stderr).toContain("--fork");
  });

  test("nothing that was fetched stays behind", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("longhouse-resume-"));

    await on(machine(), "resume", SESSION, "--workspace", "scratch", "--print");

    const after = readdirSync(tmpdir()).filter((name) => name.startsWith("longhouse-resume-"));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });
});

test("on its own machine it goes on in its own folder, unasked", async () => {
  mkdirSync(laptop.home, { recursive: true });
  writeFileSync(join(laptop.home, "device"), "laptop\n");

  const { code } = await on(laptop, "resume", SESSION);

  expect([code, called(laptop)[0]]).toEqual([7, cwd]);
});

test("at a terminal the places are shown, and the answer counts", async () => {
  const desk = machine();
  writeFileSync(join(desk.home, "url"), serves.url);
  writeFileSync(join(desk.home, "token"), token);

  const { screen } = await answered(desk, ["resume", SESSION, "--print"], "scratch\r");

  expect(screen).toContain("Where here?");
  expect(screen).toContain(`claude --resume=${ID}`);
});

/** Types an answer at a terminal once it is asked for. */
async function answered(where: Homes, args: readonly string[], answer: string): Promise<{ readonly screen: string }> {
  let screen = "";
  const main = join(import.meta.dir, "../../src/main.ts");
  const child = Bun.spawn([process.execPath, main, ...args], {
    env: { ...path(), HOME: where.user, LONGHOUSE_HOME: where.home, TERM: "xterm", NO_COLOR: "1" },
    cwd: where.user,
    terminal: { cols: 300, rows: 40, data: (_, bytes) => void (screen += new TextDecoder().decode(bytes)) },
  });
  while (!/1-\d: /.test(screen) && child.exitCode === null) await Bun.sleep(20);
  child.terminal!.write(answer);
  await child.exited;
  await Bun.sleep(50);
  return { screen };
}

describe("is told clearly", () => {
  test.each([
    ["a session that is not there", ["resume", "5b0f1c52-0001-4000-8000-ffffffffffff"], 1, "no session"],
    ["an id that is none", ["resume", "../../x"], 2, "no session id"],
    ["a place that is none", ["resume", SESSION, "--workspace", "moon"], 2, "Accepted"],
    ["a folder that is none", ["resume", SESSION, "--cwd", "/nowhere/at/all"], 2, "no folder"],
  ] as const)("%s", async (_, args, code, words) => {
    const ran = await on(machine(), ...args);

    expect([ran.code, ran.stderr.includes(words)]).toEqual([code, true]);
  });

  test("an agent that is not installed, with how one gets it", async () => {
    const desk = machine();
    const env = { LONGHOUSE_TOKEN: token, PATH: "/usr/bin:/bin" };

    const { code, stderr } = await cli(desk, ["resume", SESSION, "--url", serves.url, "--workspace", "scratch"], env);

    expect([code, stderr.includes("npm install")]).toEqual([1, true]);
  });

  test("a token that may only ingest", async () => {
    const minted = await fetch(`${serves.url}/api/devices/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${serves.token}`, "content-type": "application/json" },
      body: JSON.stringify({ device_id: "thief", scope: "ingest" }),
    });
    const { token: stolen } = (await minted.json()) as { token: string };

    const { code } = await cli(machine(), ["resume", SESSION, "--url", serves.url], { LONGHOUSE_TOKEN: stolen });

    expect(code).toBe(4);
  });
});
