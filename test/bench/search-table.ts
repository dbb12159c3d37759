/**
 * bun run bench:search URL TOKEN SEARCH_DB
 * Times every class of queries against a server that runs: what the server measured (request parsed to body ready) and wall
 * time beside it. 20 queries of other classes come first; each query is asked once.
 */
import { queryClasses } from "./query-classes.ts";

const [url, token, path] = process.argv.slice(2);
if (!url || !token || !path) throw new Error("bun run bench:search URL TOKEN SEARCH_DB");

const ask = async (query: string) => {
  const started = performance.now();
  const answer = await fetch(`${url}/api/agents/sessions?limit=20&query=${encodeURIComponent(query)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const body = (await answer.json()) as { readonly partial: boolean; readonly sessions: readonly unknown[] };
  if (!answer.ok) throw new Error(`${query}: ${answer.status} ${JSON.stringify(body)}`);
  const server = Number(/search;dur=([\d.]+)/.exec(answer.headers.get("server-timing") ?? "")?.[1]);
  return { server, wall: performance.now() - started, partial: body.partial, found: body.sessions.length };
};

const at = (times: readonly number[], part: number) =>
  times[Math.min(times.length - 1, Math.floor(times.length * part))]!;
const line = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);

const classes = queryClasses(path);
for (const { queries } of classes.slice(0, 20)) await ask(queries.at(-1)!);
line(["class", "queries", "p50", "p95", "p99", "max", "wall p95", "partial", "found"]);
line(["---", "---", "---", "---", "---", "---", "---", "---", "---"]);
for (const { name, queries } of classes) {
  const answers = [];
  for (const query of queries) answers.push(await ask(query));
  const times = answers.map(({ server }) => server).toSorted((a, b) => a - b);
  const walls = answers.map(({ wall }) => wall).toSorted((a, b) => a - b);
  const part = (some: number) => `${Math.round((100 * some) / answers.length)} %`;
  const [partial, found] = [answers.filter((one) => one.partial).length, answers.filter((one) => one.found > 0).length];
  const shown = [at(times, 0.5), at(times, 0.95), at(times, 0.99), times.at(-1)!, at(walls, 0.95)];
  line([name, queries.length, ...shown.map((ms) => ms.toFixed(1)), part(partial), part(found)]);
}
