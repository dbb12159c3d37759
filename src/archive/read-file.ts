/**
 * Files that are rewritten whole → events. Each rewrite is a generation; the newest whole one is shown. Generations are
 * derived in their order, whatever order they arrive in: one that comes late has its session derived anew. An event that
 * the newest generation no longer has stays, `abandoned`, and points at the last one that had it.
 */
import { FLAG } from "../domain/event.ts";
import { MIB } from "../domain/limits.ts";
import type { Provider } from "../domain/provider.ts";
import { explode, lineOf } from "../lib/whole-file.ts";
import { readWhole } from "../store/bytes.ts";
import { flagSources } from "../store/event-rows.ts";
import type { SourceRow } from "../store/sources.ts";
import { applyValue } from "./apply.ts";
import { isTorn, setRead } from "./generations.ts";
import type { History } from "./generations.ts";
import { parseSafely } from "./read-lines.ts";
import type { Reading, Tally } from "./read-lines.ts";

/** A file's generations on their way: `step` works for some milliseconds and says whether all is done. */
export type Walk = { readonly session: number; step(): Tally; readonly done: boolean };

/** A generation that is being derived. `before`: what the values of the one before it said. */
type Generation = {
  readonly row: SourceRow;
  readonly values: unknown[];
  readonly state: object;
  readonly ordinals: Map<string, number>;
  readonly before: ReadonlySet<bigint>;
  readonly prints: Set<bigint>;
  at: number;
  reach: number;
};

const STEP_MS = 6;
const LARGE = 8 * MIB;

/** Derives what `history` has to do, in a session that `parser` reads. */
export function walkFiles(reading: Reading, session: number, parser: Provider, history: History): Walk {
  const { db, contexts } = reading;
  const todo = [...history.todo];
  const done = [...history.done];
  let prints: { readonly path: string; readonly said: ReadonlySet<bigint> } | null = null;
  let open: Generation | null = null;

  const next = (): Generation | null => {
    for (;;) {
      const row = todo.shift();
      if (!row) return null;
      // First what was said before: one file's values at a time are enough.
      const before = said(row);
      const values = valuesOf(reading, parser, row);
      if (values) return begin(row, values, before);
      setRead(db, row, parser.version, true);
    }
  };

  const said = ({ path }: SourceRow): ReadonlySet<bigint> => {
    const older = done.filter((row) => row.path === path);
    return prints?.path === path ? prints.said : printsOf(reading, parser, older);
  };

  const begin = (row: SourceRow, values: readonly unknown[], before: ReadonlySet<bigint>): Generation => {
    const state = parser.start();
    return { row, values: [...values], state, ordinals: new Map(), before, prints: new Set(), at: 0, reach: -1 };
  };

  const finish = ({ row, prints: now }: Generation) => {
    const older = done.filter(({ path }) => path === row.path).map(({ id }) => id);
    const gone = flagSources(db, session, older, FLAG.abandoned);
    const slice = contexts.slice(session);
    for (const position of gone) slice.rewritten.add(position);
    if (gone.length > 0) slice.recount = true;
    setRead(db, row, parser.version, false);
    done.push(row);
    prints = { path: row.path, said: now };
    open = null;
    collectAfter(row.through);
  };

  const work = () => {
    const until = performance.now() + STEP_MS;
    while ((open ??= next())) {
      while (open.at < open.values.length) {
        applyNext(reading, session, parser, open);
        if (performance.now() > until) return;
      }
      finish(open);
    }
  };

  return {
    session,
    get done() {
      return open === null && todo.length === 0;
    },
    step() {
      const slice = contexts.slice(session);
      const { inserted, skipped } = slice;
      work();
      return { inserted: slice.inserted - inserted, skipped: slice.skipped - skipped };
    },
  };
}

function valuesOf({ db }: Reading, parser: Provider, { id, through }: SourceRow): readonly unknown[] | null {
  const values = explode(parser, readWhole(db, id, through));
  collectAfter(through);
  return values;
}

/** A large file's text and values are not left to some later collection. */
function collectAfter(bytes: number) {
  if (bytes > LARGE) Bun.gc(true);
}

function applyNext(reading: Reading, sessionId: number, parser: Provider, generation: Generation) {
  const { db, rows, usage, contexts, versions, now } = reading;
  const { row, values, state, ordinals, before, prints } = generation;
  const ordinal = generation.at++;
  const line = lineOf(values[ordinal]);
  // Its memory can be given back: the values of a large file are worked off in many steps.
  values[ordinal] = undefined;
  const print = Bun.hash(line.text) as bigint;
  prints.add(print);
  const session = contexts.session(sessionId);
  const slice = contexts.slice(sessionId);
  const beats = (other: number) => versions.beats(row.id, other);
  const held = { db, rows, usage, session, slice, now: now(), owner: contexts.session, beats, reach: generation.reach };
  const whole = { same: before.has(print) };
  const target = { ...held, ordinals, provisional: false, provider: parser, source: row.id, whole };
  applyValue(target, line, ordinal, parseSafely(parser, line, state));
  generation.reach = target.reach;
}

/** What the newest generation that was derived says, read again: the writer begun anew does not remember it. */
function printsOf(reading: Reading, parser: Provider, done: readonly SourceRow[]): ReadonlySet<bigint> {
  const last = done.findLast((row) => !isTorn(row));
  const values = last ? valuesOf(reading, parser, last) : null;
  return new Set(values?.map((value) => Bun.hash(lineOf(value).text) as bigint));
}
