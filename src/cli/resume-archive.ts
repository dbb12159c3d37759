/** The archive of a server, as restoring sees it: a session's bytes are fetched once, into a file of ours. */
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Archive, Archived } from "../commis/resume/archived.ts";
import { Fault } from "../domain/fault.ts";
import type { Unit } from "../domain/provider.ts";
import type { Session } from "../domain/session.ts";
import { PLAIN, type SourceList } from "../domain/source.ts";
import { authorization, reasonOf } from "../shipper/ship.ts";
import { type Client, faultOf, unreachable } from "./client.ts";

/** A large session on a slow line. */
const FETCH_MS = 15 * 60_000;

export type FetchedArchive = Archive & {
  /** Removes what was fetched. */
  close(): void;
};

/** Fetches what is asked for into a new folder that only this user can read. */
export function fetchedArchive(client: Client): FetchedArchive {
  const dir = mkdtempSync(join(tmpdir(), "longhouse-resume-"));
  const known = new Map<string, Promise<Archived | null>>();
  return {
    find(id) {
      const found = known.get(id) ?? fetched(client, id, join(dir, String(known.size)));
      known.set(id, found);
      return found;
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

async function fetched(client: Client, id: string, file: string): Promise<Archived | null> {
  const path = `/api/agents/sessions/${encodeURIComponent(id)}`;
  const session = await orNull(client.get<Session>(path));
  const answer = session && (await orNull(bytesOf(client, `${path}/export?format=jsonl`)));
  if (!session || !answer) return null;
  const size = await save(answer, file);
  const said = (name: string) => decodeURIComponent(answer.headers.get(name) ?? "");
  const source = said("x-source-path");
  return {
    session,
    path: source.endsWith(PLAIN) ? source.slice(0, -PLAIN.length) : source,
    unit: said("x-source-unit") === "file" ? "file" : ("lines" satisfies Unit),
    device: said("x-source-device"),
    size,
    read: () => createReadStream(file),
    holds: async (sha256) => {
      const list = await client.get<SourceList>(`/api/agents/sources?limit=1000&session_id=${encodeURIComponent(id)}`);
      return list.sources.some((each) => each.sha256 === sha256);
    },
  };
}

async function bytesOf(client: Client, path: string): Promise<Response> {
  const signal = AbortSignal.timeout(FETCH_MS);
  const headers = authorization(client.token);
  const answer = await fetch(client.url + path, { headers, redirect: "error", signal }).catch((error: unknown) => {
    throw unreachable(client.url, reasonOf(error));
  });
  if (answer.ok) return answer;
  throw await faultOf(client, answer);
}

async function save(answer: Response, file: string): Promise<number> {
  let size = 0;
  const counted = async function* () {
    for await (const piece of answer.body ?? []) {
      size += piece.length;
      yield piece;
    }
  };
  await pipeline(counted, createWriteStream(file, { mode: 0o600 }));
  return size;
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return null;
    throw error;
  }
}
