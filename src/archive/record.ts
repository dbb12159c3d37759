/** What a derived slice leaves in `changes`, and the packets that spare the indexer from reading its texts back. */
import type { Database } from "bun:sqlite";
import type { Rows } from "../store/event-rows.ts";
import { raiseRevision, sessionName } from "../store/session-state.ts";
import type { Packet } from "./protocol.ts";
import type { Slice } from "./slice.ts";

/** `look`: something is told in `changes` only. Packets are in the order of their changes. */
export type Recorded = { readonly packets: readonly Packet[]; readonly look: boolean };

/** Writes the rows; in the slice's transaction. */
export function recordSlices(db: Database, rows: Rows, slices: ReadonlyMap<number, Slice>): Recorded {
  const packets: Packet[] = [];
  let look = false;
  for (const [session, slice] of slices) {
    if (slice.rewritten.size > 0) {
      look = true;
      recordRewritten(db, rows, session, slice);
    }
    const { first: position, texts, columns } = slice;
    const retitled = sessionName(db, session).title !== slice.title;
    if (retitled) packets.push(packet(rows.change("session", session), { session, position, columns: [], texts: [] }));
    if (texts.length === 0) continue;
    packets.push(packet(rows.change("events", session, position, texts.length), { session, position, columns, texts }));
  }
  return { packets, look };
}

function recordRewritten(db: Database, rows: Rows, session: number, { rewritten }: Slice) {
  raiseRevision(db, session);
  if (rewritten.has(0)) return void rows.change("rebuilt", session);
  for (const position of rewritten) rows.change("events", session, position, 1);
}

type Content = {
  readonly session: number;
  readonly position: number;
  readonly columns: readonly number[];
  readonly texts: readonly string[];
};

function packet(change: number, { session, position, columns, texts }: Content): Packet {
  return { change, session, position, columns: Float64Array.from(columns), text: texts.join("") };
}
