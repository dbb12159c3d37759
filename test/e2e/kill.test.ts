/** kill -9 of the compiled server at any moment: what was acknowledged is there, what is read of it is complete. */
import { expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { claudeFile, put } from "../support/agents.ts";
import { append, expectComplete, expectKept, expectSound, growing } from "../support/killed.ts";
import type { Growing } from "../support/killed.ts";
import { HAS_STRACE, needing } from "../support/needs.ts";
import { seeded } from "../support/random.ts";
import { search, sourcesAt } from "../support/remote.ts";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { expectArchived } from "../support/shipping.ts";
import { tempDir } from "../support/temp.ts";

const KILLS = 10;
const START_MS = 5000;

/** Starts on the same archive again, and tells when that takes too long. */
async function again(data: string): Promise<Server> {
  const server = await startServer({ data });
  expect(server.readyMs).toBeLessThan(START_MS);
  return server;
}

test("ten kills while several sessions are appended to: no acknowledged byte is lost, every event is there", async () => {
  const random = seeded(9);
  const files = growing(12, 150);
  const data = join(tempDir("data"), "lh");
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await again(data);
    await expectKept(server, files);
    const writing = append(server, files, random);
    await Bun.sleep(random.int(5, 150));
    await server.stop("SIGKILL");
    await writing;
  }
  const acked = files.reduce((sum, file) => sum + file.acked, 0);

  const server = await again(data);
  await expectKept(server, files);
  await append(server, files, random);
  await expectComplete(server, files);

  const all = files.reduce((sum, file) => sum + file.bytes.length, 0);
  console.log(`${KILLS} kills: ${Math.round(acked / 1000)} of ${Math.round(all / 1000)} kB were acknowledged by then`);
  expect(acked).toBeGreaterThan(0);
  await server.stop();
  expectSound(data);
}, 60_000);

test("kills while the server ships its own machine's sessions: every file arrives, and the next line too", async () => {
  const random = seeded(11);
  const home = tempDir("home");
  const data = join(tempDir("data"), "lh");
  const files = growing(8, 200).map((file, i) => ({ ...file, path: put(claudeFile(home, i + 1), "") }));
  const write = async (going: { on: boolean }) => {
    while (going.on) {
      const file = random.pick(files);
      const piece = file.bytes.subarray(file.acked, file.acked + random.int(1, 2000));
      appendFileSync(file.path, piece);
      file.acked += piece.length;
      await Bun.sleep(1);
    }
  };

  for (let kill = 0; kill < 5; kill++) {
    const server = await startServer({ home, data, args: [] });
    const going = { on: true };
    const writing = write(going);
    await Bun.sleep(random.int(50, 350));
    await server.stop("SIGKILL");
    going.on = false;
    await writing;
  }
  for (const file of files) appendFileSync(file.path, file.bytes.subarray(file.acked));
  const server = await startServer({ home, data, args: [], env: { LONGHOUSE_QUIET_MS: "200" } });
  await allShipped(server, files);

  await expectArchived(
    server,
    files.map((file) => file.path),
  );
  for (const { word } of files) expect([word, (await search(server, word)).length]).toEqual([word, 1]);
  await server.stop();
  expectSound(data);
}, 60_000);

/** Waits until the archive has as much of each file as the disk has, and has read it. */
async function allShipped(server: Server, files: readonly Growing[]) {
  for (const { path, bytes } of files)
    for (let waited = 0; ; waited += 50) {
      const last = (await sourcesAt(server, path)).at(-1);
      if (last?.through === bytes.length) break;
      if (waited > 20_000) throw new Error(`${path}: ${last?.through} of ${bytes.length} after 20 s`);
      await Bun.sleep(50);
    }
  await server.settled();
}

/** A call of a thread of the server, and the how-manieth of it is the last. */
const POINTS = [
  ["pwrite64", 9],
  ["fsync", 1],
  ["fsync", 2],
  ["fsync", 7],
  ["fsync", 30],
  ["pwrite64", 60],
  ["pwrite64", 333],
  ["pwrite64", 1200],
  ["ftruncate", 1],
] as const;

needing(HAS_STRACE, "needs strace, and leave to trace")(
  "a kill at a given system call, of start-up or of ingest, leaves an archive that goes on",
  async () => {
    const data = join(tempDir("data"), "lh");
    const files = growing(4, 400, 50);
    let killed = 0;
    for (const [call, nth] of POINTS) {
      const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:signal=KILL:when=${nth}`];
      const wrap = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", ...inject];
      const server = await startServer({ data, wrap }).catch(() => null);
      if (server) {
        await append(server, files, seeded(nth));
        if (server.process.exitCode !== null || server.process.signalCode !== null) killed++;
        await server.stop("SIGKILL");
      } else killed++;
      const after = await again(data);
      await expectKept(after, files);
      await after.stop("SIGKILL");
    }
    const server = await again(data);
    await append(server, files, seeded(1));

    await expectComplete(server, files);
    console.log(`${killed} of ${POINTS.length} system calls were the last`);
    expect(killed).toBeGreaterThan(2);
    await server.stop();
    expectSound(data);
  },
  60_000,
);
