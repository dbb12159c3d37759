-- 1: every record that tells of the call is a copy of another session's.
ALTER TABLE usage ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;
--> statement-breakpoint
-- What files beside the sessions say of one (psid, agent) or of all whose source lies in a folder (under, on the source's
-- device); `owns`: the source belongs to that session. facts: JSON, NULL = nothing.
CREATE TABLE asides (
  source INTEGER NOT NULL,
  n INTEGER NOT NULL,
  provider TEXT NOT NULL,
  device INTEGER NOT NULL,
  psid TEXT,
  agent TEXT,
  under TEXT,
  owns INTEGER NOT NULL DEFAULT 0,
  facts TEXT,
  PRIMARY KEY (source, n)
) WITHOUT ROWID, STRICT;
--> statement-breakpoint
CREATE INDEX asides_session ON asides (psid, agent, provider) WHERE psid IS NOT NULL;
--> statement-breakpoint
CREATE INDEX asides_under ON asides (under, provider, device) WHERE under IS NOT NULL;
--> statement-breakpoint
-- JSON {own, said}: what the session says of itself where files beside it say more; NULL = they say nothing.
ALTER TABLE sessions ADD COLUMN beside TEXT;
--> statement-breakpoint
-- JSON [[source, through] …]: its sources in the order their records stand in; NULL = it has one source.
ALTER TABLE sessions ADD COLUMN settled TEXT;
