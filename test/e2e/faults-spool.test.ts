/** The shipper's own disk, database, clock and reads fail (docs: faults, sections 2.1 and 2.2). */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claudeFile } from "../support/agents.ts";
import { clockShim } from "../support/clock-shim.ts";
import { psid } from "../support/fill.ts";
import { CAN_MOUNT, HAS_STRACE, needing } from "../support/needs.ts";
import { begin, expectKept, grow, line, openScene, type Scene } from "../support/scene.ts";
import { smallDisk } from "../support/small-disk.ts";
import { tempDir } from "../support/temp.ts";

const SPOOL = ".claude/longhouse-shipper-spool.db";
let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const now = (path: string) => readFileSync(path);

const DAMAGES: Record<string, (path: string) => void> = {
  "is garbage": (path) => writeFileSync(path, "no database at all ".repeat(1000)),
  "is empty": (path) => truncateSync(path, 0),
  "has another header": (path) => writeFileSync(path, Buffer.concat([Buffer.alloc(20, 7), now(path).subarray(20)])),
  "is half of itself": (path) => truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096),
  "is missing": (path) => rmSync(path),
};

test.each(Object.keys(DAMAGES))(
  "a spool that %s is set aside and built anew from files and server: nothing lost, nothing twice",
  async (damage) => {
    const n = 10 + Object.keys(DAMAGES).indexOf(damage);
    const path = begin(scene, n);
    await expectKept(scene, path, now(path));
    const back = scene.shipper.strike({ how: "SIGKILL", away: 500 });
    await Bun.sleep(150);
    for (const end of ["-wal", "-shm"]) rmSync(join(scene.home, SPOOL + end), { force: true });
    DAMAGES[damage]!(join(scene.home, SPOOL));
    appendFileSync(path, line(n, `while it ${damage}`));
    await back;

    await expectKept(scene, path, now(path));
    expect(scene.shipper.surprises()).toBe(0);
  },
  60_000,
);

/** Of the shipper: the call, and the how-manieth of it is its last. */
const POINTS = [
  ["pwrite64", 2], ["pwrite64", 7], ["pwrite64", 20], ["pwrite64", 60], ["pwrite64", 150],
  ["fsync", 1], ["fsync", 2], ["fdatasync", 1], ["fdatasync", 3], ["ftruncate", 1], ["unlink", 1],
] as const; // prettier-ignore

needing(HAS_STRACE, "needs strace, and leave to trace")(
  "a shipper killed at a given write or sync of its spool leaves one that goes on",
  async () => {
    const own = await openScene();
    await own.shipper.strike({ how: "SIGKILL", away: 0 });
    await own.shipper.end();
    const paths: string[] = [];
    let killed = 0;
    for (const [i, [call, nth]] of POINTS.entries()) {
      own.proxy.set(i % 2 === 0 ? { kind: "silence" } : { kind: "pass" });
      const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:signal=KILL:when=${nth}`];
      const doomed = await own.another({ wrap: ["strace", "-D", "-f", "-qq", "-o", "/dev/null", ...inject] });
      paths.push(begin(own, 100 + i));
      for (const deadline = performance.now() + 3000; performance.now() < deadline && doomed.surprises() === 0;) {
        for (const [k, path] of paths.entries()) appendFileSync(path, line(100 + k, `${i} ${performance.now()}`));
        await Bun.sleep(60);
      }
      killed += doomed.surprises();
      if (doomed.surprises() === 0) await doomed.end();
    }
    own.proxy.set({ kind: "pass" });
    const last = await own.another();

    for (const path of paths) await expectKept(own, path, now(path));
    console.log(`${killed} of ${POINTS.length} system calls were the last`);
    expect(killed).toBeGreaterThan(4);
    await last.end();
    expect(sound(join(own.home, SPOOL))).toEqual([{ integrity_check: "ok" }]);
    await own.machines.server.end();
    own.proxy.close();
  },
  120_000,
);

function sound(path: string) {
  const db = new Database(path, { readonly: true });
  try {
    return db.query("PRAGMA integrity_check").all();
  } finally {
    db.close();
  }
}

needing(CAN_MOUNT, "needs root and leave to mount")(
  "a full disk under the spool costs nothing: it says so, stays alive, and goes on when there is room",
  async () => {
    const disk = smallDisk("3m");
    const home = tempDir("home");
    const own = await openScene({ home, env: { CLAUDE_CONFIG_DIR: disk.dir } });
    const at = (n: number) => join(home, ".codex/sessions/2026/03/04", `rollout-2026-03-04T09-00-00-${psid(n)}.jsonl`);
    const path = grow(at(1), "one\n");
    await expectKept(own, path, "one\n");
    disk.fill();
    appendFileSync(path, "two\n");
    const other = grow(at(2), "another\n");
    await Bun.sleep(3000);
    disk.free();
    appendFileSync(path, "three\n");

    await expectKept(own, path, "one\ntwo\nthree\n");
    await expectKept(own, other, "another\n");
    expect(own.shipper.surprises()).toBe(0);
    await own.close();
    disk.close();
  },
  60_000,
);

needing(HAS_STRACE, "needs strace, and leave to trace")(
  "a file whose reads fail moves no offset, costs nobody else, and arrives when they succeed",
  async () => {
    const home = tempDir("home");
    const path = claudeFile(home, 1);
    const inject = ["-P", path, "-e", "trace=pread64", "-e", "inject=pread64:error=EIO:when=1..2"];
    const own = await openScene({ home, wrap: ["strace", "-D", "-f", "-qq", "-o", "/dev/null", ...inject] });
    grow(path, line(1, "hard to read"));
    const other = begin(own, 2);

    await expectKept(own, other, now(other));
    await expectKept(own, path, now(path));
    expect(own.said().split("EIO").length - 1).toBeLessThan(4);
    await own.close();
  },
  60_000,
);

const shim = clockShim();
needing(shim !== null, "needs a C compiler and Linux")(
  "a clock that jumps by a day, back and forth, while the server is away keeps nobody waiting",
  async () => {
    const own = await openScene({ env: shim!.env });
    const path = begin(own, 1);
    await expectKept(own, path, now(path));
    for (const days of [1, -1]) {
      const back = own.machines.server.strike({ how: "SIGKILL", away: 2500 });
      appendFileSync(path, line(1, `before the jump of ${days}`));
      await Bun.sleep(1200);
      shim!.jump(days * 86_400);
      appendFileSync(path, line(1, `after the jump of ${days}`));
      await back;
      await expectKept(own, path, now(path));
    }
    await own.close();
  },
  90_000,
);

test("a server that says 429 for ever fills no disk: what waits stays within its bound, and what stands arrives", async () => {
  const home = tempDir("home");
  const own = await openScene({ home });
  await own.shipper.end();
  mkdirSync(join(home, ".longhouse"), { recursive: true });
  const bounded = await own.another({ env: { LONGHOUSE_HOME: join(home, ".longhouse") } });
  writeFileSync(join(home, ".longhouse/config.toml"), "[shipper]\nspool_mb = 1\n");
  await bounded.strike({ how: "SIGKILL", away: 0 });
  own.proxy.set({ kind: "answer", answer: "slow_down" });
  const noise = () => `${Buffer.from(crypto.getRandomValues(new Uint8Array(45_000))).toString("base64")}\n`;
  for (let i = 0; i < 60; i++) {
    const path = claudeFile(home, i, "-w-flood");
    grow(path, noise());
    await Bun.sleep(60);
    if (i > 30) rmSync(claudeFile(home, i - 30, "-w-flood"), { force: true });
  }
  const path = begin(own, 99);
  await Bun.sleep(2500);
  const used = ["", "-wal"].map((end) => statSync(join(home, SPOOL + end), { throwIfNoEntry: false })?.size ?? 0);

  expect(used[0]).toBeLessThan(3_000_000);
  expect(used[1]).toBeLessThan(8_000_000);
  own.proxy.set({ kind: "pass" });
  await expectKept(own, path, now(path));
  await bounded.end();
  await own.machines.server.end();
  own.proxy.close();
}, 60_000);
