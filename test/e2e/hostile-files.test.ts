/** What disks, editors and crashes leave where sessions should be: archived as it is, or passed over with a line in the log. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, chownSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { agentFiles, claudeFile, put } from "../support/agents.ts";
import { psid, talk, writer } from "../support/fill.ts";
import { layHostile, layLongLine, layObstacles, ODD_NAMES } from "../support/hostile-files.ts";
import type { Hostile, Obstacles } from "../support/hostile-files.ts";
import { IS_ROOT, needing } from "../support/needs.ts";
import { eventsOf, search, sourcesAt } from "../support/remote.ts";
import { BINARY, command, isolated, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { expectArchived, newest, ship, shipMeasured } from "../support/shipping.ts";
import { tempDir } from "../support/temp.ts";

const NEIGHBOURS = 4;
const MB = 1e6;

let server: Server;
let hostile: readonly Hostile[];
let obstacles: Obstacles;
beforeAll(async () => {
  const home = tempDir("home");
  hostile = layHostile(home);
  obstacles = await layObstacles(home);
  for (const [n, name] of ODD_NAMES.entries())
    put(join(home, ".claude/projects/-odd", `${name}.jsonl`), `${writer({ id: psid(600 + n) }).prompt(`odd ${n}`)}\n`);
  for (let n = 0; n < NEIGHBOURS; n++)
    put(claudeFile(home, 700 + n), talk(3, { id: psid(700 + n) }).replaceAll("question", `neighbour${n}`));
  server = await startServer({ home });
});
afterAll(async () => {
  obstacles.close();
  await server.stop();
});

/** What a person typed in a file, as it is shown. */
async function prompts(path: string): Promise<unknown[]> {
  const [source] = await sourcesAt(server, path);
  if (!source?.session_id) return [];
  const events = await eventsOf(server, source.session_id);
  return events.filter((event) => event.kind === "prompt").map((event) => event["content_text"]);
}

test("every hostile file is archived byte for byte, every obstacle passed over with one line of log", async () => {
  const { code, stderr } = await command(server, ["ship", "--json", "--url", server.url]);
  await server.settled();

  expect([code, stderr]).toEqual([0, ""]);
  await expectArchived(server, agentFiles(server.home));
  const log = readFileSync(join(server.home, ".claude/shipper.log"), "utf8").trim().split("\n");
  const skipped = log.map((line) => JSON.parse(line) as { path?: string }).map((line) => line.path ?? "");
  for (const path of obstacles.paths) expect([path, skipped.filter((one) => one === path).length]).toEqual([path, 1]);
});

test("a second ship sends nothing of all this", async () => {
  expect(await ship(server)).toMatchObject({ bytes: 0, failed: 0 });
});

test("what a person typed between the faults is read", async () => {
  const shown = new Map<string, unknown>();
  for (const { name, path } of hostile) shown.set(name, await prompts(path));

  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(hostile.map(({ name, prompts }) => [name, prompts])));
});

test("their neighbours are whole and found", async () => {
  for (let n = 0; n < NEIGHBOURS; n++) {
    expect(await prompts(claudeFile(server.home, 700 + n))).toEqual([0, 1, 2].map((i) => `neighbour${n} ${i}`));
    expect(await search(server, `neighbour${n}`)).toHaveLength(1);
  }
});

test("an odd name of a file comes back as it is", async () => {
  const sources = await newest(server);

  for (const [n, name] of ODD_NAMES.entries()) {
    const path = join(server.home, ".claude/projects/-odd", `${name}.jsonl`);
    expect([name, sources.has(path), await prompts(path)]).toEqual([name, true, [`odd ${n}`]]);
  }
});

test("nothing of this is an error of the server", async () => {
  const { errors } = await server.json<{ errors: unknown[] }>("/api/status");

  expect(errors).toEqual([]);
  expect(await server.json<object>("/api/health")).toMatchObject({ status: "ok" });
});

test("100 MB in one line are archived within bounds, and the lines around them are read", async () => {
  const home = tempDir("home");
  const long = layLongLine(home, 1, 100);
  const own = await startServer({ home });

  const { code, peak } = await shipMeasured(own);
  await own.settled();

  const memory = own.memory().peak;
  console.log(`100 MB in one line: server at most ${Math.round(memory / MB)} MB, ship ${Math.round(peak / MB)} MB`);
  expect(code).toBe(0);
  await expectArchived(own, [long.path]);
  const [source] = await sourcesAt(own, long.path);
  const events = await eventsOf(own, source!.session_id!);
  const texts = events.filter((event) => event.kind === "prompt").map((event) => String(event["content_text"]));
  expect([texts[0], texts.at(-1)]).toEqual([...long.prompts]);
  expect(events.filter((event) => (event["flags"] as string[]).includes("oversize"))).toHaveLength(1);
  expect(memory).toBeLessThan(512 * MB);
  expect(peak).toBeLessThan(300 * MB);
  await own.stop();
}, 60_000);

needing(IS_ROOT && Bun.which("setpriv") !== null, "needs root and setpriv to be somebody else")(
  "a file that may not be read costs one line of log, and comes when it may",
  async () => {
    const home = tempDir("home");
    const closed = put(claudeFile(home, 1), talk(1, { id: psid(1) }));
    const open = put(claudeFile(home, 2), talk(1, { id: psid(2) }));
    for (const path of readdirSync(home, { recursive: true }) as string[]) chownSync(join(home, path), 65534, 65534);
    chownSync(home, 65534, 65534);
    chownSync(closed, 0, 0);
    chmodSync(closed, 0o600);
    const own = await startServer({ home });
    const asNobody = () =>
      Bun.spawn(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BINARY, "ship", "--json"], {
        env: isolated(home, join(home, "lh"), { LONGHOUSE_URL: own.url, LONGHOUSE_TOKEN: own.token }),
        cwd: home,
        stdio: ["ignore", "pipe", "inherit"],
      });

    const codes = [await asNobody().exited, await asNobody().exited];
    const before = [...(await newest(own)).keys()];
    chmodSync(closed, 0o644);
    codes.push(await asNobody().exited);

    expect(before).toEqual([open]);
    expect([...(await newest(own)).keys()].toSorted()).toEqual([closed, open]);
    expect(codes.at(-1)).toBe(0);
    const log = readFileSync(join(home, ".claude/shipper.log"), "utf8").trim().split("\n");
    expect(log.filter((line) => line.includes(closed) && /EACCES|cannot be read/.test(line))).toHaveLength(1);
    await own.stop();
  },
);
