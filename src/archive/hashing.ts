/** SHA-256 of quiet sources, in steps: shippers compare it with their files after a restore. */
import type { Database } from "bun:sqlite";
import { MIB } from "../domain/limits.ts";
import { readBytes } from "../store/bytes.ts";
import { setHash, unhashedSources } from "../store/sources.ts";
import { write } from "../store/write.ts";

const QUIET_MS = 2000;
const STEP_BYTES = 4 * MIB;
const STEP_SOURCES = 64;

type Running = { readonly id: number; readonly through: number; at: number; readonly hasher: Bun.CryptoHasher };

/** Returns a step: hashes about 4 MiB; false when nothing is left to hash. */
export function createHashing(db: Database, now: () => number): () => boolean {
  let running: Running | null = null;

  return () => {
    const done: Running[] = [];
    let bytes = 0;
    while (bytes < STEP_BYTES && done.length < STEP_SOURCES) {
      running ??= next(done);
      if (!running) break;
      const to = Math.min(running.through, running.at + STEP_BYTES);
      for (const piece of readBytes(db, running.id, running.at, to)) running.hasher.update(piece);
      bytes += to - running.at;
      running.at = to;
      if (to < running.through) break;
      done.push(running);
      running = null;
    }
    if (done.length > 0) write(db, () => done.forEach((one) => setHash(db, one.id, one.hasher.digest(), one.through)));
    return done.length > 0 || running !== null;
  };

  function next(done: readonly Running[]): Running | null {
    const quiet = unhashedSources(db, now() - QUIET_MS, done.length + 1);
    const row = quiet.find(({ id }) => !done.some((one) => one.id === id));
    return row ? { ...row, at: 0, hasher: new Bun.CryptoHasher("sha256") } : null;
  }
}
