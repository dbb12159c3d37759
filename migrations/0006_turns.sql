-- Messages to sessions. The id is the marker of its processes; what the agent said stands in the turn's folder.
-- request: what is needed to open the folder again after a crash (JSON). state: starting, running, ended.
CREATE TABLE turns (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  request TEXT NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT,
  workspace TEXT,
  provider_session_id TEXT,
  by TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER
) WITHOUT ROWID, STRICT;
--> statement-breakpoint
CREATE INDEX turns_open ON turns (state) WHERE state <> 'ended';
--> statement-breakpoint
CREATE INDEX turns_session ON turns (session_id, started_at);
--> statement-breakpoint
-- Who writes a session. fence grows with every holder: a late one's word does not count.
CREATE TABLE session_locks (
  session_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  holder TEXT NOT NULL,
  device_id TEXT NOT NULL,
  fence INTEGER NOT NULL,
  since INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
--> statement-breakpoint
-- What agents ask of a person. ask: the protocol's own id within the turn. state: pending, answered, withdrawn.
CREATE TABLE approvals (
  id TEXT PRIMARY KEY,
  turn_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  ask TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  answer TEXT,
  answered_at INTEGER,
  by TEXT
) WITHOUT ROWID, STRICT;
--> statement-breakpoint
CREATE INDEX approvals_pending ON approvals (asked_at) WHERE state = 'pending';
