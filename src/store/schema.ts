/**
 * The ordinary tables for Drizzle, as migrations/*.sql make them (a test compares the two). Hot paths (blocks, tails,
 * events, usage, changes) are prepared SQL. Times are integer milliseconds UTC, ids inside are row numbers.
 */
import { sql } from "drizzle-orm";
import { blob, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Unit } from "../domain/provider.ts";
import type { SessionKind } from "../domain/session.ts";
import type { SourceRole } from "../domain/source.ts";

/** One row: which archive this is. */
export const archive = sqliteTable("archive", {
  id: integer().primaryKey(),
  archive_id: text().notNull(),
  epoch: integer().notNull(),
  created_at: integer().notNull(),
  usage_through: integer().notNull().default(0),
});

/** Machines that ship, by the id that their tokens name. */
export const devices = sqliteTable("devices", {
  id: integer().primaryKey(),
  device_id: text().notNull().unique(),
  created_at: integer().notNull(),
  last_seen_at: integer(),
  heartbeat: text(),
});

/** One file of a provider on one device, with generations. */
export const sources = sqliteTable("sources", {
  id: integer().primaryKey(),
  device: integer().notNull(),
  provider: text().notNull(),
  path: text().notNull(),
  generation: integer().notNull(),
  unit: text().$type<Unit>().notNull(),
  through: integer().notNull().default(0),
  size: integer(),
  session: integer(),
  role: text().$type<SourceRole>().notNull().default("new"),
  derived_through: integer().notNull().default(0),
  parser_version: integer().notNull().default(0),
  state: text(),
  hint: text(),
  sha256: blob({ mode: "buffer" }),
  sha_through: integer().notNull().default(0),
  last_at: integer().notNull(),
  discarded: integer().notNull().default(0),
});

/** One conversation of an agent. `recent_at` is what lists are ordered by, null without events. */
export const sessions = sqliteTable("sessions", {
  id: integer().primaryKey({ autoIncrement: true }),
  uuid: text().notNull().unique(),
  provider: text().notNull(),
  psid: text().notNull(),
  agent: text().notNull().default(""),
  variant: text().notNull().default(""),
  device: integer().notNull(),
  kind: text().$type<SessionKind>().notNull().default("main"),
  parent_uuid: text(),
  fork_uuid: text(),
  project: text(),
  cwd: text(),
  git_repo: text(),
  git_branch: text(),
  environment: text().notNull().default("production"),
  demo: integer().notNull().default(0),
  title: text(),
  title_trust: integer().notNull().default(0),
  user_title: text(),
  note: text(),
  tags: text().notNull().default("[]"),
  pinned: integer().notNull().default(0),
  read_position: integer().notNull().default(-1),
  started_at: integer(),
  last_event_at: integer(),
  active_at: integer().notNull().default(0),
  open: integer().notNull().default(0),
  current: text(),
  user_messages: integer().notNull().default(0),
  assistant_messages: integer().notNull().default(0),
  tool_calls: integer().notNull().default(0),
  errors: integer().notNull().default(0),
  has_changes: integer().notNull().default(0),
  has_image: integer().notNull().default(0),
  models: text().notNull().default("[]"),
  input: integer().notNull().default(0),
  output: integer().notNull().default(0),
  cache_read: integer().notNull().default(0),
  cache_write: integer().notNull().default(0),
  reasoning: integer().notNull().default(0),
  cost_usd: real(),
  events: integer().notNull().default(0),
  next_position: integer().notNull().default(0),
  version: integer().notNull().default(1),
  revision: integer().notNull().default(0),
  recent_at: integer().generatedAlwaysAs(sql`CASE WHEN events > 0 THEN coalesce(last_event_at, active_at) END`, {
    mode: "virtual",
  }),
  beside: text(),
  settled: text(),
  copies_found: integer().notNull().default(0),
});

/** What keeps a deleted session deleted. */
export const tombstones = sqliteTable("tombstones", {
  provider: text().notNull(),
  psid: text().notNull(),
  agent: text().notNull(),
  variant: text().notNull(),
  deleted_at: integer().notNull(),
});
