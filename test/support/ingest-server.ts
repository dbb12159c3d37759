/**
 * A small real server that keeps the ingest contract (API.md section 3) in memory, for tests of the shipper: bytes below
 * `through` are compared, gaps and other histories are answered 409. `fail` puts other answers in its place.
 */
import type { HeartbeatReply } from "../../src/domain/heartbeat.ts";

type Kept = {
  readonly id: string;
  readonly provider: string;
  readonly path: string;
  readonly generation: number;
  unit: string;
  bytes: Buffer;
  size: number | null;
};

export type Ingest = { readonly url: URL; readonly bytes: Buffer; readonly headers: Headers };

export type IngestServer = {
  readonly url: string;
  /** Every ingest request that was answered, in order. */
  readonly requests: Ingest[];
  /** Bytes that were new. */
  readonly stored: () => number;
  /** The newest generation of a path; null = not archived. */
  bytesOf(path: string, generation?: number): Buffer | null;
  generations(path: string): number;
  readonly paths: () => string[];
  /** Called for each ingest request; a Response in place of undefined is the answer. */
  fail: (ingest: Ingest) => Response | undefined | Promise<Response | undefined>;
  /** The only token that is good; null = none is needed. */
  token: string | null;
  /** Requests to ingest whose token was not good. */
  readonly rejected: () => number;
  /** Another after each start of a server. */
  run: string;
  archive: { archive_id: string; epoch: number; resend: HeartbeatReply["resend"] };
  /** Whether the listing gives hashes, as a server does of quiet sources. */
  hashes: boolean;
  /** Called with each heartbeat. */
  heard: (heartbeat: unknown) => void;
  /** What it asks for between two heartbeats, seconds. */
  interval: number;
  /** Drops what it has beyond `through`, as a restored backup does. */
  forget(path: string, through: number): void;
  stop(): Promise<void>;
};

const DEVICE = "test-machine";

/** Starts it on a free port of 127.0.0.1, or on `port`. */
export function startIngestServer({ port = 0 } = {}): IngestServer {
  const sources = new Map<string, Kept>();
  let stored = 0;
  let rejected = 0;
  const keyOf = (provider: string, path: string, generation: number) => [provider, path, generation].join("\n");
  const of = (path: string) => [...sources.values()].filter((source) => source.path === path);

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    async fetch(request) {
      const url = new URL(request.url);
      if (api.token && request.headers.get("Authorization") !== `Bearer ${api.token}`) {
        if (url.pathname === "/api/agents/ingest") rejected++;
        return error(401, "unauthenticated");
      }
      if (url.pathname === "/api/agents/heartbeat") {
        api.heard(await request.json());
        return Response.json({ ...api.archive, run: api.run, interval_s: api.interval });
      }
      if (url.pathname === "/api/agents/sources") return Response.json(listing());
      if (url.pathname !== "/api/agents/ingest") return error(404, "not_found");
      return ingest(url, await decoded(request), request.headers);
    },
  });

  async function ingest(url: URL, bytes: Buffer, headers: Headers): Promise<Response> {
    const failed = await api.fail({ url, bytes, headers });
    api.requests.push({ url, bytes, headers });
    if (failed) return failed;
    const ask = (name: string) => url.searchParams.get(name)!;
    const [provider, path, generation, offset] = [
      ask("provider"),
      ask("path"),
      Number(ask("generation")),
      Number(ask("offset")),
    ];
    const found = sources.get(keyOf(provider, path, generation));
    if (!found && offset > 0) return error(409, "offset_gap", { through: 0 });
    const kept = found ?? {
      id: String(sources.size + 1),
      provider,
      path,
      generation,
      unit: ask("unit"),
      bytes: Buffer.alloc(0),
      size: null,
    };
    if (offset > kept.bytes.length) return error(409, "offset_gap", { through: kept.bytes.length });
    const known = kept.bytes.subarray(offset, offset + bytes.length);
    if (!known.equals(bytes.subarray(0, known.length))) return diverged(path, offset, bytes);
    sources.set(keyOf(provider, path, generation), kept);
    if (known.length < bytes.length) kept.bytes = Buffer.concat([kept.bytes, bytes.subarray(known.length)]);
    stored += bytes.length - known.length;
    if (url.searchParams.has("size")) kept.size = Number(ask("size"));
    const counts = { events_inserted: 0, events_skipped: 0, session_created: false, session_id: null };
    return Response.json({ source_id: kept.id, through: kept.bytes.length, ...counts });
  }

  function diverged(path: string, offset: number, bytes: Buffer): Response {
    for (const { generation, bytes: held } of of(path)) {
      const known = held.subarray(offset, offset + bytes.length);
      if (known.length > 0 && known.equals(bytes.subarray(0, known.length)))
        return error(409, "diverged", { generation, through: held.length });
    }
    return error(409, "diverged", { generation: Math.max(...of(path).map((one) => one.generation)) + 1, through: 0 });
  }

  const listing = () => ({
    next: null,
    sources: [...sources.values()].map(({ id, provider, path, generation, unit, bytes }) => {
      const sha256 = api.hashes ? new Bun.CryptoHasher("sha256").update(bytes).digest("hex") : null;
      return {
        id,
        device_id: DEVICE,
        provider,
        path,
        generation,
        unit,
        through: bytes.length,
        sha256,
        session_id: `s${id}`,
        last_at: null,
      };
    }),
  });

  const api: IngestServer = {
    url: `http://127.0.0.1:${server.port}`,
    requests: [],
    stored: () => stored,
    bytesOf: (path, generation) =>
      of(path)
        .filter((one) => one.generation === (generation ?? one.generation))
        .at(-1)?.bytes ?? null,
    generations: (path) => of(path).length,
    paths: () => [...new Set([...sources.values()].map((source) => source.path))].toSorted(),
    fail: () => undefined,
    heard: () => {},
    interval: 0.2,
    token: null,
    rejected: () => rejected,
    run: "first",
    archive: { archive_id: "archive-1", epoch: 1, resend: [] },
    hashes: true,
    forget: (path, through) => of(path).forEach((one) => (one.bytes = one.bytes.subarray(0, through))),
    stop: () => server.stop(true),
  };
  return api;
}

export const TEST_DEVICE = DEVICE;

/** An error as Longhouse gives it. */
export function error(status: number, code: string, more: Record<string, unknown> = {}): Response {
  return Response.json({ error: { code, message: code }, ...more }, { status });
}

async function decoded(request: Request): Promise<Buffer> {
  const bytes = Buffer.from(await request.arrayBuffer());
  return request.headers.get("Content-Encoding") === "gzip" ? Buffer.from(Bun.gunzipSync(bytes)) : bytes;
}
