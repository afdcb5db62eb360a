-- What a user chose for all their devices: one JSON object of strings.
CREATE TABLE settings (
    "user" TEXT COLLATE "C" PRIMARY KEY,
    chosen TEXT COLLATE "C" NOT NULL,
    gv BIGINT NOT NULL
);

-- When a status is over; NULL: never by itself.
ALTER TABLE users ADD COLUMN status_until BIGINT;
CREATE INDEX users_by_status_end ON users (status_until) WHERE status_until IS NOT NULL;
