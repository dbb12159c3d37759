/** The ingest endpoint in this process: whatever is sent, it answers, archives it byte for byte, and can be read. */
import type { IngestRequest } from "../../src/archive/protocol.ts";
import { apiApp, type ApiApp } from "../support/api-app.ts";
import { seeded, type Random } from "../support/random.ts";
import { mutateLine } from "./mutate.ts";
import { seeds, type Seed } from "./seeds.ts";

export type IngestFuzzing = {
  readonly cases: number;
  readonly seconds: number;
  readonly seed: number;
  readonly corpus: string | undefined;
};
export type IngestFuzzed = {
  readonly cases: number;
  readonly seconds: number;
  readonly failures: readonly { readonly case: number; readonly what: string }[];
};

/** An answer, or deriving what was sent, that takes longer is a hang, milliseconds. */
const HANG_MS = 1000;
const FAILURES_MAX = 10;

/** Sends sources of mutated lines, in pieces and with repeats, until the cases are done or the time is over. */
export async function fuzzIngest({ cases, seconds, seed, corpus }: IngestFuzzing): Promise<IngestFuzzed> {
  const all = seeds(corpus);
  const api = await apiApp();
  const ingest = ({ bytes, ...request }: IngestRequest) =>
    api.archive.send({ ...request, bytes: new Uint8Array(bytes) });
  Object.assign(api.app.writer, { ingest });
  const failures: { case: number; what: string }[] = [];
  const started = performance.now();
  const spent = () => (performance.now() - started) / 1000;
  let number = 0;
  for (; number < cases && spent() < seconds && failures.length < FAILURES_MAX; number++) {
    const random = seeded(Math.imul(seed + 7, 0x9e3779b1) ^ Math.imul(number + 1, 0xc2b2ae35));
    const what = await tryCase(api, random, random.pick(all), number).catch((error: unknown) => String(error));
    if (what !== null) failures.push({ case: number, what });
  }
  api.close();
  return { cases: number, seconds: Math.round(spent() * 10) / 10, failures };
}

async function tryCase(api: ApiApp, random: Random, seed: Seed, number: number): Promise<string | null> {
  const { name } = seed.provider;
  const bytes = bytesFor(random, seed);
  const path = pathFor(name, random, number);
  const query = new URLSearchParams({ provider: name, path });
  const [began, spent] = [performance.now(), process.cpuUsage()];
  const trouble = await send(api, random, query, bytes);
  if (trouble !== null) return `${name} ${path}: ${trouble}`;
  await api.archive.derived();
  const { user, system } = process.cpuUsage(spent);
  // Work, not waiting: a machine that stands still for a second is no hang of ours; ten are.
  const ms = Math.max((user + system) / 1000, (performance.now() - began) / 10);
  if (ms > HANG_MS) return `${name} ${path}: ${bytes.length} bytes took ${Math.round(ms)} ms of work`;
  return readBack(api, path, bytes);
}

function bytesFor(random: Random, { files }: Seed): Uint8Array {
  const file = random.pick(files);
  const lines = file.slice(0, random.int(1, 12));
  const worse = lines.map((line) =>
    random.next() < 0.4 ? mutateLine(random, line, random.pick(random.pick(files))) : line,
  );
  const bytes = new TextEncoder().encode(worse.join("\n") + (random.next() < 0.7 ? "\n" : ""));
  // Bytes that are no UTF-8.
  for (let n = random.next() < 0.2 ? random.int(1, 5) : 0; n > 0; n--)
    if (bytes.length > 0) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
  return bytes;
}

/** Names as agents give them, so that most sources are of a session; the same session may come again from another file. */
function pathFor(name: string, random: Random, number: number): string {
  const id = `5b0f1c52-0001-4000-8000-${String(random.next() < 0.1 ? number % 7 : number).padStart(12, "0")}`;
  const place: Readonly<Record<string, string>> = {
    claude: `/home/u/.claude/projects/-w${number}/${id}.jsonl`,
    codex: `/home/u/.codex/sessions/2026/01/02/${number}/rollout-2026-01-02T03-04-05-${id}.jsonl`,
    gemini: `/home/u/.gemini/tmp/${number}/chats/session-2026-01-02T03-04-${id.slice(0, 8)}.jsonl`,
  };
  return place[name] ?? `/home/u/${name}/${number}/${id}.jsonl`;
}

/** In pieces cut anywhere, some sent twice or from further back. */
async function send(api: ApiApp, random: Random, query: URLSearchParams, bytes: Uint8Array): Promise<string | null> {
  for (let at = 0; at < bytes.length;) {
    const from = random.next() < 0.2 ? random.int(0, at) : at;
    const end = Math.min(bytes.length, at + random.int(1, bytes.length));
    const answer = await api.ask(`/api/agents/ingest?${query}&offset=${from}`, {
      method: "POST",
      body: bytes.slice(from, end),
      headers: { "content-type": "application/x-ndjson" },
    });
    if (answer.status !== 200) return `answers ${answer.status}: ${await answer.text()}`;
    const { through } = (await answer.json()) as { through: number };
    if (through !== end) return `has ${through} bytes of ${end}`;
    at = end;
  }
  return null;
}

async function readBack(api: ApiApp, path: string, bytes: Uint8Array): Promise<string | null> {
  const { sources } = await api.json<{ sources: { id: string; session_id: string | null }[] }>(
    `/api/agents/sources?path=${encodeURIComponent(path)}`,
  );
  const [source] = sources;
  if (!source) return `${path}: no source`;
  const raw = new Uint8Array(await (await api.ask(`/api/agents/sources/${source.id}/raw`)).arrayBuffer());
  if (Buffer.compare(raw, bytes) !== 0) return `${path}: other bytes come back`;
  if (api.archive.faults.length > 0) return `${path}: ${JSON.stringify(api.archive.faults.splice(0))}`;
  if (source.session_id === null) return null;
  for (const what of ["", "/events?limit=1000", "/export?format=html", "/export?format=md"]) {
    const answer = await api.ask(`/api/agents/sessions/${source.session_id}${what}`);
    await answer.arrayBuffer();
    if (answer.status !== 200) return `${path}: ${what} answers ${answer.status}`;
  }
  return null;
}
