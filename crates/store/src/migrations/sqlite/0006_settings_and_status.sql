-- What a user chose for all their devices: one JSON object of strings.
CREATE TABLE settings (
    user TEXT PRIMARY KEY,
    chosen TEXT NOT NULL,
    gv INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When a status is over; NULL: never by itself.
ALTER TABLE users ADD COLUMN status_until INTEGER;
CREATE INDEX users_by_status_end ON users (status_until) WHERE status_until IS NOT NULL;
