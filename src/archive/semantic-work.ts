/**
 * What is said gets its vectors, in the background, the newest first. Each batch is a transaction of its own and each step of
 * a session another, so a crash repeats one request at most; what has its vector (by the hash of its text) is not asked again.
 */
import type { Database } from "bun:sqlite";
import { passagesOf } from "../domain/meaning.ts";
import type { SemanticStatus } from "../domain/status.ts";
import { EmbeddingsTrouble, placeOf } from "../lib/embeddings.ts";
import { sleep } from "../lib/retry.ts";
import type { Quantised } from "../lib/vectors.ts";
import { lastChange } from "../store/search/follow.ts";
import { follow, piecesOf } from "../store/vectors/rows.ts";
import { isThere, readSaid } from "../store/vectors/said.ts";
import type { Gate } from "./semantic-gate.ts";
import { makeRereads, planOf } from "./semantic-plan.ts";
import type { Job, Plan } from "./semantic-plan.ts";
import type { SemanticSettings } from "./semantic-protocol.ts";
import { digestOf } from "./semantic-store.ts";
import type { Piece, VectorStore } from "./semantic-store.ts";

/** What waits for its time is looked at so often, though nothing came. */
const AGAIN_MS = 30_000;
/** Texts of one request: as many as are answered in half a second to one and a half, so that a question is not kept waiting. */
const BATCH = { first: 8, most: 64, shortMs: 500, longMs: 1500 };

export type SemanticWork = {
  /** Works until the signal. Rejects when a database can not go on. */
  run(): Promise<void>;
};

type Parts = {
  readonly archive: Database;
  readonly store: VectorStore;
  readonly gate: Gate;
  readonly settings: SemanticSettings;
  readonly closed: AbortSignal;
  tell(status: SemanticStatus): void;
};

export function createSemanticWork({ archive, store, gate, settings, closed, tell }: Parts): SemanticWork {
  const rereads = makeRereads(archive);
  let plan: Plan | null = null;
  let planned = 0;
  let batch = BATCH.first;

  /** One piece of work. Returns when to come again, milliseconds. */
  const turn = async (): Promise<number> => {
    const { jobs } = look();
    const [job] = jobs;
    tell(statusOf(jobs));
    if (!job) return settings.lookMs;
    const left = gate.left();
    if (left > 0) return Math.min(left, settings.lookMs);
    await step(job);
    return 0;
  };

  const look = (): Plan => {
    const age = performance.now() - planned;
    const moved = plan !== null && age >= settings.lookMs && lastChange(archive) !== plan.through;
    if (plan && !moved && age < AGAIN_MS) return plan;
    planned = performance.now();
    plan = planOf(archive, store.db, rereads.may);
    store.dropSessions(plan.gone);
    return plan;
  };

  /** Some events of a session: what changed loses its vector, what is new gets one. */
  const step = async (job: Job): Promise<void> => {
    const { session, mark, from } = job;
    if (job.anew) begin(job);
    const { said, upto } = readSaid(archive, session, from, job.upto);
    const wanted = said.flatMap((each) => piecesIn(session, each)).filter(({ at }) => store.hasPlace(at));
    const known = new Map(piecesOf(store.db, session, from, upto).map((piece) => [nameOf(piece), piece]));
    const missing = wanted.filter((piece) => !known.delete(nameOf(piece)));
    store.dropPieces([...known.values()]);
    while (missing.length > 0) if (!(await make(session, missing.splice(0, batch)))) return forget();
    if (!isThere(archive, session)) return forget();
    follow(store.db, { session, mark, upto });
    const rest = upto < job.upto ? [{ ...job, from: upto, anew: false }] : [];
    // Looked at again meanwhile: what is planned now may begin with another session.
    if (plan?.jobs[0]?.session === session) plan = { ...plan, jobs: [...rest, ...plan.jobs.slice(1)] };
    else forget();
  };

  const begin = ({ session, mark, upto }: Job) => {
    rereads.note(session);
    store.cut(session, upto);
    follow(store.db, { session, mark, upto: 0 });
  };

  const forget = () => void (plan = null);

  /** False when the session went while the server thought, or its vectors were thrown away: what is planned holds no more. */
  const make = async (session: number, pieces: readonly Piece[]): Promise<boolean> => {
    const started = performance.now();
    const texts = pieces.map(({ text }) => text);
    const vectors = await vectorsOf(texts);
    const took = performance.now() - started;
    if (took < BATCH.shortMs) batch = Math.min(BATCH.most, batch * 2);
    else if (took > BATCH.longMs) batch = Math.max(1, batch >> 1);
    const dims = vectors.find((vector) => vector !== null)?.numbers.length;
    const fits = dims === undefined ? "same" : store.fits(dims);
    if (fits === "strange") gate.fail(`it now gives vectors of ${dims} numbers`);
    if (fits === "strange" || !isThere(archive, session)) return false;
    store.put(pieces, vectors);
    return fits === "same";
  };

  /** null for a text that the server does not want, though it wants others. */
  const vectorsOf = async (texts: readonly string[]): Promise<(Quantised | null)[]> => {
    try {
      return await gate.ask(texts, settings.requestMs);
    } catch (error) {
      if (!(error instanceof EmbeddingsTrouble) || error.kind !== "refused") throw error;
      if (texts.length === 1) return [await onlyThis(error)];
    }
    const half = texts.length >> 1;
    return [...(await vectorsOf(texts.slice(0, half))), ...(await vectorsOf(texts.slice(half)))];
  };

  const onlyThis = async (refusal: EmbeddingsTrouble): Promise<null> => {
    try {
      await gate.ask(["a few plain words"], settings.requestMs);
      return null;
    } catch (error) {
      if (error instanceof EmbeddingsTrouble && error.kind === "refused") gate.fail(refusal.message);
      throw error;
    }
  };

  /** A turn whose failure is the server's: it is told, and tried again. */
  const quietTurn = async (): Promise<number> => {
    try {
      return await turn();
    } catch (error) {
      if (!(error instanceof EmbeddingsTrouble)) throw error;
      forget();
      return 0;
    }
  };

  /** Nobody waits for it: a failure is met again in the next turn, and told there. */
  const lookQuietly = () => {
    try {
      look();
    } catch {
      forget();
    }
  };

  const statusOf = (jobs: readonly Job[]): SemanticStatus => {
    const left = jobs.reduce((sum, job) => sum + Math.max(1, job.upto - job.from), 0);
    const error = gate.trouble;
    const state = error !== null ? "waiting" : left > 0 ? "working" : "ready";
    const { server } = settings;
    return { state, model: server.model, server: placeOf(server), vectors: store.count, left, error };
  };

  return {
    async run() {
      // What was deleted does not wait for an answer of the server.
      const looking = setInterval(lookQuietly, settings.lookMs);
      try {
        while (!closed.aborted) await sleep(await quietTurn(), closed);
      } catch (error) {
        if (!closed.aborted) throw error;
      } finally {
        clearInterval(looking);
      }
    },
  };
}

function piecesIn(session: number, { position, at, text }: { position: number; at: number; text: string }): Piece[] {
  return passagesOf(text).map(({ start, text: piece }, part) => ({
    session,
    position,
    part,
    hash: digestOf(piece).slice(0, 16),
    at,
    start,
    text: piece,
  }));
}

/** The same name: the same text in the same place. */
const nameOf = ({ position, part, hash }: Pick<Piece, "position" | "part" | "hash">) => `${position}:${part}:${hash}`;
