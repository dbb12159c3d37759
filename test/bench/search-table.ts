/**
 * `bun run bench:search [--dir DIR] [--sessions 5450] [--copies 10] [--only NAME] [--each 120] [--skip quiet,load,storm]`
 *
 * Every class of queries at a million generated events (5,450 sessions, 1.1 GB) that the product imported: quiet, while 500
 * events arrive a second, and a storm of 50 searches a second; the size of the index; how soon a change is found. The
 * archive stays in DIR/search1m for the next time. `--copies 10`: the same table, quiet, at ten times the events (DIR/search10m).
 * What the server measured (request parsed to answer made) and wall time beside it; each query once, after 20 others.
 * Saved to RESULTS-search.md.
 */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { queryClasses } from "./query-classes.ts";
import type { QueryClass } from "./query-classes.ts";
import { ask, line, measureClasses, row, searchPath } from "./search-ask.ts";
import { copiedHome } from "./search-copies.ts";
import { importedHome, sizes } from "./search-home.ts";
import type { SearchHome } from "./search-home.ts";
import { freshChanges, freshness, startLoad, toldLoad } from "./search-load.ts";
import { measureStorm } from "./search-storm.ts";
import { percentile } from "./table.ts";

const { values: opt } = parseArgs({
  args: process.argv.slice(2),
  options: {
    dir: { type: "string", default: join(tmpdir(), "longhouse-bench") },
    sessions: { type: "string", default: "5450" },
    copies: { type: "string", default: "1" },
    only: { type: "string" },
    each: { type: "string", default: "120" },
    skip: { type: "string", default: "" },
  },
});
const copies = Number(opt.copies);
const skip = new Set(opt.skip.split(","));
/** p95 at most, milliseconds. */
const GOAL = { quiet: copies > 1 ? 20 : 10, load: 15, more: 50 };
const FRESH_ROUNDS = 100;
const STORM_SECONDS = 20;
const RESULTS = join(import.meta.dir, "RESULTS-search.md");

const imported = await importedHome(join(opt.dir, "search1m"), Number(opt.sessions));
const home = copies > 1 ? await copiedHome(join(opt.dir, `search${copies}m`), imported, copies) : imported;
const all = queryClasses(home.data).map(({ name, queries }) => ({ name, queries: queries.slice(0, Number(opt.each)) }));
const classes = all.filter(({ name }) => opt.only === undefined || name.includes(opt.only));
const size = `${copies} x ${opt.sessions} sessions`;

if (!skip.has("quiet")) await quiet(home);
if (copies === 1 && !skip.has("load")) await changed(home, "load", underLoad);
if (copies === 1 && !skip.has("storm"))
  await changed(home, "storm", async (server) =>
    save(`${size}: a storm of 50 searches a second`, await measureStorm(server, classes, STORM_SECONDS)),
  );
process.exit(0);

async function quiet({ data, home: user, raw }: SearchHome) {
  const server = await startServer({ home: user, data });
  await server.settled();
  const [archive, index] = sizes(data);
  const ratio = (bytes: number) => (bytes / raw).toFixed(3);
  const head = `Raw ${(raw / 1e9).toFixed(2)} GB; index ${ratio(index)} x raw (goal ≤ 0.2), all ${ratio(index + archive)} x raw (goal ≤ 0.55).`;
  save(`${size}: quiet`, [head, "", ...(await measureClasses(server, classes, GOAL.quiet))]);
  save(`${size}: requests of their own`, await measureMore(server, classes));
  await server.stop();
}

/** Further passages, and facets. */
async function measureMore(server: Server, of: readonly QueryClass[]): Promise<string[]> {
  const mixed = of.flatMap(({ queries }) => queries.slice(0, 5));
  const times = async (path: (query: string) => string) => {
    const asked = [];
    for (const query of mixed) asked.push(await ask(server, path(query)));
    return asked;
  };
  const facets = await times((query) => `/api/agents/facets?query=${encodeURIComponent(query)}`);
  return [
    line(["request", "queries", "p50", "p95", "p99", "max", "wall p95", "partial", "found", `p95 ≤ ${GOAL.more}`]),
    line(Array.from({ length: 10 }, () => "---")),
    row("three passages", await times((query) => searchPath(query, "&passages=3")), GOAL.more),
    row("facets", facets, GOAL.more),
  ];
}

async function underLoad(server: Server) {
  const load = startLoad(server);
  const began = performance.now();
  await Bun.sleep(2000);
  const lines = await measureClasses(server, classes, GOAL.load);
  const fresh = { event: await freshness(server, load, FRESH_ROUNDS), ...(await freshChanges(server, 20)) };
  await load.stop();
  const told = Object.entries(fresh).map(([what, times]) =>
    line([what, times.length, ...[50, 95, 100].map((p) => percentile(times, p).toFixed(1)), "≤ 100"]),
  );
  save(`${size}: while 500 events/s arrive`, [
    toldLoad(load, (performance.now() - began) / 1000),
    "",
    ...lines,
    "",
    line(["found after its acknowledgement, ms", "rounds", "p50", "p95", "max", "goal of p95"]),
    line(Array.from({ length: 6 }, () => "---")),
    ...told,
  ]);
}

/** On a copy of the archive, for it is changed. */
async function changed({ data, home: user }: SearchHome, name: string, measure: (server: Server) => Promise<void>) {
  const copy = `${data}-${name}`;
  rmSync(copy, { recursive: true, force: true });
  cpSync(data, copy, { recursive: true });
  const server = await startServer({ home: user, data: copy });
  try {
    await server.settled();
    await measure(server);
  } finally {
    await server.stop();
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Puts a section in the place of the one of that name. */
function save(name: string, lines: readonly string[]) {
  const section = `## ${name}\n\n${lines.join("\n")}\n`;
  console.log(section);
  if (opt.only !== undefined || opt.each !== "120") return;
  const head = "# Search\n\nBy `bun run bench:search` on this machine; milliseconds.\n";
  const [first = head, ...others] = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8").split(/^(?=## )/m) : [head];
  const at = others.findIndex((other) => other.startsWith(`## ${name}\n`));
  if (at < 0) others.push(section);
  else others[at] = section;
  writeFileSync(RESULTS, [first, ...others].map((part) => part.trimEnd()).join("\n\n") + "\n");
  Bun.spawnSync([process.execPath, "fmt", "--no-script", RESULTS]);
}
