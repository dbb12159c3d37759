-- The archive. Times are integer milliseconds UTC, ids integers inside and text only at the edges, hashes blobs.
-- Rows of events and usage are small: at a million events every byte of a row is a megabyte.
CREATE TABLE archive (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  archive_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  usage_through INTEGER NOT NULL DEFAULT 0
) STRICT;
--> statement-breakpoint
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
--> statement-breakpoint
CREATE TABLE devices (
  id INTEGER PRIMARY KEY,
  device_id TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER,
  heartbeat TEXT
) STRICT;
--> statement-breakpoint
CREATE TABLE device_tokens (
  id TEXT PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES devices (id),
  scope TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;
--> statement-breakpoint
CREATE TABLE logins (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  method TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
--> statement-breakpoint
-- One-time tokens: spent by deleting the row. kind: once (browser login).
CREATE TABLE nonces (hash BLOB PRIMARY KEY, kind TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID, STRICT;
--> statement-breakpoint
-- Tool and model names, once each.
CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
--> statement-breakpoint
CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES devices (id),
  provider TEXT NOT NULL,
  path TEXT NOT NULL,
  generation INTEGER NOT NULL,
  unit TEXT NOT NULL,
  through INTEGER NOT NULL DEFAULT 0,
  size INTEGER,
  session INTEGER,
  role TEXT NOT NULL DEFAULT 'new',
  derived_through INTEGER NOT NULL DEFAULT 0,
  parser_version INTEGER NOT NULL DEFAULT 0,
  state TEXT,
  -- cwd, project, git_repo, git_branch, environment as the shipper reported them
  hint TEXT,
  sha256 BLOB,
  sha_through INTEGER NOT NULL DEFAULT 0,
  last_at INTEGER NOT NULL,
  -- 1: its session is deleted; bytes are discarded, `through` moves on
  discarded INTEGER NOT NULL DEFAULT 0,
  UNIQUE (device, provider, path, generation)
) STRICT;
--> statement-breakpoint
CREATE INDEX sources_unhashed ON sources (last_at) WHERE sha256 IS NULL OR sha_through <> through;
--> statement-breakpoint
CREATE INDEX sources_session ON sources (session) WHERE session IS NOT NULL;
--> statement-breakpoint
CREATE TABLE blocks (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, z BLOB NOT NULL) STRICT;
--> statement-breakpoint
CREATE TABLE source_blocks (
  source INTEGER NOT NULL,
  n INTEGER NOT NULL,
  block INTEGER NOT NULL,
  len INTEGER NOT NULL,
  PRIMARY KEY (source, n)
) WITHOUT ROWID, STRICT;
--> statement-breakpoint
-- Answers "is this block still used?"; a count in the row would rewrite its overflow pages.
CREATE INDEX source_blocks_block ON source_blocks (block);
--> statement-breakpoint
CREATE TABLE tails (
  source INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (source, offset)
) WITHOUT ROWID, STRICT;
--> statement-breakpoint
-- All bytes of an older generation of a file that is rewritten whole, instead of its blocks: zstd with the first base_len
-- bytes of a newer generation as dictionary.
CREATE TABLE deltas (
  source INTEGER PRIMARY KEY,
  base INTEGER NOT NULL,
  base_len INTEGER NOT NULL,
  z BLOB NOT NULL
) STRICT;
--> statement-breakpoint
-- AUTOINCREMENT: the number of a deleted session must not come again, the indexer still has to forget the old one.
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL,
  psid TEXT NOT NULL,
  agent TEXT NOT NULL DEFAULT '',
  variant TEXT NOT NULL DEFAULT '',
  device INTEGER NOT NULL REFERENCES devices (id),
  kind TEXT NOT NULL DEFAULT 'main',
  parent_uuid TEXT,
  fork_uuid TEXT,
  project TEXT,
  cwd TEXT,
  git_repo TEXT,
  git_branch TEXT,
  environment TEXT NOT NULL DEFAULT 'production',
  demo INTEGER NOT NULL DEFAULT 0,
  title TEXT,
  title_trust INTEGER NOT NULL DEFAULT 0,
  user_title TEXT,
  note TEXT,
  tags TEXT NOT NULL DEFAULT '[]',
  pinned INTEGER NOT NULL DEFAULT 0,
  read_position INTEGER NOT NULL DEFAULT -1,
  started_at INTEGER,
  last_event_at INTEGER,
  -- when its bytes last arrived, but not later than they can be: an import of old files is not activity
  active_at INTEGER NOT NULL DEFAULT 0,
  -- 1: the agent has not given its final reply yet
  open INTEGER NOT NULL DEFAULT 0,
  -- JSON of {tool, target, since(ms), call}: the call that has no result yet
  current TEXT,
  user_messages INTEGER NOT NULL DEFAULT 0,
  assistant_messages INTEGER NOT NULL DEFAULT 0,
  tool_calls INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  has_changes INTEGER NOT NULL DEFAULT 0,
  has_image INTEGER NOT NULL DEFAULT 0,
  models TEXT NOT NULL DEFAULT '[]',
  input INTEGER NOT NULL DEFAULT 0,
  output INTEGER NOT NULL DEFAULT 0,
  cache_read INTEGER NOT NULL DEFAULT 0,
  cache_write INTEGER NOT NULL DEFAULT 0,
  reasoning INTEGER NOT NULL DEFAULT 0,
  cost_usd REAL,
  events INTEGER NOT NULL DEFAULT 0,
  next_position INTEGER NOT NULL DEFAULT 0,
  -- grows with every change of the row / with every change of its events that is not an append
  version INTEGER NOT NULL DEFAULT 1,
  revision INTEGER NOT NULL DEFAULT 0,
  -- what lists are ordered by; null while the session has no event, which keeps it out of them
  recent_at INTEGER GENERATED ALWAYS AS (CASE WHEN events > 0 THEN coalesce(last_event_at, active_at) END) VIRTUAL,
  UNIQUE (provider, psid, agent, variant)
) STRICT;
--> statement-breakpoint
-- All that lists filter by stands after id, so that a walk never reads the rows that it passes over.
CREATE INDEX sessions_recent ON sessions (
  recent_at DESC, id DESC, kind, environment, provider, project, device, git_branch, tags, pinned, errors, has_image,
  has_changes, demo, next_position, read_position
);
--> statement-breakpoint
-- Sessions that may be working or idle: their bytes came in the last half hour.
CREATE INDEX sessions_active ON sessions (active_at);
--> statement-breakpoint
CREATE INDEX sessions_parent ON sessions (parent_uuid, kind) WHERE parent_uuid IS NOT NULL;
--> statement-breakpoint
CREATE INDEX sessions_fork ON sessions (fork_uuid) WHERE fork_uuid IS NOT NULL;
--> statement-breakpoint
-- Points at bytes: the text is read back from the block. kind, flags: src/domain/event.ts. call: 48 bits of the call id's hash.
CREATE TABLE events (
  session INTEGER NOT NULL,
  position INTEGER NOT NULL,
  source INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  -- part index + 1024 x ordinal of the value in its line
  idx INTEGER NOT NULL,
  eid INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  tool INTEGER,
  call INTEGER,
  model INTEGER,
  at INTEGER,
  flags INTEGER NOT NULL,
  PRIMARY KEY (session, position)
) WITHOUT ROWID, STRICT;
--> statement-breakpoint
-- Makes a record that is written again (or copied) one event, and answers permalinks.
CREATE UNIQUE INDEX events_eid ON events (session, eid);
--> statement-breakpoint
-- One row a model call; key: 60 bits over (provider, the call's own key). Each figure is the maximum ever seen.
-- Clustered by session; src/store/usage.ts says why.
CREATE TABLE usage (
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  key INTEGER NOT NULL,
  model INTEGER,
  at INTEGER,
  input INTEGER NOT NULL,
  output INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  reasoning INTEGER NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX usage_call ON usage (session, key);
--> statement-breakpoint
-- Which session a call is charged to, of the rows up to archive.usage_through; later ones are few and held in memory.
CREATE TABLE usage_owners (key INTEGER PRIMARY KEY, session INTEGER NOT NULL) STRICT;
--> statement-breakpoint
-- What the indexer follows. kind: events (positions position … position+n-1 are new or newly written), session (title,
-- tags, note …), rebuilt (all its events anew), deleted.
CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  session INTEGER NOT NULL,
  position INTEGER NOT NULL DEFAULT 0,
  n INTEGER NOT NULL DEFAULT 0
) STRICT;
--> statement-breakpoint
CREATE TABLE tombstones (
  provider TEXT NOT NULL,
  psid TEXT NOT NULL,
  agent TEXT NOT NULL,
  variant TEXT NOT NULL,
  deleted_at INTEGER NOT NULL,
  PRIMARY KEY (provider, psid, agent, variant)
) WITHOUT ROWID, STRICT;
