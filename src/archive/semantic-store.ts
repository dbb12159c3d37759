/** vectors.db and what of it is in memory, kept equal: everything that changes one changes the other. */
import type { Database } from "bun:sqlite";
import { MIB } from "../domain/limits.ts";
import { sha256 } from "../lib/crypto.ts";
import type { Quantised } from "../lib/vectors.ts";
import { archiveState } from "../store/search/follow.ts";
import {
  countVectors,
  dropFrom,
  dropOldest,
  dropPiece,
  dropSession,
  emptyVectors,
  everyVector,
  putVector,
  readVectorState,
  writeDims,
} from "../store/vectors/rows.ts";
import type { PieceKey, VectorRow } from "../store/vectors/rows.ts";
import { openVectors } from "../store/vectors/schema.ts";
import { truncate } from "./checkpoint.ts";
import { createMemory } from "./semantic-memory.ts";
import type { Memory } from "./semantic-memory.ts";
import type { SemanticPaths, SemanticSettings } from "./semantic-protocol.ts";

/** Numbers that a search compares: some 150 ms of one core (DECISIONS.md has the figures), and what they take of memory. */
const NUMBERS_MAX = 128 * MIB;
/** Of a full file so much is let go at once. */
const LET_GO = 0.02;

export type VectorStore = ReturnType<typeof openVectorStore>;

/** A piece that is to have a vector. */
export type Piece = Omit<VectorRow, "scale" | "numbers"> & { readonly text: string };

/** Opens vectors.db for this archive and this server's model. `room`: numbers that it may hold. */
export function openVectorStore(
  paths: SemanticPaths,
  archive: Database,
  server: SemanticSettings["server"],
  room = NUMBERS_MAX,
) {
  const { archiveId, epoch } = archiveState(archive);
  const db = openVectors(paths.vectors, { archiveId, epoch, model: digestOf(`${server.url}\n${server.model}`) });
  let state = readVectorState(db);
  let count = countVectors(db);
  let memory: Memory | null = null;
  let turned = 0;

  const within = (act: () => void) => {
    db.transaction(act).immediate();
    count = countVectors(db);
  };
  const makeRoom = () => {
    const most = Math.floor(room / state.dims);
    if (count <= most) return;
    within(() => dropOldest(db, count - most + Math.floor(most * LET_GO)));
    state = readVectorState(db);
    memory = null;
  };

  return {
    db,
    get count() {
      return count;
    },
    /** What is not newer has no place. */
    hasPlace: (at: number): boolean => state.floor === 0 || at > state.floor,
    /** Those in memory; read when they are first wanted. null while there are none. */
    memory(): Memory | null {
      if (state.dims === 0) return null;
      if (memory) return memory;
      memory = createMemory(state.dims);
      for (const row of everyVector(db)) memory.add(row);
      return memory;
    },
    /** Lets the memory go. */
    rest: () => void (memory = null),
    /** A person deleted these: no trace of them stays in the files. */
    dropSessions(sessions: readonly number[]): void {
      if (sessions.length === 0) return;
      within(() => sessions.forEach((session) => dropSession(db, session)));
      for (const session of sessions) memory?.dropSession(session);
      truncate(db, paths.vectors, 100);
    },
    dropPieces(pieces: readonly PieceKey[]): void {
      if (pieces.length > 0) within(() => pieces.forEach((piece) => dropPiece(db, piece)));
      for (const piece of pieces) memory?.dropPiece(piece);
    },
    /** The session has no events from `position` on. */
    cut(session: number, position: number): void {
      within(() => dropFrom(db, session, position));
      memory = null;
    },
    /**
     * Whether vectors of so many numbers go with those there. Said once they are a mistake of the server (`strange`), said
     * twice in a row it has another model: those there are thrown away (`anew`).
     */
    fits(dims: number): "same" | "anew" | "strange" {
      const known = dims === state.dims;
      if (!known && state.dims !== 0 && turned !== dims) {
        turned = dims;
        return "strange";
      }
      turned = 0;
      if (known) return "same";
      within(() => (emptyVectors(db), writeDims(db, dims)));
      [state, memory] = [readVectorState(db), null];
      return "anew";
    },
    put(pieces: readonly Piece[], vectors: readonly (Quantised | null)[]): void {
      const rows = pieces.flatMap(({ text: _text, ...piece }, i): VectorRow[] => {
        const vector = vectors[i];
        return vector ? [{ ...piece, scale: vector.scale, numbers: new Uint8Array(vector.numbers.buffer) }] : [];
      });
      within(() => rows.forEach((row) => putVector(db, row)));
      for (const row of rows) memory?.add(row);
      makeRoom();
    },
    close(): void {
      truncate(db, paths.vectors, 100);
      db.close();
    },
  };
}

/** A name for a text that does not tell the text. */
export function digestOf(text: string): string {
  return Buffer.from(sha256(text)).toString("hex");
}
