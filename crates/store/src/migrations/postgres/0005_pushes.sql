-- How browsers are woken: the key by which push services know this instance (PKCS #8), each session's subscription, and
-- up to which message a session was sent something of a room that was not read since.
ALTER TABLE instance ADD COLUMN push_key BYTEA;

CREATE TABLE subscriptions (
    session TEXT COLLATE "C" PRIMARY KEY,
    "user" TEXT COLLATE "C" NOT NULL,
    endpoint TEXT COLLATE "C" NOT NULL UNIQUE,
    p256dh BYTEA NOT NULL,
    auth BYTEA NOT NULL
);
CREATE INDEX subscriptions_by_user ON subscriptions ("user");

CREATE TABLE pushed (
    session TEXT COLLATE "C" NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (session, room)
);

-- Who wants to be told of everything in a room.
CREATE INDEX members_loud ON members (room) WHERE notify = 1;
