/** Events' texts, read back: row → its line's bytes → the provider's parse → the part. Nothing of a text is stored twice. */
import type { Database } from "bun:sqlite";
import { FLAG } from "../domain/event.ts";
import { MIB, OVERSIZE, OVERSIZE_HEAD } from "../domain/limits.ts";
import type { Line, Part, Provider } from "../domain/provider.ts";
import { LineCutter, values } from "../lib/lines.ts";
import type { RawLine } from "../lib/lines.ts";
import { explode, lineOf } from "../lib/whole-file.ts";
import { provider } from "../providers/all.ts";
import { FrameCache } from "./blocks.ts";
import { readBytes, readWhole } from "./bytes.ts";
import { snapshot } from "./snapshot.ts";

/** Where an event's bytes stand; columns of `events`. */
export type EventPointer = {
  readonly source: number;
  readonly offset: number;
  readonly idx: number;
  readonly flags: number;
};

/** Bytes of blocks kept unpacked for each connection. */
const CACHE_FRAMES = 4 * MIB;
/** Bytes of whole files kept parsed for each connection: a session's events often stand in several generations. */
const CACHE_FILES = 8 * MIB;

/** What a connection keeps. */
type Kept = { readonly frames: FrameCache; readonly files: FileCache };
const caches = new WeakMap<Database, Kept>();

function keptOf(db: Database): Kept {
  const found = caches.get(db) ?? { frames: new FrameCache(CACHE_FRAMES), files: new FileCache(CACHE_FILES) };
  caches.set(db, found);
  return found;
}

/** Keeps so many bytes of unpacked blocks for this connection from now on; none of those it had. */
export function keepFrames(db: Database, bytes: number): void {
  caches.set(db, { ...keptOf(db), frames: new FrameCache(bytes) });
}

type WholeFile = { readonly lines: readonly Line[]; readonly bytes: number };

/**
 * Parsed files by their bytes' name, the least recently read forgotten first. The last one that is over the limit is kept
 * while there is memory: its events are read in many short steps.
 */
class FileCache {
  readonly #files = new Map<string, WholeFile>();
  #large: { readonly name: string; readonly file: WeakRef<WholeFile> } | null = null;

  constructor(readonly limit: number) {}

  get(name: string, read: () => WholeFile): WholeFile {
    const large = this.#large?.name === name ? this.#large.file.deref() : undefined;
    const file = this.#files.get(name) ?? large ?? read();
    if (file.bytes > this.limit) this.#large = { name, file: new WeakRef(file) };
    else this.#keep(name, file);
    return file;
  }

  #keep(name: string, file: WholeFile) {
    this.#files.delete(name);
    this.#files.set(name, file);
    let bytes = this.#files.values().reduce((sum, each) => sum + each.bytes, 0);
    for (const [other, { bytes: less }] of this.#files) {
      if (bytes <= this.limit) return;
      this.#files.delete(other);
      bytes -= less;
    }
  }
}

/** Reads parts; keeps the last line, since one line often gives several events. `bytes` = of lines read so far. */
export type PartReader = { read(event: EventPointer): Part | null; readonly bytes: number };

/** Make one for rows that lie near each other, and forget it: it does not see lines that change. */
export function partReader(db: Database): PartReader {
  const { frames, files } = keptOf(db);
  const sources = new Map<number, Source | null>();
  const sourceOf = (id: number) => {
    if (!sources.has(id)) sources.set(id, readSource(db, id));
    return sources.get(id)!;
  };
  let place = "";
  let lines: readonly Line[] = [];
  let parts = new Map<number, readonly Part[]>();
  let bytes = 0;

  const turnTo = (event: EventPointer, source: Source) => {
    const wanted = `${event.source}:${event.offset}`;
    if (wanted === place) return;
    place = wanted;
    parts = new Map();
    lines = source.whole ? [] : linesOf(event);
    if (!source.whole) return;
    const file = files.get(source.content, () => snapshot(db, () => readFile(db, source)));
    lines = file.lines;
    // A page of the events of one large file is not to end at the first of them.
    bytes += Math.ceil(file.bytes / Math.max(1, file.lines.length));
  };

  const linesOf = (event: EventPointer): readonly Line[] => {
    const raw = snapshot(db, () => readLine(db, event, frames));
    bytes += raw?.bytes.length ?? 0;
    return raw ? values(raw) : [];
  };

  return {
    read(event) {
      const source = sourceOf(event.source);
      if (!source?.parser) return null;
      turnTo(event, source);
      const { parser } = source;
      const ordinal = event.idx >> 10;
      const line = lines[ordinal];
      if (!line) return null;
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
function readLine(db: Database, { source, offset, flags }: EventPointer, cache: FrameCache): RawLine | null {
  const oversize = (flags & FLAG.oversize) !== 0;
  const cutter = new LineCutter(offset);
  for (const piece of readBytes(db, source, offset, offset + (oversize ? OVERSIZE_HEAD : OVERSIZE + 1), cache))
    for (const line of cutter.push(piece)) return line;
  const tail = cutter.tail();
  return tail && oversize ? { ...tail, oversize } : tail;
}

type Source = {
  readonly id: number;
  readonly through: number;
  /** A name of these very bytes: undeleted, a source may hold others. */
  readonly content: string;
  /** It is rewritten whole: its events' values are those of its one JSON value. */
  readonly whole: boolean;
  readonly parser: Provider | null;
};

function readSource(db: Database, id: number): Source | null {
  const row = db
    .query<{ provider: string; path: string; unit: string; through: number; last_at: number }, [number]>(
      "SELECT provider, path, unit, through, last_at FROM sources WHERE id = ?",
    )
    .get(id);
  if (!row) return null;
  // The JSON form has lines of its own, whichever agent they speak of.
  const parser = provider(row.path.startsWith("event:") ? "event" : row.provider);
  const content = `${id}:${row.through}:${row.last_at}`;
  return { id, through: row.through, content, whole: row.unit === "file", parser };
}

function readFile(db: Database, { id, through, parser }: Source): WholeFile {
  const found = parser ? explode(parser, readWhole(db, id, through)) : null;
  return { lines: (found ?? []).map(lineOf), bytes: through };
}

/** Parsers must not throw; one that does all the same costs its line, not the page. */
function parseSafely(parser: Provider, line: Line): readonly Part[] {
  try {
    return parser.parse(line, null).parts;
  } catch {
    return [{ index: 0, kind: "unknown", text: line.text.slice(0, 1024) }];
  }
}
