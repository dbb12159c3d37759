import { afterEach, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFifo, writeFifo } from "../../../src/lib/process/fifo.ts";
import { identityOf, isRunning } from "../../../src/lib/process/identity.ts";
import { launch, type Launch, MARKER } from "../../../src/lib/process/launch.ts";
import { jobRuns, stopJob } from "../../../src/lib/process/stop.ts";
import { markedProcesses } from "../../../src/lib/process/table.ts";
import { tempDir } from "../../support/temp.ts";
import { until } from "../../support/agent-home.ts";

const jobs: string[] = [];

afterEach(async () => {
  for (const job of jobs.splice(0)) await stopJob({ job, root: null, graceMs: 0 });
});

test("a process gets what it is given in its environment and the marker, and nothing of ours", async () => {
  process.env.LONGHOUSE_PLANTED = "secret";
  const { exited, out } = start(["sh", "-c", "env"], { env: { PATH: "/usr/bin:/bin", GIVEN: "yes" } });
  expect(await exited).toBe(0);
  delete process.env.LONGHOUSE_PLANTED;
  const names = out().match(/^\w+(?==)/gm);
  expect(names?.filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name)).toSorted()).toEqual(
    ["GIVEN", MARKER, "PATH"].toSorted(),
  );
});

test("a process leads a session of its own and writes to its files without us", async () => {
  const { identity, out, exited } = start(["sh", "-c", "cut -d' ' -f1,5,6 /proc/$$/stat; echo said >&2"]);
  expect(await exited).toBe(0);
  expect(out().trim()).toBe(`${identity.pid} ${identity.pid} ${identity.pid}`);
});

test("the end of a process is told as its code, or as 128 and its signal", async () => {
  expect(await start(["sh", "-c", "exit 7"]).exited).toBe(7);
  expect(await start(["sh", "-c", "kill -TERM $$"]).exited).toBe(143);
});

test("a program or folder that is not there is said to be so", () => {
  expect(() => start(["no-such-agent"])).toThrow("no-such-agent is not installed");
  expect(() => start(["sh"], { cwd: "/nowhere/at/all" })).toThrow("there is no folder /nowhere/at/all");
});

test("a pid that another process bears now is not the one that was written down", () => {
  const mine = identityOf(process.pid)!;
  expect(isRunning(mine)).toBe(true);
  expect(isRunning({ ...mine, start: "1" })).toBe(false);
  expect(isRunning({ ...mine, boot: "another" })).toBe(false);
});

test("a process with a pipe for input never reads its end, and reads what whoever comes after writes", async () => {
  const fifo = join(tempDir(), "in");
  makeFifo(fifo);
  const { out, identity } = start(["cat"], { stdin: { fifo } });
  expect(await writeFifo(fifo, "first\n", 1000)).toBe(true);
  await until(() => out() === "first\n");
  const long = `${"x".repeat(300_000)}\n`;
  expect(await writeFifo(fifo, long, 10_000)).toBe(true);
  await until(() => out().length === 6 + long.length);
  expect(isRunning(identity)).toBe(true);
});

test("writing to a process that has ended says so", async () => {
  const fifo = join(tempDir(), "in");
  makeFifo(fifo);
  const { exited } = start(["true"], { stdin: { fifo } });
  await exited;
  expect(await writeFifo(fifo, "anybody?\n", 1000)).toBe(false);
});

test("a process that reads nothing makes the writer give up, not wait for ever", async () => {
  const fifo = join(tempDir(), "in");
  makeFifo(fifo);
  start(["sleep", "60"], { stdin: { fifo } });
  expect(writeFifo(fifo, "x".repeat(200_000), 100)).rejects.toThrow("does not read");
});

/** `NAP` is a sleep that no other process of the machine sleeps. */
const DODGERS = {
  "one that ignores TERM": "trap '' TERM; while :; do NAP & wait; done",
  "a grandchild in a session of its own": "setsid NAP & NAP",
  "an orphan of a double fork": "(setsid sh -c 'trap \"\" TERM; NAP & NAP' &) ; exit 0",
  "one that forks again and again": "f() { sleep 0.02; sh -c 'NAP &' ; f; }; trap '' TERM; f",
  "a child that dropped the marker": "env -i /bin/NAP & NAP",
} as const;

for (const [name, script] of Object.entries(DODGERS))
  test(`nothing of a job is left after a stop: ${name}`, async () => {
    const nap = `sleep 6${Math.floor(Math.random() * 1e9)}`;
    const { identity, job } = start(["sh", "-c", script.replaceAll("NAP", nap)]);
    const bystander = start(["sleep", "600"]);
    await until(() => running(nap) > 0);
    expect(await stopJob({ job, root: identity, graceMs: 200 })).toEqual([]);
    expect(jobRuns(job)).toBe(false);
    expect(running(nap)).toBe(0);
    expect(isRunning(bystander.identity)).toBe(true);
  });

test("a process may clean up after TERM before it is killed", async () => {
  const file = join(tempDir(), "cleaned");
  const { identity, job } = start([
    "sh",
    "-c",
    `trap 'echo done > ${file}; exit 0' TERM; while :; do sleep 0.05; done`,
  ]);
  await Bun.sleep(200);
  await stopJob({ job, root: identity, graceMs: 5000 });
  expect(readFileSync(file, "utf8")).toBe("done\n");
});

test("a process goes on when the one that started it is killed, and is found by its marker", async () => {
  const dir = tempDir();
  const job = `job-${crypto.randomUUID()}`;
  jobs.push(job);
  const starter = join(dir, "starter.ts");
  writeFileSync(
    starter,
    `import { launch } from ${JSON.stringify(join(import.meta.dir, "../../../src/lib/process/launch.ts"))};
     launch({ argv: ["sh", "-c", "sleep 1; echo outlived"], cwd: "/", env: { PATH: "/usr/bin:/bin" }, job: "${job}", stdin: null,
       stdout: "${dir}/out", stderr: "${dir}/err" });
     console.log("started"); setInterval(() => {}, 1000);`,
  );
  const parent = Bun.spawn([process.execPath, starter], { stdout: "pipe" });
  await parent.stdout.getReader().read();
  parent.kill("SIGKILL");
  await parent.exited;
  expect(markedProcesses(MARKER, job).length).toBeGreaterThan(0);
  await until(() => existsSync(`${dir}/out`) && readFileSync(`${dir}/out`, "utf8") === "outlived\n");
});

function start(argv: Launch["argv"], extra: Partial<Launch> = {}) {
  const dir = tempDir();
  const job = `job-${crypto.randomUUID()}`;
  jobs.push(job);
  const env = { PATH: process.env.PATH ?? "" };
  const files = { stdout: join(dir, "out"), stderr: join(dir, "err") };
  const started = launch({ argv, cwd: dir, env, job, stdin: null, ...files, ...extra });
  return { ...started, job, out: () => readFileSync(files.stdout, "utf8") };
}

function running(command: string): number {
  const ran = Bun.spawnSync(["ps", "-axo", "args="]).stdout.toString().split("\n");
  return ran.filter((args) => args.replace(/^\/bin\//, "") === command).length;
}
