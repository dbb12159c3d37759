/** Bytes put into a server as a shipper would. */
import type { Server } from "./server.ts";

export type Posted = {
  readonly source_id: string;
  readonly session_id: string | null;
  readonly through: number;
  readonly events_inserted: number;
};

/** What of a file a request says; `provider` is claude unless said. */
export type Place = { readonly provider?: string; readonly offset?: number; readonly project?: string };

/** Posts a file, or what was appended to it at `offset`. Throws when it is refused. */
export async function post(
  server: Pick<Server, "api">,
  path: string,
  text: string,
  place: Place = {},
): Promise<Posted> {
  const query = new URLSearchParams({
    provider: place.provider ?? "claude",
    path,
    offset: String(place.offset ?? 0),
    ...(place.project === undefined ? {} : { project: place.project }),
  });
  const response = await server.api(`/api/agents/ingest?${query}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: text,
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Posted;
}

/** The archive's id of a session, by the agent's own. */
export async function sessionId(server: Pick<Server, "json">, own: string): Promise<string> {
  type List = { sessions: { id: string; provider_session_id: string; kind: string }[]; next: string | null };
  for (let cursor: string | null = ""; cursor !== null;) {
    const list: List = await server.json(
      `/api/agents/sessions?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    const found = list.sessions.find((session) => session.provider_session_id === own);
    if (found) return found.id;
    cursor = list.next;
  }
  throw new Error(`no session ${own}`);
}

/** The first event of a session that holds the words. The server looks through a long session in several answers. */
export async function findEvent(server: Pick<Server, "json">, session: string, words: string): Promise<string> {
  type Found = { readonly ids: readonly string[]; readonly next: string | null };
  for (let after: string | null = ""; after !== null;) {
    const query = new URLSearchParams({ query: words, ...(after === "" ? {} : { after }) });
    const found: Found = await server.json(`/api/agents/sessions/${session}/events?${query}`);
    if (found.ids.length > 0) return found.ids[0]!;
    after = found.next;
  }
  throw new Error(`no event says ${words}`);
}
