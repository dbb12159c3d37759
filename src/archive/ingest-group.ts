/** Requests that share one transaction and one fsync, and what each of them is answered. */
import type { Database } from "bun:sqlite";
import { MIB } from "../domain/limits.ts";
import { sessionName } from "../store/session-state.ts";
import type { Step } from "./derive.ts";
import type { Archived } from "./ingest.ts";
import type { IngestReply, IngestRequest } from "./protocol.ts";

const GROUP_MAX = 3 * MIB;

export type Ingest = { readonly id: number; readonly request: IngestRequest };

/** Takes the first requests off the queue: as many as make a group, at least one. */
export function takeGroup(queue: Ingest[]): { readonly group: readonly Ingest[]; readonly bytes: number } {
  const group: Ingest[] = [];
  let bytes = 0;
  while (queue.length > 0) {
    const length = queue[0]!.request.bytes.byteLength;
    if (group.length > 0 && bytes + length > GROUP_MAX) break;
    bytes += length;
    group.push(queue.shift()!);
  }
  return { group, bytes };
}

/** `step`: what was derived at once, null when that comes later. */
export function answerOf(db: Database, result: Archived, step: Step | null): IngestReply {
  if (result.kind === "gap" || result.kind === "diverged") return result;
  const source = result.kind === "appended" ? result.appended.source : result.source;
  const outcome = step?.outcomes.get(source.id);
  return {
    kind: "ok",
    result: {
      source_id: String(source.id),
      session_id: outcome && outcome.inserted + outcome.skipped > 0 ? sessionName(db, outcome.session).uuid : null,
      through: result.through,
      events_inserted: outcome?.inserted ?? 0,
      events_skipped: outcome?.skipped ?? 0,
      session_created: outcome?.created ?? false,
      ...(result.kind === "known" && result.discarded ? { discarded: true as const } : {}),
    },
  };
}
