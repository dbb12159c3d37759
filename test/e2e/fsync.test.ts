/** A 200 means: on the disk. Watched from outside, by the system calls of the compiled binary. */
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileOf, psid, writer } from "../support/fill.ts";
import { expectFault } from "../support/faults.ts";
import { expectSound } from "../support/killed.ts";
import { HAS_STRACE, IS_ROOT, needing } from "../support/needs.ts";
import { archive, raw, send, sourcesAt } from "../support/remote.ts";
import { startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";

const CALLS = "trace=pwrite64,fsync,fdatasync,recvfrom,read,readv,recvmsg,sendto,send,sendmsg,write,writev";

/** Number of the first line from `from` on that matches; -1 when none does. */
const findFrom = (lines: readonly string[], from: number, what: RegExp) =>
  lines.findIndex((line, n) => n >= from && what.test(line));

needing(HAS_STRACE, "needs strace, and leave to trace")(
  "between a request and its 200 the bytes are written to the WAL, and the WAL is synced after that",
  async () => {
    const trace = join(tempDir("trace"), "calls");
    const strace = ["strace", "-D", "-f", "-y", "-s", "3000", "-e", CALLS, "-o", trace];
    const server = await startServer({ wrap: strace });
    const path = fileOf(psid(1));
    const write = writer({ id: psid(1) });
    const throughs: number[] = [];
    for (let n = 0; n < 10; n++)
      throughs.push(
        (await archive(server, { path, offset: throughs.at(-1) ?? 0 }, `${write.prompt(`line ${n}`)}\n`)).through,
      );
    await server.stop();

    const lines = readFileSync(trace, "utf8").split("\n");
    let offset = 0;
    for (const through of throughs) {
      const asked = findFrom(lines, 0, new RegExp(`POST /api/agents/ingest\\?[^ ]*offset=${offset} `));
      const answered = findFrom(lines, asked, new RegExp(`\\\\"through\\\\":${through}\\b`));
      const written = findFrom(lines, asked, /pwrite64\(\d+<[^>]*longhouse\.db-wal>/);
      const synced = findFrom(
        lines,
        written,
        /fdatasync\(\d+<[^>]*longhouse\.db-wal>|fsync\(\d+<[^>]*longhouse\.db-wal>/,
      );
      const done = /unfinished/.test(lines[synced] ?? "") ? resumed(lines, synced) : synced;
      expect({
        asked: asked >= 0,
        written: asked < written,
        synced: written < synced,
        done: synced <= done,
        answered: done < answered,
      }).toEqual({ asked: true, written: true, synced: true, done: true, answered: true });
      offset = through;
    }
  },
);

needing(HAS_STRACE && IS_ROOT, "needs strace, and leave to trace what runs")(
  "a sync that fails is no 200, says nothing of our insides, and costs nothing that was acknowledged",
  async () => {
    const server = await startServer();
    const path = fileOf(psid(1));
    const write = writer({ id: psid(1) });
    const lines = Array.from({ length: 8 }, (_, n) => `${write.prompt(`line ${n}`)}\n`);
    let { through } = await archive(server, { path }, lines[0]!);
    await server.settled();
    const inject = ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=2+3"];
    const strace = Bun.spawn(["strace", "-f", "-qq", "-o", "/dev/null", "-p", String(server.process.pid), ...inject]);
    await Bun.sleep(300);

    const codes: number[] = [];
    for (const line of lines.slice(1))
      for (let tries = 0; ; tries++) {
        const answer = await send(server, { path, offset: through }, line);
        codes.push(answer.status);
        if (answer.status !== 200) await expectFault(answer, 500, "internal");
        else through = ((await answer.json()) as { through: number }).through;
        if (answer.status === 200 || tries > 20) break;
      }
    strace.kill();
    await strace.exited;
    await server.stop("SIGKILL");

    expect(codes).toContain(500);
    const again = await startServer({ data: server.data });
    const [source] = await sourcesAt(again, path);
    expect((await raw(again, source!.id)).toString()).toBe(lines.join(""));
    await again.stop();
    expectSound(server.data);
  },
);

/** Where the same thread comes back from the call that it began at `at`. */
function resumed(lines: readonly string[], at: number): number {
  const thread = /^\d+/.exec(lines[at]!)![0];
  return findFrom(lines, at, new RegExp(`^${thread} .*<\\.\\.\\. (fdatasync|fsync) resumed>.*= 0`));
}
