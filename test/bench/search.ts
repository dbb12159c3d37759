/** Search figures as the server reports them (`Server-Timing: search;dur=`). */
import type { Server } from "../support/server.ts";
import { spread } from "./table.ts";
import type { Row } from "./table.ts";

const CLASSES: Readonly<Record<string, readonly string[]>> = {
  common: ["the", "file", "return", "import"],
  medium: ["buffer", "schema", "window"],
  rare: ["flumoxidator", "zanzibarquux", "hyperspanner"],
  absent: ["qqxyzzyqq", "nonexistentword"],
  "two words": ["return file", "string type"],
  "three words": ["the file return", "import type from"],
  phrase: ['"of the"', '"has been updated"'],
  "phrase, absent": ['"return zanzibarquux the"', '"the of file"'],
  prefix: ["conf*", "retu*", "impo*"],
  negated: ["file -return", "the -import"],
  "filter and word": ["agent:codex file", "project:project-03 return"],
  "dates and word": ["after:2026-06-01 before:2026-07-01 file"],
};

/** Each query `rounds` times, after one warm-up. */
export async function measureSearch(server: Server, rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, queries] of Object.entries(CLASSES)) {
    const times: number[] = [];
    let partial = 0;
    for (const query of queries) {
      for (let i = 0; i <= rounds; i++) {
        const answer = await server.api(`/api/agents/sessions?limit=20&query=${encodeURIComponent(query)}`);
        if (!answer.ok) throw new Error(`${query}: ${answer.status} ${await answer.text()}`);
        const took = Number(/search;dur=([\d.]+)/.exec(answer.headers.get("server-timing") ?? "")?.[1] ?? NaN);
        const body = (await answer.json()) as { partial?: boolean };
        if (i === 0) continue;
        times.push(took);
        if (body.partial) partial++;
      }
    }
    const share = partial > 0 ? `, ${Math.round((100 * partial) / times.length)} % partial` : "";
    rows.push({ what: `search: ${name}`, got: spread(times) + share, goal: "p95 ≤ 15 ms" });
  }
  return rows;
}
