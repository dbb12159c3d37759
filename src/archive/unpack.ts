/**
 * Packed sources (zstd of a log): their bytes are archived as they are, and unpacked into a source of their own, which is
 * placed like any other: a replica where the plain file is archived too (equal bytes share their blocks), else the one
 * that events point into, role `plain`. Unpacked bytes commit with what was read of them, so a crash only repeats work.
 */
import type { Database } from "bun:sqlite";
import { BLOCK, MIB } from "../domain/limits.ts";
import { PLAIN } from "../domain/source.ts";
import { Unzstd, zstdRoom } from "../lib/zstd.ts";
import { appendBytes, readRange } from "../store/bytes.ts";
import { addSource, findSource, moveThrough, setDerived, setRole, sourceById } from "../store/sources.ts";
import type { SourceRow } from "../store/sources.ts";
import { discardSource } from "../store/tombstones.ts";
import type { Grave } from "../store/tombstones.ts";

/** Bytes that one packed source may give; the rest of it is archived and not derived (`state` says so). */
const UNPACKED_MAX = 1024 * MIB;

/** Bytes that are new in a plain source, at `offset`. */
export type Unpacked = { readonly plain: number; readonly offset: number; readonly bytes: Uint8Array };

/** A packed source on its way. `fed` = packed bytes read, `given` = plain bytes that came of them. */
type Job = { readonly source: number; readonly unzstd: Unzstd; fed: number; given: number };

export type Unpacker = ReturnType<typeof createUnpacker>;

/** One source at a time is on its way; another one begins the first anew, which then passes over what was given. */
export function createUnpacker(db: Database, now: () => number) {
  let job: Job | null = null;

  const close = () => {
    job?.unzstd.close();
    job = null;
  };

  const open = (source: number): Job => {
    if (job?.source !== source) close();
    return (job ??= { source, unzstd: new Unzstd(), fed: 0, given: 0 });
  };

  /** Fills `room` from the packed bytes that are archived; returns how many bytes it gave. */
  const fill = (going: Job, through: number, room: Uint8Array): number => {
    let filled = 0;
    for (;;) {
      filled += going.unzstd.read(room.subarray(filled));
      if (filled === room.length || going.unzstd.broken || going.fed >= through) return filled;
      const input = readRange(
        db,
        going.source,
        going.fed,
        Math.min(through, (Math.floor(going.fed / BLOCK) + 1) * BLOCK),
      );
      going.fed += input.length;
      going.unzstd.write(input);
    }
  };

  return {
    /** Archives the next unpacked bytes; null when there are no more of what has arrived. */
    next(packed: SourceRow): Unpacked | null {
      if (isSpent(packed)) return null;
      const going = open(packed.id);
      const plain = plainOf(db, packed, now());
      if (plain.discarded) return null;
      for (;;) {
        const room = zstdRoom();
        const bytes = room.subarray(0, Math.min(fill(going, packed.through, room), UNPACKED_MAX - going.given));
        const known = Math.max(0, plain.through - going.given);
        going.given += bytes.length;
        if (bytes.length === 0) return null;
        if (known >= bytes.length) continue;
        const fresh = bytes.subarray(known);
        appendBytes(db, plain.id, plain.through, fresh);
        moveThrough(db, plain.id, plain.through + fresh.length, null, now());
        return { plain: plain.id, offset: plain.through, bytes: fresh };
      }
    },
    /** Remembers that all of what has arrived is unpacked, and whose it turned out to be. */
    finish(packed: SourceRow, version: number): void {
      const ended = job?.source === packed.id && (job.unzstd.broken || job.given >= UNPACKED_MAX);
      const state = ended || isSpent(packed) ? SPENT : "{}";
      setDerived(db, packed.id, { derivedThrough: packed.through, version, state });
      const plain = findSource(db, plainKey(packed));
      if (plain?.discarded) return discardSource(db, packed.id, graveIn(plain));
      setRole(db, packed.id, "packed", plain?.session ?? null);
      if (ended) close();
    },
    /** After a rollback, and when nothing is to do. */
    forget: close,
  };
}

/** `state` of a packed source that gives nothing more, whatever comes: damaged, or over the limit. */
const SPENT = '{"spent":true}';
const isSpent = ({ state }: SourceRow): boolean => state === SPENT;

const plainKey = ({ device, provider, path, generation }: SourceRow) => ({
  device,
  provider,
  path: path + PLAIN,
  generation,
});

function plainOf(db: Database, packed: SourceRow, now: number): SourceRow {
  const key = plainKey(packed);
  return findSource(db, key) ?? addSource(db, key, { unit: "lines", hint: packed.hint, now });
}

/** Whose deletion took the plain source away (`discardSource` wrote it). */
function graveIn(plain: SourceRow): Grave {
  return (JSON.parse(plain.state ?? "{}") as { deleted: Grave }).deleted;
}

/** The source is still there and packed. */
export const isPacked = (db: Database, source: number): boolean => {
  const { role, discarded } = sourceById(db, source);
  return role === "packed" && !discarded;
};
