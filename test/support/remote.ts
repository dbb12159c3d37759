/** What a client sees of an archive, over HTTP only: sources, their bytes, sessions, events, counters. */
import type { Server } from "./server.ts";

export type Source = {
  readonly id: string;
  readonly device_id: string;
  readonly provider: string;
  readonly path: string;
  readonly generation: number;
  readonly unit: string;
  readonly through: number;
  readonly sha256: string | null;
  readonly session_id: string | null;
};

export type Session = {
  readonly id: string;
  readonly provider: string;
  readonly provider_session_id: string;
  readonly title: string | null;
  readonly project: string | null;
  readonly cwd: string | null;
  readonly kind: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly last_event_at: string | null;
  readonly user_messages: number;
  readonly assistant_messages: number;
  readonly tool_calls: number;
  readonly errors: number;
  readonly models: readonly string[];
  readonly tokens: Readonly<Record<string, number>>;
};

export type Event = Readonly<Record<string, unknown>> & { readonly id: string; readonly kind: string };

/** Every source, page by page. `filter` is a query string. */
export async function sourcesOf(server: Server, filter = ""): Promise<Source[]> {
  const all: Source[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { sources: Source[]; next: string | null } = await server.json(
      `/api/agents/sources?limit=1000&${filter}${cursor && `&cursor=${cursor}`}`,
    );
    all.push(...page.sources);
    cursor = page.next;
  }
  return all;
}

/** Sources of one path, oldest generation first. */
export async function sourcesAt(server: Server, path: string): Promise<Source[]> {
  const found = await sourcesOf(server, `path=${encodeURIComponent(path)}`);
  return found.toSorted((a, b) => a.generation - b.generation);
}

/** A source's bytes; throws when the answer is none. */
export async function raw(server: Server, id: string, range?: string): Promise<Buffer> {
  const answer = await server.api(`/api/agents/sources/${id}/raw`, range ? { headers: { range } } : {});
  if (answer.status !== (range ? 206 : 200)) throw new Error(`raw ${id}: ${answer.status} ${await answer.text()}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** Every session, sub-agents and tests included. */
export async function sessionsOf(server: Server): Promise<Session[]> {
  const all: Session[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { sessions: Session[]; next: string | null } = await server.json(
      `/api/agents/sessions?limit=100&include_subagents=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    all.push(...page.sessions);
    cursor = page.next;
  }
  return all;
}

/** All events of a session, in order. */
export async function eventsOf(server: Server, session: string): Promise<Event[]> {
  const all: Event[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: { events: Event[]; next: string | null } = await server.json(
      `/api/agents/sessions/${session}/events?limit=1000${after && `&after=${after}`}`,
    );
    all.push(...page.events);
    after = page.next;
  }
  return all;
}

/** A counter or gauge of /metrics, summed over its labels. */
export async function metric(server: Server, name: string): Promise<number> {
  const text = await (await server.api("/metrics")).text();
  const rows = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return rows.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Sessions that a query finds. */
export async function search(server: Server, query: string): Promise<Session[]> {
  const page = await server.json<{ sessions: Session[] }>(
    `/api/agents/sessions?limit=100&include_subagents=1&query=${encodeURIComponent(query)}`,
  );
  return page.sessions;
}

export type Piece = {
  readonly path: string;
  readonly provider?: string;
  readonly offset?: number;
  readonly generation?: number;
  readonly unit?: string;
  readonly size?: number;
};

export type Accepted = {
  readonly source_id: string;
  readonly session_id: string | null;
  readonly through: number;
  readonly events_inserted: number;
  readonly events_skipped: number;
};

/** Posts bytes as a shipper does; the answer as it came. `headers` are added. */
export function send(
  server: Pick<Server, "api">,
  { provider = "claude", ...piece }: Piece,
  bytes: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const query = new URLSearchParams({ provider });
  for (const [name, value] of Object.entries(piece)) query.set(name, String(value));
  return server.api(`/api/agents/ingest?${query}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson", ...headers },
    body: bytes as Uint8Array<ArrayBuffer>,
  });
}

/** As `send`, for what must be taken. */
export async function archive(
  server: Pick<Server, "api">,
  piece: Piece,
  bytes: Uint8Array | string,
): Promise<Accepted> {
  const answer = await send(server, piece, bytes);
  if (answer.status !== 200)
    throw new Error(`${piece.path} at ${piece.offset}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Accepted;
}
