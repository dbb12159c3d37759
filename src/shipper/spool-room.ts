/**
 * What happens when the spool is full. The newest is kept: what is older and still stands in its file gives way. The only
 * copy of something gives way to nothing but a newer only copy, and then it is said that bytes were lost.
 */
import { lstatSync } from "node:fs";
import type { Log } from "../lib/log.ts";
import { freshRow } from "./row.ts";
import type { Found } from "./scan.ts";
import type { Kept, Payloads } from "./spool-payloads.ts";
import type { Spool } from "./spool.ts";

/** The failure that `status` shows of what found no room. */
export const SPOOL_FULL = "spool_full";

type Room = { readonly spool: Spool; readonly payloads: Payloads; readonly log: Log; readonly max: number };

/** `gone`: the bytes stand nowhere else any more. */
type Wanted = { readonly found: Found; readonly bytes: number; readonly gone: boolean };

/** Makes room for so many bytes of a source; false when they must stay where they are, which is noted and logged. */
export function makeRoom(room: Room, { found, bytes, gone }: Wanted): boolean {
  const { payloads, max } = room;
  const fits = () => payloads.stored() + bytes <= max;
  if (fits()) return true;
  const others = payloads.oldest(found.mtime).filter((one) => one.path !== found.path);
  for (const other of others) if (!fits() && standsInItsFile(payloads, other)) giveWay(room, other);
  if (gone) for (const other of others) if (!fits()) lose(room, other);
  if (fits()) return true;
  note(room, found, gone ? "the spool is full: the end of a file that went is lost" : "the spool is full");
  return false;
}

/** Whether all that is kept of it can be read from its file again: it was not touched since it was taken. */
function standsInItsFile(payloads: Payloads, kept: Kept): boolean {
  const cover = payloads.cover(kept);
  const stat = lstatSync(kept.path, { throwIfNoEntry: false });
  const first = payloads.first(kept);
  if (!cover || !stat || first?.generation !== cover.generation) return false;
  return stat.ino === cover.inode && stat.size === cover.size && stat.mtimeMs === cover.mtime;
}

function giveWay(room: Room, kept: Kept) {
  const cover = room.payloads.cover(kept)!;
  room.payloads.forget(kept, cover.generation);
  note(room, cover, "the spool is full: what still stands in its file is left there");
}

function lose(room: Room, kept: Kept) {
  for (let payload = room.payloads.first(kept); payload; payload = room.payloads.first(kept)) {
    room.payloads.drop(payload);
    note(room, payload.next, "the spool is full: bytes of a file that went are lost");
  }
}

/** Once for each source, until it is on its way again. */
function note({ spool, log }: Room, found: Found, message: string) {
  const row = spool.find(found.provider, found.path) ?? freshRow(found);
  if (row.failure === SPOOL_FULL) return;
  log.error(message, { path: found.path, acked: row.acked, size: found.size });
  spool.put({ ...row, failure: SPOOL_FULL, failedAt: Date.now() });
}
