/** The vectors as a search compares them: in memory, in blocks, brought up to date as rows come and go. */
import { products } from "../lib/vectors.ts";
import type { Quantised } from "../lib/vectors.ts";
import type { PieceKey, VectorRow } from "../store/vectors/rows.ts";
import type { Scope as WalkScope } from "../store/search/walk.ts";
import type { Near } from "./semantic-protocol.ts";

/** Vectors of one block; blocks spare the copy that a growing array is. */
const BLOCK = 4096;
/** Sessions that an answer names, and pieces of each. */
const SESSIONS_MAX = 50;
const PIECES_MAX = 3;
/** Scores that are looked at to learn how near any text is to this question. */
const SAMPLE = 2000;
/**
 * How much of the way from what is usual (the middle of all scores) to equality a piece must be. Models differ in what is
 * usual (0.1 to 0.75), so a fixed bound would be everything for one and nothing for another.
 */
const NEARER = 0.25;
const LEAST = 0.15;
/** Of fewer vectors the middle says little of what is usual. */
const MANY = 100;

type Block = {
  readonly numbers: Int8Array;
  readonly scales: Float32Array;
  /** 0 = the row is gone. */
  readonly sessions: Uint32Array;
  readonly positions: Uint32Array;
  readonly parts: Uint8Array;
  readonly starts: Uint32Array;
  readonly times: Float64Array;
  used: number;
};

/** Which pieces count: of sessions allowed, within a time. */
type Scope = Pick<WalkScope, "sessions" | "since" | "until">;

export type Memory = ReturnType<typeof createMemory>;

/** Vectors of `dims` numbers. */
export function createMemory(dims: number) {
  const blocks: Block[] = [];
  const scratch = new Int32Array(BLOCK);

  const each = (where: (block: Block, row: number) => boolean) => {
    for (const block of blocks)
      for (let row = 0; row < block.used; row++) if (where(block, row)) block.sessions[row] = 0;
  };

  return {
    dims,
    add(row: Omit<VectorRow, "hash">): void {
      let block = blocks.at(-1);
      if (!block || block.used === BLOCK) blocks.push((block = emptyBlock(dims)));
      const at = block.used++;
      block.numbers.set(new Int8Array(row.numbers.buffer, row.numbers.byteOffset, dims), at * dims);
      block.scales[at] = row.scale;
      block.sessions[at] = row.session;
      block.positions[at] = row.position;
      block.parts[at] = row.part;
      block.starts[at] = row.start;
      block.times[at] = row.at;
    },
    dropSession: (session: number): void => each((block, row) => block.sessions[row] === session),
    dropPiece: ({ session, position, part }: PieceKey): void =>
      each((block, row) => isAt(block, row, session) && block.positions[row] === position && block.parts[row] === part),
    /** Sessions of the scope that are near enough, the nearest first. */
    nearest(wanted: Quantised, scope: Scope): Near[] {
      const scores = blocks.map((block) => scoresOf(block, wanted, scratch));
      const least = leastOf(blocks, scores);
      const best = new Map<number, Scored[]>();
      for (const [n, block] of blocks.entries())
        for (let row = 0; row < block.used; row++)
          if (scores[n]![row]! >= least && counts(block, row, scope)) keep(best, block, row, scores[n]![row]!);
      return [...best]
        .toSorted(([a, x], [b, y]) => y[0]!.score - x[0]!.score || b - a)
        .slice(0, SESSIONS_MAX)
        .map(([session, pieces]) => ({ session, at: Math.max(...pieces.map(({ at }) => at)), pieces }));
    },
  };
}

function emptyBlock(dims: number): Block {
  return {
    numbers: new Int8Array(BLOCK * dims),
    scales: new Float32Array(BLOCK),
    sessions: new Uint32Array(BLOCK),
    positions: new Uint32Array(BLOCK),
    parts: new Uint8Array(BLOCK),
    starts: new Uint32Array(BLOCK),
    times: new Float64Array(BLOCK),
    used: 0,
  };
}

const isAt = ({ sessions }: Block, row: number, session: number) => sessions[row] === session;

function scoresOf(block: Block, { numbers, scale }: Quantised, scratch: Int32Array): Float32Array {
  products(block.numbers, numbers, block.used, scratch);
  const scores = new Float32Array(block.used);
  for (let row = 0; row < block.used; row++) scores[row] = scratch[row]! * block.scales[row]! * scale;
  return scores;
}

/** The score that is near enough, by the middle one of a sample. */
function leastOf(blocks: readonly Block[], scores: readonly Float32Array[]): number {
  const rows = blocks.reduce((sum, { used }) => sum + used, 0);
  const step = Math.max(1, Math.floor(rows / SAMPLE));
  const sample: number[] = [];
  for (let row = 0; row < rows; row += step) sample.push(scores[Math.floor(row / BLOCK)]![row % BLOCK]!);
  const middle = sample.sort((a, b) => a - b)[Math.floor((sample.length - 1) / 2)] ?? 0;
  const usual = middle * Math.min(1, rows / MANY);
  return Math.max(LEAST, usual + NEARER * (1 - usual));
}

function counts({ sessions, times }: Block, row: number, { sessions: allowed, since, until }: Scope): boolean {
  const session = sessions[row]!;
  return session > 0 && allowed[session] === 1 && times[row]! >= since && times[row]! < until;
}

type Scored = { readonly score: number; readonly position: number; readonly start: number; readonly at: number };

/** The best pieces of a session, one of each event. */
function keep(best: Map<number, Scored[]>, block: Block, row: number, score: number) {
  const session = block.sessions[row]!;
  const kept = best.get(session) ?? [];
  const [position, start, at] = [block.positions[row]!, block.starts[row]!, block.times[row]!];
  const same = kept.findIndex((piece) => piece.position === position);
  if (same >= 0 && kept[same]!.score >= score) return;
  const others = same >= 0 ? kept.toSpliced(same, 1) : kept;
  best.set(session, [...others, { score, position, start, at }].sort((a, b) => b.score - a.score).slice(0, PIECES_MAX));
}
