import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { BINARY, isolated, startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { post } from "../support/post.ts";

const isLinux = process.platform === "linux";

type Thread = { readonly name: string; readonly nice: number };

/** Name and nice value of each thread, main first (proc(5)). */
function threadsOf(pid: number): Thread[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread): Thread[] => {
    try {
      const [, name, rest] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8"))!;
      return [{ name: name!, nice: Number(rest!.split(" ")[16]) }];
    } catch {
      // It has ended.
      return [];
    }
  });
}

const line = (n: number) =>
  `${JSON.stringify({ type: "user", sessionId: "s", uuid: `u${n}`, message: { role: "user", content: `word${n} `.repeat(400) } })}\n`;

test.skipIf(!isLinux)(
  "while sessions come in, what compiles steps back behind the writer, and all behind main (Linux)",
  async () => {
    const server = await startServer();
    const compilers = () => threadsOf(server.process.pid).filter(({ name }) => name === "JITWorker");
    let lowered = false;
    for (let file = 0; file < 40 && !lowered; file++) {
      const text = Array.from({ length: 400 }, (_, n) => line(file * 400 + n)).join("");
      await post(server, `/home/u/.claude/projects/p/s${file}.jsonl`, text);
      lowered = compilers().some(({ nice }) => nice === 10);
    }

    expect(lowered).toBe(true);
    await server.settled();
    const [main, ...others] = threadsOf(server.process.pid);
    expect(main!.nice).toBe(0);
    const workers = others.filter(({ name }) => name === "Worker").map(({ nice }) => nice);
    // The indexer, the writer, who answers searches.
    expect(workers.toSorted((a, b) => b - a).slice(0, 3)).toEqual([10, 2, 0]);
    await server.stop();
  },
);

test.skipIf(!isLinux)("who ships steps back behind the server it ships to (Linux)", async () => {
  const server = await startServer();
  const shipper = Bun.spawn([BINARY, "connect", "--url", server.url], {
    env: isolated(server.home, server.data),
    cwd: tempDir("cwd"),
    stdio: ["ignore", "pipe", "ignore"],
  });
  await shipper.stdout.getReader().read();

  expect(threadsOf(shipper.pid)[0]).toMatchObject({ nice: 5 });
  shipper.kill();
  await shipper.exited;
  await server.stop();
});

test.skipIf(!isLinux)("a server that was started behind everything else works all the same (Linux)", async () => {
  const server = await startServer({ wrap: ["nice", "-n", "15"] });

  const { session_id } = await post(server, "/home/u/.claude/projects/p/s.jsonl", line(0));

  expect(session_id).not.toBeNull();
  expect(threadsOf(server.process.pid).every(({ nice }) => nice >= 15)).toBe(true);
  await server.stop();
});
