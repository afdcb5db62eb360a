-- How browsers are woken: the key by which push services know this instance (PKCS #8), each session's subscription, and
-- up to which message a session was sent something of a room that was not read since.
ALTER TABLE instance ADD COLUMN push_key BLOB;

CREATE TABLE subscriptions (
    session TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh BLOB NOT NULL,
    auth BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_by_user ON subscriptions (user);

CREATE TABLE pushed (
    session TEXT NOT NULL,
    room TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (session, room)
) STRICT, WITHOUT ROWID;

-- Who wants to be told of everything in a room.
CREATE INDEX members_loud ON members (room) WHERE notify = 1;
