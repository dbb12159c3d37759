/** What a session's edits changed: the calls that change files, each with its result. */
import type { Database } from "bun:sqlite";
import { FLAG, KINDS } from "../domain/event.ts";
import type { Part } from "../domain/provider.ts";
import { partReader } from "./event-parts.ts";
import type { EventPointer } from "./event-parts.ts";

type Row = EventPointer & { readonly kind: number; readonly call: number | null };

/** An edit that went well: what was asked for, and what the agent says came of it. */
export type Edit = { readonly asked: Part; readonly came: Part };

const CALL = KINDS.indexOf("tool_call");
const RESULT = KINDS.indexOf("tool_result");
/** Copied history is another session's work; what was taken back is nobody's. */
const FOREIGN = FLAG.replayed | FLAG.abandoned;

/** A session's edits in its order, without those that failed or never had a result. `session` = row number. */
export function* editsOf(db: Database, session: number): Generator<Edit> {
  const reader = partReader(db);
  const open = new Map<number, Row>();
  for (const row of rowsOf(db, session)) {
    if (row.call === null) continue;
    if (row.kind === CALL) {
      open.set(row.call, row);
      continue;
    }
    const call = open.get(row.call);
    open.delete(row.call);
    if (!call || row.flags & FLAG.error) continue;
    const [asked, came] = [reader.read(call), reader.read(row)];
    if (asked && came) yield { asked, came };
  }
}

function rowsOf(db: Database, session: number): readonly Row[] {
  const change = `session = ?1 AND kind = ${CALL} AND flags & ${FLAG.change} <> 0`;
  return db
    .query<Row, [number]>(
      `SELECT source, offset, idx, flags, kind, call FROM events
       WHERE session = ?1 AND flags & ${FOREIGN} = 0 AND (kind = ${CALL} AND flags & ${FLAG.change} <> 0
       OR kind = ${RESULT} AND call IN (SELECT call FROM events WHERE ${change} AND call IS NOT NULL)) ORDER BY position`,
    )
    .all(session);
}
