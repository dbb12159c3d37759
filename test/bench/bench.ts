/**
 * `bun run bench [--sessions N] [--corpus DIR] [--quick] [--huge] [--idle]`: starts the compiled binary on generated history and
 * measures it as its users meet it. Prints a table and saves it to test/bench/RESULTS.md. Machines are noisy: medians and
 * ratios count, single figures do not. `--idle [--sessions 10000]` measures a shipper at rest instead, for 5 minutes twice;
 * `--web [--uses 100]` the web app in a browser (web.ts); `--import-many [--sessions 10000]` a first import of 1 GB by `connect`.
 * `--tabs`: what 200 open tabs cost the server.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { HAS_CHROMIUM } from "../support/browser.ts";
import { startServer } from "../support/server.ts";
import { measureBrowser } from "./browser.ts";
import { measureCommands } from "./commands.ts";
import { measureHook } from "./hook.ts";
import { measureHuge } from "./huge.ts";
import { measureIdle } from "./idle.ts";
import { importHistory } from "./import.ts";
import { measureMachine } from "./machine.ts";
import { measureMany } from "./import-many.ts";
import { measureLive } from "./live.ts";
import { measureSearch } from "./search.ts";
import { mb, ms, table } from "./table.ts";
import { measureTabs } from "./tabs.ts";
import { measureWeb, SCENES } from "./web.ts";
import type { Row } from "./table.ts";

const { values: opt } = parseArgs({
  args: process.argv.slice(2),
  options: {
    sessions: { type: "string" },
    corpus: { type: "string" },
    quick: { type: "boolean", default: false },
    huge: { type: "boolean", default: false },
    hook: { type: "boolean", default: false },
    idle: { type: "boolean", default: false },
    web: { type: "boolean", default: false },
    tabs: { type: "boolean", default: false },
    uses: { type: "string" },
    home: { type: "string" },
    only: { type: "string" },
    traces: { type: "string" },
    "import-many": { type: "boolean", default: false },
  },
});

const dir = join(tmpdir(), `longhouse-bench-${process.pid}`);
mkdirSync(dir, { recursive: true });
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));

const rows: Row[] = [];
const add = (...more: readonly Row[]) => {
  for (const row of more) console.error(`${row.what}: ${row.got}`);
  rows.push(...more);
};

if (opt.hook) {
  add(...(await measureHook(dir, opt.quick ? 1000 : 10_000)));
  console.log(table(rows));
  process.exit(0);
}

if (opt.web) {
  const uses = Number(opt.uses ?? (opt.quick ? 10 : 100));
  const only = SCENES.filter((name) => opt.only?.split(",").includes(name) ?? true);
  const traces = opt.traces ?? (opt.quick ? null : join(tmpdir(), "longhouse-traces"));
  const rounds = opt.quick ? 5 : 20;
  const sessions = Number(opt.sessions ?? 10_000);
  const text = table(await measureWeb({ sessions, rounds, uses, traces, home: opt.home, only }));
  console.log(traces ? `${text}\nTraces: ${traces}` : text);
  if (!opt.quick && !opt.only) writeFileSync(join(import.meta.dir, "RESULTS-web.md"), text);
  process.exit(0);
}

const home = join(dir, "home");
const many = opt["import-many"];
const sessions = Number(opt.sessions ?? (opt.idle || many ? 10_000 : 1300));
/** Turns of a session: short ones for the many that rest, 0.1 MB each for the import of many. */
const turns = opt.idle ? ["--turns", "2"] : many ? ["--turns", "6"] : [];
const make = opt.corpus
  ? ["test/bench/lay-home.ts", opt.corpus, home]
  : ["test/bench/generate.ts", home, "--sessions", String(sessions), ...turns];
const made = Bun.spawnSync([process.execPath, ...make], { cwd: join(import.meta.dir, "../.."), stderr: "inherit" });
const { bytes } = JSON.parse(made.stdout.toString()) as { bytes: number };
add({ what: "history", got: mb(bytes), goal: "" });
if (!opt.idle && !opt.tabs) add(...(await measureMachine(home)));
// A user's history has long been on the disk; ours would be written back while it is imported.
Bun.spawnSync(["sync"]);

const data = join(dir, "lh");
if (opt.idle) {
  const text = table(await measureIdle({ home, data, sessions, seconds: opt.quick ? 30 : 300 }));
  console.log(text);
  if (!opt.quick) writeFileSync(join(import.meta.dir, "RESULTS-idle.md"), text);
  process.exit(0);
}
if (many) {
  add(...(await measureMany({ home, data, bytes })));
  const text = table(rows);
  console.log(text);
  if (!opt.quick) writeFileSync(join(import.meta.dir, "RESULTS-import-many.md"), text);
  process.exit(0);
}
if (opt.tabs) {
  const server = await startServer({ home, data });
  await importHistory(server, bytes, false);
  add(...(await measureTabs(server)));
  await server.stop();
  console.log(table(rows));
  process.exit(0);
}
const first = await startServer({ home, data });
add(...(await importHistory(first, bytes, Boolean(opt.corpus))));
add(...(await measureSearch(first, opt.quick ? 5 : 20)));
add(...(await measureLive(first, opt.quick ? 10 : 40)));
add(...(await measureTabs(first)));
if (HAS_CHROMIUM) add(...(await measureBrowser(first, opt.quick ? 5 : 15)));
else add({ what: "browser", got: "skipped: no chromium", goal: "" });
await first.stop();

const starts: number[] = [];
for (let i = 0; i < 5; i++) {
  const again = await startServer({ home, data });
  starts.push(again.readyMs);
  if (i === 4) {
    await Bun.sleep(opt.quick ? 8_000 : 32_000);
    add({ what: "idle RSS after a start", got: mb(again.memory().now), goal: "≤ 90 MB" });
  }
  await again.stop();
}
add({ what: "start with the full archive, median", got: ms(starts.toSorted((a, b) => a - b)[2]!), goal: "≤ 500 ms" });
add(...(await measureCommands(home, data)));
if (opt.huge) add(...(await measureHuge(dir)));

const text = table(rows);
console.log(text);
if (!opt.quick) {
  const results = join(import.meta.dir, opt.corpus ? "RESULTS-corpus.md" : "RESULTS.md");
  writeFileSync(results, text);
  Bun.spawnSync([process.execPath, "fmt", "--no-script", results]);
}
process.exit(0);
