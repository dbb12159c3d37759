/**
 * Every write: a named command in one IMMEDIATE transaction on the writer's connection; effects (live frames) after commit.
 * Commands are functions (db, input, effects) → plain data, listed in src/archive/commands.ts.
 */
import type { Database } from "bun:sqlite";

/** Collects what a transaction changed, for the live feed; thrown away when it rolls back. Session = row number. */
export type Effects = {
  /** Milliseconds UTC, the same for the whole transaction. */
  readonly now: number;
  touched(session: number): void;
  appended(session: number, eventId: string | null): void;
  deleted(uuid: string): void;
  /** Sources were set back (resetSession, undelete): derive them again. */
  rederive(): void;
};

/** A command; never awaits. */
export type Command<I, O> = (db: Database, input: I, effects: Effects) => O;

/** Runs `act` in one IMMEDIATE transaction. */
export function write<T>(db: Database, act: () => T): T {
  return db.transaction(act).immediate();
}
