/** The hook path: what an agent waits for, beside an archive of many sessions, with the server up and down, alone and fifty at once. */
import { join } from "node:path";
import { psid, talk } from "../support/fill.ts";
import { claudeFile, put } from "../support/agents.ts";
import { callHook } from "../support/hook.ts";
import { isolated, BINARY, type Server, startServer } from "../support/server.ts";
import { ms, type Row, spread } from "./table.ts";

const ROUNDS = 40;
const GOAL = "median ≤ 60 ms";

type Where = { readonly home: string; readonly data: string };

/** Lays `sessions` in a home below `dir`, archives them, and measures hooks there. */
export async function measureHook(dir: string, sessions: number): Promise<Row[]> {
  const home = join(dir, "hook-home");
  const where = { home, data: join(home, "lh") };
  for (let n = 0; n < sessions; n++) put(claudeFile(home, n, `-p${n % 50}`), talk(2, { id: psid(n) }));
  const server = await startServer({ ...where, args: [] });
  await shipped(server, sessions);
  const rows: Row[] = [];
  rows.push({ what: `hook, ${sessions} sessions, a shipper at work`, got: spread(await alone(where)), goal: GOAL });
  rows.push({ what: "hook, 50 at once", got: await together(where), goal: "no error" });
  rows.push({ what: "recent sessions at a start", got: spread(await alone(where, ["recent", "--hook"])), goal: "" });
  await server.stop();
  rows.push({ what: "hook, server down, nobody ships", got: spread(await alone(where)), goal: GOAL });
  await Bun.sleep(4000);
  rows.push({ what: "hook, server down, 50 at once", got: await together(where), goal: "no error" });
  await Bun.sleep(6000);
  rows.push({ what: "of which the process starts in", got: spread(await started(where)), goal: "" });
  return rows;
}

async function shipped({ json }: Server, sessions: number) {
  for (const end = Date.now() + 300_000; Date.now() < end; await Bun.sleep(500)) {
    const { derive, import: running } = await json<Status>("/api/status");
    const { sessions: some } = await json<{ sessions: readonly unknown[] }>("/api/agents/sessions?limit=1");
    if (some.length > 0 && !running && derive.behind_bytes === 0) return;
  }
  throw new Error(`${sessions} sessions are not archived`);
}

type Status = { readonly derive: { readonly behind_bytes: number }; readonly import: unknown };

const call = (where: Where, n: number, args?: readonly string[]) => {
  const event = { hook_event_name: args ? "SessionStart" : "Stop", source: "startup", cwd: "/w" };
  const stdin = JSON.stringify({
    session_id: psid(n),
    transcript_path: claudeFile(where.home, n, `-p${n % 50}`),
    ...event,
  });
  return callHook({ ...where, stdin, ...(args && { args }) });
};

async function alone(where: Where, args?: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i <= ROUNDS; i++) {
    const run = await call(where, i, args);
    if (run.code !== 0 || (!args && run.printed !== "")) throw new Error(`a hook exits ${run.code}: ${run.printed}`);
    if (i > 0) times.push(run.ms);
    await Bun.sleep(50);
  }
  return times;
}

async function together(where: Where): Promise<string> {
  const runs = await Promise.all(Array.from({ length: 50 }, (_, n) => call(where, n)));
  const wrong = runs.filter(({ code, printed }) => code !== 0 || printed !== "").length;
  const times = runs.map((run) => run.ms).toSorted((a, b) => a - b);
  return `${wrong} errors; median ${ms(times[25]!)}, last ${ms(times[49]!)}`;
}

async function started({ home, data }: Where): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i <= ROUNDS; i++) {
    const from = performance.now();
    await Bun.spawn([BINARY, "--version"], { env: isolated(home, data), stdio: ["ignore", "ignore", "ignore"] }).exited;
    if (i > 0) times.push(performance.now() - from);
  }
  return times;
}
