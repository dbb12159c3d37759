/**
 * What stood where and since when, and so what is owed. A *history* is a text that only grows: an append prolongs it, a cut
 * or an overwrite ends it and begins another one (a cut one shares its beginning and names), a rename gives it another path.
 */

/** `until` is Infinity while it stands. Times are ms of one clock. */
export type History = {
  readonly paths: Set<string>;
  bytes: Buffer;
  /** What stands before `end` has stood since `at`. */
  readonly marks: readonly Mark[];
  until: number;
};

export type Mark = { readonly end: number; readonly at: number };

/** A time in which the shipper ran without a break. */
export type Span = { readonly from: number; readonly to: number };

/** A whole line that stood this long while the shipper ran is owed, ms. */
export const STOOD_MS = 3000;
const LF = 10;

export class Model {
  readonly histories: History[] = [];
  readonly standing = new Map<string, History>();

  /** `at`: after it was written. */
  append(path: string, bytes: Buffer, at: number): void {
    const before = this.standing.get(path) ?? this.#begin(path, Buffer.alloc(0), []);
    before.bytes = Buffer.concat([before.bytes, bytes]);
    (before.marks as Mark[]).push({ end: before.bytes.length, at });
  }

  /** What stands is cut to its first `to` bytes. `at`: before that was done. */
  cut(path: string, to: number, at: number): void {
    const before = this.standing.get(path);
    if (!before) return;
    this.end(path, at);
    const marks = before.marks.map((mark) => ({ ...mark, end: Math.min(mark.end, to) }));
    const { paths } = this.#begin(path, before.bytes.subarray(0, to), marks);
    for (const earlier of before.paths) paths.add(earlier);
  }

  rename(path: string, to: string, at: number): void {
    const moved = this.standing.get(path);
    this.end(to, at);
    if (!moved) return;
    this.standing.delete(path);
    this.standing.set(to, moved);
    moved.paths.add(to);
  }

  /** The path is gone, or another file takes it. `at`: before that was done. */
  end(path: string, at: number): void {
    const before = this.standing.get(path);
    if (before) before.until = at;
    this.standing.delete(path);
  }

  at(path: string): History[] {
    return this.histories.filter(({ paths }) => paths.has(path));
  }

  #begin(path: string, bytes: Buffer, marks: readonly Mark[]): History {
    const history = { paths: new Set([path]), bytes, marks: [...marks], until: Infinity };
    this.histories.push(history);
    this.standing.set(path, history);
    return history;
  }
}

/** How many of its first bytes are owed: through the last whole line that stood long enough. `slack`: of a slow machine, ms. */
export function owed({ marks, bytes, until }: History, ran: readonly Span[], slack: number): number {
  const stood = (at: number) =>
    ran.some(({ from, to }) => Math.min(to, until) - Math.max(from, at) >= STOOD_MS + slack);
  const end = Math.max(0, ...marks.filter(({ at }) => stood(at)).map((mark) => mark.end));
  return end === 0 ? 0 : bytes.lastIndexOf(LF, end - 1) + 1;
}
