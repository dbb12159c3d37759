-- Few sessions have tags: who looks for one reads only those.
CREATE INDEX sessions_tagged ON sessions (tags) WHERE tags <> '[]';
