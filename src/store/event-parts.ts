/** Events' texts, read back: row → its line's bytes → the provider's parse → the part. Nothing of a text is stored twice. */
import type { Database } from "bun:sqlite";
import { FLAG } from "../domain/event.ts";
import { OVERSIZE, OVERSIZE_HEAD } from "../domain/limits.ts";
import type { Line, Part, Provider } from "../domain/provider.ts";
import { LineCutter, values } from "../lib/lines.ts";
import type { RawLine } from "../lib/lines.ts";
import { provider } from "../providers/all.ts";
import { BlockCache, readBytes } from "./bytes.ts";
import { snapshot } from "./snapshot.ts";

/** Where an event's bytes stand; columns of `events`. */
export type EventPointer = {
  readonly source: number;
  readonly offset: number;
  readonly idx: number;
  readonly flags: number;
};

/** Blocks of 128 KiB kept decompressed for each connection. */
const CACHE_BLOCKS = 32;
const caches = new WeakMap<Database, BlockCache>();

/** Reads parts; keeps the last line, since one line often gives several events. `bytes` = of lines read so far. */
export type PartReader = { read(event: EventPointer): Part | null; readonly bytes: number };

/** Make one for rows that lie near each other, and forget it: it does not see lines that change. */
export function partReader(db: Database): PartReader {
  const cache = caches.get(db) ?? new BlockCache(CACHE_BLOCKS);
  caches.set(db, cache);
  const parsers = new Map<number, Provider | null>();
  const parserFor = (source: number) => {
    if (!parsers.has(source)) parsers.set(source, parserOf(db, source));
    return parsers.get(source)!;
  };
  let place = "";
  let lines: readonly Line[] = [];
  let parts = new Map<number, readonly Part[]>();
  let bytes = 0;

  const turnTo = (event: EventPointer) => {
    const wanted = `${event.source}:${event.offset}`;
    if (wanted === place) return;
    const raw = snapshot(db, () => readLine(db, event, cache));
    bytes += raw?.bytes.length ?? 0;
    lines = raw ? values(raw) : [];
    parts = new Map();
    place = wanted;
  };

  return {
    read(event) {
      turnTo(event);
      const ordinal = event.idx >> 10;
      const line = lines[ordinal];
      const parser = parserFor(event.source);
      if (!line || !parser) return null;
      if (!parts.has(ordinal)) parts.set(ordinal, parseSafely(parser, line));
      return parts.get(ordinal)!.find((part) => part.index === (event.idx & 1023)) ?? null;
    },
    get bytes() {
      return bytes;
    },
  };
}

/** Events' parts, in order; null where the bytes are gone or the parser finds nothing there any more. */
export function readParts(db: Database, events: readonly EventPointer[]): (Part | null)[] {
  const reader = partReader(db);
  return snapshot(db, () => events.map((event) => reader.read(event)));
}

/** The line at an event's offset. Of an oversize line only the head is read, not 100 MB to be thrown away. */
function readLine(db: Database, { source, offset, flags }: EventPointer, cache: BlockCache): RawLine | null {
  const oversize = (flags & FLAG.oversize) !== 0;
  const cutter = new LineCutter(offset);
  for (const piece of readBytes(db, source, offset, offset + (oversize ? OVERSIZE_HEAD : OVERSIZE + 1), cache))
    for (const line of cutter.push(piece)) return line;
  const tail = cutter.tail();
  return tail && oversize ? { ...tail, oversize } : tail;
}

function parserOf(db: Database, source: number): Provider | null {
  const row = db
    .query<{ provider: string; path: string }, [number]>("SELECT provider, path FROM sources WHERE id = ?")
    .get(source);
  if (!row) return null;
  // The JSON form has lines of its own, whichever agent they speak of.
  return provider(row.path.startsWith("event:") ? "event" : row.provider);
}

/** Parsers must not throw; one that does all the same costs its line, not the page. */
function parseSafely(parser: Provider, line: Line): readonly Part[] {
  try {
    return parser.parse(line, null).parts;
  } catch {
    return [{ index: 0, kind: "unknown", text: line.text.slice(0, 1024) }];
  }
}
