-- Of cache_write, what is kept for an hour: it costs more.
ALTER TABLE usage ADD COLUMN cache_write_1h INTEGER NOT NULL DEFAULT 0;
