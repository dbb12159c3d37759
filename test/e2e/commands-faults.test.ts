/** Commands that can not do what they are told: the exit code, and what to type instead. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { expectCommandFault } from "../support/faults.ts";
import { command, freePort, startServer } from "../support/server.ts";
import type { Result, Server } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const run = (...args: string[]): Promise<Result> => command(server, args);

test("a mistyped command line exits 2, and says what can be typed", async () => {
  expectCommandFault(await run("sarch", "x"), 2, "sarch");
  expectCommandFault(await run("search"), 2, "longhouse search WORDS");
  expectCommandFault(await run("search", "x", "--limit", "many"), 2, "--limit");
  expectCommandFault(await run("status", "--nonsense"), 2, "--nonsense");
  expectCommandFault(await run("export"), 2, "--out");
  expectCommandFault(await run("ship", "--provider", "nobody"), 2, "nobody");
});

test("a server that is not there exits 3, and says how to start one", async () => {
  const gone = ["--url", `http://127.0.0.1:${freePort()}`];

  for (const args of [
    ["search", "x"],
    ["recent"],
    ["ship"],
    ["open", "--print"],
    ["export", "--out", join(tempDir("out"), "x")],
  ])
    expectCommandFault(await run(...args, ...gone), 3, gone[1]!, "longhouse serve");
  const { code, stdout } = await run("status", "--json", ...gone);
  expect([code, (JSON.parse(stdout) as { server: unknown }).server]).toEqual([3, null]);
});

test("a server that does not know us exits 4, and our token is not sent to it", async () => {
  const stranger = await startServer();

  for (const args of [["search", "x"], ["recent"], ["ship"], ["open", "--print"]])
    expectCommandFault(await run(...args, "--url", stranger.url), 4);
  const wrong = await command(server, ["recent"], { LONGHOUSE_TOKEN: "lh_wrong" });
  expectCommandFault(wrong, 4);
  await stranger.stop();
});
