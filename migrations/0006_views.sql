-- Lists that a person keeps: a name for an address of the timeline. kind: timeline, search. position: 0, 1, 2 … without gaps.
CREATE TABLE views (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  position INTEGER NOT NULL
) STRICT;
