/** Sends an export's sources to an archive, byte for byte, and what a person said of their sessions. Repeating it is harmless. */
import { Fault } from "../domain/fault.ts";
import { MIB } from "../domain/limits.ts";
import type { Status } from "../domain/status.ts";
import type { IngestResult } from "../domain/source.ts";
import type { ProgressState } from "../lib/progress.ts";
import { authorization } from "../shipper/ship.ts";
import type { Client } from "./client.ts";
import type { Entry } from "./export-all.ts";
import type { From } from "./import-from.ts";

export type Imported = {
  readonly sources: number;
  readonly bytes: number;
  /** Sources of sessions that were deleted, here or there. */
  readonly discarded: number;
  /** Sources whose bytes are not what the manifest says. */
  readonly failed: number;
};

/** Sources under way at a time: the server's commits have something to group. */
const LANES = 8;
/** Answers of the kind "go there" for one source. */
const RESYNCS_MAX = 8;
const LOOK_MS = 200;

/** Tombstones first, then sources that lead their session, then the others, then marks, once everything is derived. */
export async function importAll(client: Client, from: From, show: (state: ProgressState) => void): Promise<Imported> {
  const { sources, sessions, deleted } = from.manifest;
  const total = sources.reduce((sum, { through }) => sum + through, 0);
  const done = { sources: 0, bytes: 0, discarded: 0, failed: 0 };
  let passed = 0;
  await client.post("/api/transfer/deleted", { deleted });
  for (const first of [true, false]) {
    const queue = sources.filter((source) => (source.first ?? true) === first);
    const lane = async () => {
      for (let entry = queue.shift(); entry; entry = queue.shift()) {
        const outcome = await sendSource(client, from, entry);
        done[outcome]++;
        if (outcome === "sources") done.bytes += entry.through;
        passed += entry.through;
        show({ done: passed, total, note: `${done.sources} of ${sources.length} sources` });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }
  await derived(client);
  await client.post("/api/transfer/marks", { sessions });
  return done;
}

/** Waits until the sessions are there to be marked. */
async function derived(client: Client) {
  for (let quiet = 0; quiet < 2; await Bun.sleep(LOOK_MS)) {
    const { derive } = await client.get<Status>("/api/status");
    quiet = derive.behind_bytes === 0 ? quiet + 1 : 0;
  }
}

async function sendSource(client: Client, from: From, entry: Entry): Promise<"sources" | "discarded" | "failed"> {
  if (!isWhole(from, entry)) return "failed";
  let { generation } = entry;
  for (let n = 0; n < RESYNCS_MAX; n++) {
    const sent = await sendAs(client, from, entry, generation);
    if (sent.kind !== "diverged") return sent.kind;
    generation = sent.generation;
  }
  return "failed";
}

/** Read once to know, and once to send: a file that was damaged must not become a generation of its own. */
function isWhole(from: From, { file, sha256, through }: Entry): boolean {
  const hasher = new Bun.CryptoHasher("sha256");
  let length = 0;
  for (const piece of from.read(file) ?? []) {
    hasher.update(piece);
    if ((length += piece.length) > through) return false;
  }
  return length === through && (sha256 === null || hasher.digest("hex") === sha256);
}

type Sent = { readonly kind: "sources" | "discarded" | "failed" } | { kind: "diverged"; generation: number };

async function sendAs(client: Client, from: From, entry: Entry, generation: number): Promise<Sent> {
  let offset = 0;
  let discarded = false;
  for (const bytes of joined(from.read(entry.file) ?? [])) {
    const answer = await post(client, sourceUrl(entry, generation, offset), bytes);
    if (answer.kind === "diverged") return answer;
    if (answer.kind === "gap") return { kind: "failed" };
    discarded ||= answer.result.discarded === true;
    offset += bytes.length;
  }
  return { kind: discarded ? "discarded" : "sources" };
}

/** Pieces of about a MiB: each is one commit. An empty source is one empty piece. */
function* joined(pieces: Iterable<Uint8Array>): Generator<Uint8Array<ArrayBuffer>> {
  let held: Uint8Array[] = [];
  let length = 0;
  for (const piece of pieces) {
    held.push(piece);
    length += piece.length;
    if (length < MIB) continue;
    yield new Uint8Array(Buffer.concat(held));
    held = [];
    length = 0;
  }
  yield new Uint8Array(Buffer.concat(held));
}

function sourceUrl(entry: Entry, generation: number, offset: number): string {
  const { device_id, provider, path, unit, size, hint } = entry;
  const query = new URLSearchParams({ device_id, provider, path, unit, hint: JSON.stringify(hint) });
  query.set("generation", String(generation));
  query.set("offset", String(offset));
  if (size !== null) query.set("size", String(size));
  return `/api/transfer/sources?${query}`;
}

type Answer =
  | { readonly kind: "ok"; readonly result: IngestResult }
  | { readonly kind: "gap" }
  | { readonly kind: "diverged"; readonly generation: number };

async function post(client: Client, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const response = await fetch(client.url + path, {
    method: "POST",
    headers: { ...authorization(client.token), "Content-Type": "application/octet-stream" },
    body: bytes,
    redirect: "error",
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return { kind: "ok", result: body as IngestResult };
  if (response.status === 409) return body as Answer;
  const said = (body as { error?: { message?: string } } | null)?.error?.message;
  throw new Fault("internal", `The server refused a source (${response.status}): ${said ?? "it did not say why"}`);
}
