/**
 * 50 searches a second of all classes (each asked when it is due, whether the one before was answered or not), and ten
 * requests a second of the timeline, a session's page and its events beside them: wall time of both, and alone before.
 */
import type { Server } from "../support/server.ts";
import type { QueryClass } from "./query-classes.ts";
import { ask, line, searchPath } from "./search-ask.ts";
import { percentile } from "./table.ts";

const PER_SECOND = 50;
const ALONE_MS = 10_000;

/** A table of wall times. */
export async function measureStorm(server: Server, classes: readonly QueryClass[], seconds: number): Promise<string[]> {
  const queries = Array.from({ length: PER_SECOND * seconds }, (_, n) => {
    const { queries: all } = classes[n % classes.length]!;
    return all[Math.floor(n / classes.length) % all.length]!;
  });
  const until = performance.now() + ALONE_MS;
  const alone = await timeline(server, () => performance.now() > until);
  let over = false;
  const beside = timeline(server, () => over);
  const searches = await storm(server, queries).finally(() => (over = true));
  return [
    line(["wall time, ms", "requests", "p50", "p95", "p99", "max", "goal of p95"]),
    line(Array.from({ length: 7 }, () => "---")),
    told("timeline and a session, alone", alone, ""),
    told("timeline and a session, during the storm", await beside, "≤ 50"),
    told("searches of the storm", searches, ""),
  ];
}

/** One after the other, every 100 ms, until told to stop. */
async function timeline(server: Server, isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  const { sessions } = await server.json<{ sessions: { id: string }[] }>("/api/agents/sessions?limit=20");
  for (let n = 0; !isOver(); n++) {
    const { id } = sessions[n % sessions.length]!;
    const routes = ["?limit=50", `/${id}`, `/${id}/events?limit=100`];
    times.push((await ask(server, `/api/agents/sessions${routes[n % routes.length]}`)).wall);
    await Bun.sleep(100);
  }
  return times;
}

async function storm(server: Server, queries: readonly string[]): Promise<number[]> {
  const began = performance.now();
  const asked: Promise<number>[] = [];
  for (const [n, query] of queries.entries()) {
    await Bun.sleep(Math.max(0, began + (n * 1000) / PER_SECOND - performance.now()));
    asked.push(ask(server, searchPath(query)).then(({ wall }) => wall));
  }
  return Promise.all(asked);
}

const told = (name: string, times: readonly number[], goal: string) =>
  line([name, times.length, ...[50, 95, 99, 100].map((p) => percentile(times, p).toFixed(1)), goal]);
