-- Copied history is in the index only while the session that it was copied from is not here.
-- 0: it is not; 1: it is; 2, 3: the same, and to be looked at again.
ALTER TABLE sessions ADD COLUMN copies_found INTEGER NOT NULL DEFAULT 0;
--> statement-breakpoint
CREATE INDEX sessions_copies ON sessions (copies_found) WHERE copies_found > 0;
--> statement-breakpoint
UPDATE sessions SET copies_found = 2 WHERE fork_uuid IS NOT NULL OR kind = 'internal';
