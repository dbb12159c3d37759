/** Asks a running server, and says how long it took: by its own clock (`Server-Timing`) and by ours. Milliseconds. */
import type { Server } from "../support/server.ts";
import type { QueryClass } from "./query-classes.ts";
import { percentile } from "./table.ts";

export type Asked = {
  readonly server: number;
  readonly wall: number;
  readonly partial: boolean;
  readonly found: number;
};

type Body = { readonly partial?: boolean; readonly sessions?: readonly unknown[] };

/** Throws when the server refuses. */
export async function ask(server: Server, path: string): Promise<Asked> {
  const started = performance.now();
  const answer = await server.api(path);
  const body = (await answer.json()) as Body;
  const wall = performance.now() - started;
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(body)}`);
  const spent = Number(/dur=([\d.]+)/.exec(answer.headers.get("server-timing") ?? "")?.[1] ?? NaN);
  return { server: spent, wall, partial: body.partial === true, found: body.sessions?.length ?? 0 };
}

export const searchPath = (query: string, more = ""): string =>
  `/api/agents/sessions?limit=20&query=${encodeURIComponent(query)}${more}`;

/** A table, a line a class: each query once, after the last ones of other classes. `goal`: p95 at most. */
export async function measureClasses(server: Server, classes: readonly QueryClass[], goal: number): Promise<string[]> {
  for (const { queries } of classes.slice(-20)) await ask(server, searchPath(queries.at(-1)!));
  const lines = [
    line(["class", "queries", "p50", "p95", "p99", "max", "wall p95", "partial", "found", "sessions", `p95 ≤ ${goal}`]),
    line(Array.from({ length: 11 }, () => "---")),
  ];
  for (const { name, queries } of classes) {
    const answers: Asked[] = [];
    for (const query of queries) answers.push(await ask(server, searchPath(query)));
    lines.push(row(name, answers, goal));
    console.error(lines.at(-1));
  }
  return lines;
}

/** One line of such a table. */
export function row(name: string, answers: readonly Asked[], goal: number): string {
  const times = answers.map(({ server }) => server);
  const part = (some: number) => `${Math.round((100 * some) / answers.length)} %`;
  const shown = [50, 95, 99, 100].map((p) => percentile(times, p).toFixed(1));
  const wall = percentile(
    answers.map((one) => one.wall),
    95,
  ).toFixed(1);
  const partial = part(answers.filter((one) => one.partial).length);
  const found = part(answers.filter((one) => one.found > 0).length);
  // Of those that found any: what a page held on average.
  const some = answers.filter((one) => one.found > 0);
  const sessions = (some.reduce((sum, one) => sum + one.found, 0) / Math.max(1, some.length)).toFixed(1);
  return line([
    name,
    answers.length,
    ...shown,
    wall,
    partial,
    found,
    sessions,
    percentile(times, 95) <= goal ? "" : "over",
  ]);
}

/** One line of a Markdown table. */
export const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
