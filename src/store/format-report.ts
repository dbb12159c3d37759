/** Which records no parser knows, by their types. A type's name is read back from the record's bytes. */
import type { Database } from "bun:sqlite";
import { KINDS } from "../domain/event.ts";
import type { FormatReport, ProviderFormats } from "../domain/usage.ts";
import { partReader } from "./event-parts.ts";
import type { EventPointer } from "./event-parts.ts";
import { snapshot } from "./snapshot.ts";

/** Records whose type is looked up, and types of a provider that are named. */
const READ_MAX = 20_000;
const TYPES_MAX = 100;
const UNKNOWN = KINDS.indexOf("unknown");

type Counts = { readonly provider: string; readonly records: number; readonly unknown: number };
type Row = EventPointer & { readonly provider: string };

/** Every provider that has events; reads all their rows, and the bytes of the first unknown ones: not for main. */
export function formatReport(db: Database): FormatReport {
  return snapshot(db, () => {
    const counts = db
      .query<Counts, []>(
        `SELECT s.provider, count(*) AS records, sum(e.kind = ${UNKNOWN}) AS unknown
         FROM events e JOIN sessions s ON s.id = e.session GROUP BY s.provider ORDER BY s.provider`,
      )
      .all();
    const types = readTypes(db);
    const providers = counts.map((one): ProviderFormats => ({ ...one, types: named(types.get(one.provider)) }));
    return { providers, unread: Math.max(0, counts.reduce((sum, one) => sum + one.unknown, 0) - READ_MAX) };
  });
}

/** Provider → type → how many; in the order of bytes, so that no block is decompressed twice. */
function readTypes(db: Database): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const rows = db
    .query<Row, []>(
      `SELECT e.source, e.offset, e.idx, e.flags, s.provider FROM events e JOIN sessions s ON s.id = e.session
       WHERE e.kind = ${UNKNOWN} ORDER BY e.source, e.offset, e.idx LIMIT ${READ_MAX}`,
    )
    .all();
  const reader = partReader(db);
  const found = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const types = found.get(row.provider) ?? new Map<string, number>();
    const type = typeName(reader.read(row)?.text);
    found.set(row.provider, types.set(type, (types.get(type) ?? 0) + 1));
  }
  return found;
}

/** The parser's word for it. A line that is no JSON has its own text instead: that is content, and is not shown. */
function typeName(text: string | undefined): string {
  if (text === undefined || text === "") return "(no type)";
  return /^[\p{L}\p{N}_.:/, -]{1,120}$/u.test(text) ? text : "(not JSON)";
}

function named(types: ReadonlyMap<string, number> = new Map()): ProviderFormats["types"] {
  const all = [...types].map(([type, count]) => ({ type, count }));
  return all.sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1)).slice(0, TYPES_MAX);
}
