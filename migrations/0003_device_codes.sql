-- Codes of `longhouse auth`: a device waits with the one, a person types the other. Only SHA-256 of either is stored.
-- state: pending, approved, denied, taken (the device has its token). peer: the address that asked.
CREATE TABLE device_codes (
  hash BLOB PRIMARY KEY,
  user_hash BLOB NOT NULL UNIQUE,
  device_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  peer TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
