/**
 * Archives for the search bench, kept between runs: a generated history imported by the product itself, and a larger one
 * made of its rows, whose index the product builds.
 */
import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, isolated, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";

/** `raw` bytes of the agents' files. */
export type SearchHome = { readonly data: string; readonly home: string; readonly raw: number };

type Note = { readonly raw: number };

const SETTLE_MS = 3 * 3_600_000;
const TAGS = 120;

/** The archive in `dir`: made when it is missing, of so many generated sessions (5,450 have a million events). */
export async function importedHome(dir: string, sessions: number): Promise<SearchHome> {
  const [home, data, note] = [join(dir, "home"), join(dir, "lh"), join(dir, "bench.json")];
  if (existsSync(note)) return { home, data, ...(JSON.parse(readFileSync(note, "utf8")) as Note) };
  rmSync(data, { recursive: true, force: true });
  const raw = generate(home, sessions);
  const server = await startServer({ home, data });
  const began = performance.now();
  await ship(server);
  console.error(`imported in ${seconds(began)}`);
  await server.settled(SETTLE_MS);
  console.error(`searchable after ${seconds(began)}`);
  await decorate(server);
  await rested(server);
  console.error(`merged after ${seconds(began)}`);
  await server.stop();
  writeFileSync(note, JSON.stringify({ raw } satisfies Note));
  return { home, data, raw };
}

function generate(home: string, sessions: number): number {
  const args = [process.execPath, "test/bench/generate.ts", home, "--sessions", String(sessions)];
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const made = Bun.spawnSync(args, { cwd: join(import.meta.dir, "../.."), stderr: "inherit" });
  return (JSON.parse(made.stdout.toString()) as { bytes: number }).bytes;
}

async function ship(server: Server): Promise<void> {
  const child = Bun.spawn([BINARY, "ship", "--json", "--url", server.url], {
    env: isolated(server.home, server.data),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if ((await child.exited) !== 0) throw new Error("longhouse ship failed");
}

/** What people add: 120 tags, some pins. */
export async function decorate(server: Server): Promise<void> {
  const page = await server.json<{ sessions: { id: string }[] }>("/api/agents/sessions?limit=100");
  const next = await server.json<{ sessions: { id: string }[] }>("/api/agents/sessions?limit=100&query=the");
  const ids = [...new Set([...page.sessions, ...next.sessions].map(({ id }) => id))];
  for (const [n, id] of ids.entries()) {
    const patch = { add_tags: [`tag${n % TAGS}`, "kept"], ...(n % 10 === 0 && { pinned: true }) };
    await change(server, id, patch);
  }
}

/** Patches a session. */
export async function change(server: Server, id: string, patch: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const init = { method: "PATCH", headers, body: JSON.stringify(patch) };
  const answer = await server.api(`/api/agents/sessions/${id}`, init);
  if (!answer.ok) throw new Error(await answer.text());
}

/** Waits until the index is whole and nothing of it is left to merge. */
export async function rested(server: Server): Promise<void> {
  const index = new Database(join(server.data, "search.db"), { readonly: true });
  const left = () =>
    index
      .query<{ n: number }, []>(
        "SELECT (SELECT count(*) FROM todo) + (SELECT count(*) FROM shards WHERE kind = 'closed' AND merged = 0 OR stale > 0) AS n",
      )
      .get()!.n;
  for (const until = performance.now() + SETTLE_MS; left() > 0 && performance.now() < until;) await Bun.sleep(500);
  index.close();
  // Open shards are merged after the closed ones, and the WAL goes last.
  await Bun.sleep(5000);
}

/** Bytes of longhouse.db and search.db. */
export function sizes(data: string): readonly [archive: number, index: number] {
  const size = (name: string) =>
    ["", "-wal"].reduce(
      (sum, end) => sum + (statSync(join(data, name + end), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  return [size("longhouse.db"), size("search.db")];
}

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(0)} s`;
