/** What it costs to look, counted by strace, and what happens when the system has no more watches to give. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Heartbeat } from "../../src/domain/heartbeat.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, until } from "../support/agent-home.ts";
import { type IngestServer, startIngestServer } from "../support/ingest-server.ts";
import { HAS_STRACE, needing } from "../support/needs.ts";

const CHILD = join(import.meta.dir, "../support/ship-child.ts");

let home: AgentHome;
let server: IngestServer;
let heard: Heartbeat[];
const children: Bun.Subprocess[] = [];
beforeEach(() => {
  home = new AgentHome();
  server = startIngestServer();
  heard = [];
  server.heard = (heartbeat) => void heard.push(heartbeat as Heartbeat);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    await child.exited;
  }
  await home.close();
  await server.stop();
});

function start(wrap: readonly string[] = [], rescan = 200): Bun.Subprocess {
  const child = Bun.spawn([...wrap, process.execPath, CHILD, server.url, home.dir, String(rescan)], {
    stdout: "ignore",
    stderr: "ignore",
  });
  children.push(child);
  return child;
}

const archived = (path: string) => server.bytesOf(path)?.toString();

async function ended(child: Bun.Subprocess) {
  child.kill("SIGTERM");
  await child.exited;
}

needing(HAS_STRACE, "needs strace")(
  "neither a start nor a look over everything reads a byte of an unchanged file",
  async () => {
    const paths = Array.from({ length: 40 }, (_, i) => home.write(`${i % 4}/${i}.jsonl`, `line ${i}\n`));
    const first = start();
    await until(() => paths.every((path) => server.bytesOf(path)));
    // The server has the last bytes before the shipper has noted that it does.
    await until(() =>
      Object.values(heard.at(-1)?.providers ?? {}).some(
        ({ sources, bytes, acked }) => sources === paths.length && acked === bytes,
      ),
    );
    await ended(first);

    const trace = join(home.dir, "trace");
    const second = start([
      "strace",
      "-D",
      "-f",
      "-y",
      "-qq",
      "-e",
      "trace=open,openat,read,pread64,readv",
      "-o",
      trace,
    ]);
    const fresh = home.write("0/fresh.jsonl", "new\n");
    await until(() => archived(fresh) === "new\n");
    await until(() => heard.length > 3);
    await Bun.sleep(1000);
    await ended(second);
    await until(() => existsSync(trace));

    const lines = readFileSync(trace, "utf8").split("\n");
    // Folders are listed by opening them: files end in .jsonl.
    const touched = lines.filter((line) => line.includes(`${home.sessions}/`) && line.includes(".jsonl"));
    expect(touched.filter((line) => line.includes("fresh.jsonl")).length).toBeGreaterThan(0);
    expect(touched.filter((line) => !line.includes("fresh.jsonl"))).toEqual([]);
  },
  30_000,
);

const LIMIT = 'echo 2 > /proc/sys/user/max_inotify_watches && exec "$@"';
const CAN_LIMIT =
  Bun.spawnSync(["unshare", "-Ur", "sh", "-c", LIMIT, "sh", "true"], { stderr: "ignore" }).exitCode === 0;

needing(CAN_LIMIT, "needs unshare -Ur")(
  "without watches it looks again and again, says so, and misses nothing",
  async () => {
    const paths = Array.from({ length: 6 }, (_, i) => home.write(`${i}/a.jsonl`, "one\n"));

    start(["unshare", "-Ur", "sh", "-c", LIMIT, "sh"]);
    await until(() => paths.every((path) => archived(path) === "one\n"));
    for (const path of paths) appendFileSync(path, "two\n");

    await until(() => paths.every((path) => archived(path) === "one\ntwo\n"));
    await until(() => heard.at(-1)?.polling === "ENOSPC");
  },
  30_000,
);

needing(CAN_LIMIT, "needs unshare -Ur")(
  "once there are watches again it watches again, and says so",
  async () => {
    const path = home.write("a/b/c/d/a.jsonl", "one\n");
    start(["unshare", "-Ur", "sh", "-c", `(sleep 1; echo 9999 > /proc/sys/user/max_inotify_watches) & ${LIMIT}`, "sh"]);
    await until(() => heard.some(({ polling }) => polling === "ENOSPC"));

    await until(() => heard.at(-1)?.polling === null);
    appendFileSync(path, "two\n");

    await until(() => archived(path) === "one\ntwo\n");
  },
  30_000,
);

const QUEUE = "/proc/sys/fs/inotify/max_queued_events";
const queued = existsSync(QUEUE) ? Number(readFileSync(QUEUE, "utf8")) : Number.POSITIVE_INFINITY;

needing(queued <= 100_000, "needs a queue of events that can be filled")(
  "more events than the system keeps make it look at everything",
  async () => {
    const first = home.write("a.jsonl", "x\n");
    const child = start([], 600_000);
    await until(() => archived(first) === "x\n");
    await Bun.sleep(300);

    child.kill("SIGSTOP");
    home.write("0.tmp", "");
    for (let i = 0; i < queued; i++) renameSync(home.path(`${i}.tmp`), home.path(`${i + 1}.tmp`));
    const lost = Array.from({ length: 10 }, (_, i) => home.write(`late/${i}.jsonl`, "x\n"));
    child.kill("SIGCONT");

    await until(() => lost.every((path) => archived(path) === "x\n"), 8000);
  },
  30_000,
);

test("asked to poll, it looks again and again and asks for no watches", async () => {
  const shipper = home.shipper(server.url, {}, undefined, { poll: 30 });
  const path = home.write("a.jsonl", "one\n");
  void shipForEver(shipper);
  await until(() => archived(path) === "one\n");

  appendFileSync(path, "two\n");

  await until(() => archived(path) === "one\ntwo\n");
  await until(() => heard.at(-1)?.polling === "asked");
  expect(shipper.polling).toBe("asked");
});
