/**
 * bun test/bench/search-storm.ts URL TOKEN SEARCH_DB [SECONDS]
 * 50 searches a second of all classes for 20 s (each asked once, whether the one before was answered or not), and ten
 * requests a second of the timeline, a session's page and its events beside them: wall time of both, and alone before.
 */
import { queryClasses } from "./query-classes.ts";

const [url, token, path, seconds = "20"] = process.argv.slice(2);
if (!url || !token || !path) throw new Error("bun test/bench/search-storm.ts URL TOKEN SEARCH_DB [SECONDS]");
const PER_SECOND = 50;

const timed = async (route: string) => {
  const started = performance.now();
  const answer = await fetch(url + route, { headers: { authorization: `Bearer ${token}` } });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${route}: ${answer.status} ${body}`);
  return { ms: performance.now() - started, body };
};

/** One after the other, every 100 ms, until told to stop. */
async function timeline(isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  const { sessions } = JSON.parse((await timed("/api/agents/sessions?limit=20")).body) as {
    sessions: { id: string }[];
  };
  for (let n = 0; !isOver(); n++) {
    const { id } = sessions[n % sessions.length]!;
    const routes = ["?limit=50", `/${id}`, `/${id}/events?limit=100`];
    times.push((await timed(`/api/agents/sessions${routes[n % routes.length]}`)).ms);
    await Bun.sleep(100);
  }
  return times;
}

async function storm(queries: readonly string[]): Promise<number[]> {
  const began = performance.now();
  const asked: Promise<{ readonly ms: number }>[] = [];
  for (const [n, query] of queries.entries()) {
    await Bun.sleep(Math.max(0, began + (n * 1000) / PER_SECOND - performance.now()));
    asked.push(timed(`/api/agents/sessions?limit=20&query=${encodeURIComponent(query)}`));
  }
  return (await Promise.all(asked)).map(({ ms }) => ms);
}

function told(name: string, times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(1);
  console.log(`| ${[name, sorted.length, at(0.5), at(0.95), at(0.99), sorted.at(-1)!.toFixed(1)].join(" | ")} |`);
}

const classes = queryClasses(path);
const wanted = PER_SECOND * Number(seconds);
const queries = Array.from({ length: wanted }, (_, n) => {
  const { queries: all } = classes[n % classes.length]!;
  return all[Math.floor(n / classes.length) % all.length]!;
});
const until = performance.now() + 5000;
const alone = await timeline(() => performance.now() > until);
let over = false;
const beside = timeline(() => over);
const searches = await storm(queries).finally(() => (over = true));
console.log("| wall time, ms | requests | p50 | p95 | p99 | max |\n| --- | --- | --- | --- | --- | --- |");
told("timeline alone", alone);
told("timeline during the storm", await beside);
told("searches of the storm", searches);
