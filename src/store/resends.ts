/** How often shippers were to compare all they have with the archive: after an undelete, an import. Part of the epoch. */
import type { Database } from "bun:sqlite";
import { readSetting, putSetting } from "./settings.ts";

const KEY = "resends";
/** `archive.epoch` is of another history (a restore) and empties the search index; these do not. Their sum never repeats. */
const STEP = 1_000_000;

/** The epoch that heartbeats are told: it changes when shippers must compare again. */
export function shipEpoch(db: Database): number {
  const { epoch } = db.query<{ epoch: number }, []>("SELECT epoch FROM archive").get()!;
  return epoch + STEP * Number(readSetting(db, KEY) ?? 0);
}

/** Lets every shipper compare, with its next heartbeat. */
export function raiseResends(db: Database): void {
  putSetting(db, { key: KEY, value: String(Number(readSetting(db, KEY) ?? 0) + 1) });
}
