-- What agents and people keep: one row a version, never changed. value NULL: the key was deleted with this version.
CREATE TABLE memory_versions (
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  value TEXT,
  project TEXT,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (key, version)
) STRICT;
--> statement-breakpoint
-- What agents tell the person. level: info, done, blocked, failed. token: whose it was, for its rate.
CREATE TABLE notices (
  id INTEGER PRIMARY KEY,
  message TEXT NOT NULL,
  level TEXT NOT NULL,
  session_id TEXT,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  read_at INTEGER
) STRICT;
