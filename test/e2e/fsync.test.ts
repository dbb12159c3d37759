/** A 200 means: on the disk. Watched from outside, by the system calls of the compiled binary. */
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileOf, psid, writer } from "../support/fill.ts";
import { HAS_STRACE, needing } from "../support/needs.ts";
import { archive } from "../support/remote.ts";
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

/** Where the same thread comes back from the call that it began at `at`. */
function resumed(lines: readonly string[], at: number): number {
  const thread = /^\d+/.exec(lines[at]!)![0];
  return findFrom(lines, at, new RegExp(`^${thread} .*<\\.\\.\\. (fdatasync|fsync) resumed>.*= 0`));
}
