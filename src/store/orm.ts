/** Drizzle on a connection that open.ts made. */
import type { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";

const made = new WeakMap<Database, BunSQLiteDatabase>();

/** The query builder of a connection, made once. Builders cost about 20 µs more than prepared SQL: not for hot paths. */
export function orm(db: Database): BunSQLiteDatabase {
  const found = made.get(db) ?? drizzle(db);
  made.set(db, found);
  return found;
}
