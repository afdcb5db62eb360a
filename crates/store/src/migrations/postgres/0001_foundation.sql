-- Accounts, sessions, rooms, members, messages and read state, with the numbers of the sync from the first day.

-- The one row that is about the whole database. `g` is the last commit number given out; `everybody_g` the head of
-- everybody's chain.
CREATE TABLE instance (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    epoch TEXT COLLATE "C" NOT NULL,
    g BIGINT NOT NULL,
    everybody_g BIGINT NOT NULL
);

-- `chain_g` is the head of the user's own chain.
CREATE TABLE users (
    id TEXT COLLATE "C" PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL UNIQUE,
    skeleton TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name TEXT COLLATE "C" NOT NULL,
    name_fold TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    time_zone TEXT COLLATE "C" NOT NULL,
    standing BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    password TEXT COLLATE "C",
    created BIGINT NOT NULL,
    gv BIGINT NOT NULL,
    chain_g BIGINT NOT NULL
);
CREATE INDEX users_by_change ON users (gv);
CREATE INDEX users_admins ON users (standing) WHERE standing = 1;
CREATE INDEX users_by_fold ON users (name_fold, name_key);

-- A session that ended keeps its row for a while, without its token, so that its end can be caught up with.
CREATE TABLE sessions (
    id TEXT COLLATE "C" PRIMARY KEY,
    "user" TEXT COLLATE "C" NOT NULL,
    token_hash BYTEA UNIQUE,
    label TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    ended BIGINT,
    gv BIGINT NOT NULL
);
CREATE INDEX sessions_open ON sessions ("user", created) WHERE ended IS NULL;
CREATE INDEX sessions_by_seen ON sessions (seen) WHERE ended IS NULL;
CREATE INDEX sessions_ended ON sessions ("user", gv) WHERE ended IS NOT NULL;
CREATE INDEX sessions_by_end ON sessions (ended) WHERE ended IS NOT NULL;

CREATE TABLE invitations (
    id TEXT COLLATE "C" PRIMARY KEY,
    code_hash BYTEA NOT NULL UNIQUE,
    standing BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    created BIGINT NOT NULL,
    setup BIGINT NOT NULL,
    gv BIGINT NOT NULL
);
CREATE INDEX invitations_open ON invitations (expires) WHERE uses > 0;
CREATE INDEX invitations_setup ON invitations (setup) WHERE setup = 1;

-- `users` are a direct room's people, sorted and separated by spaces; `import_key` names a room that an import made.
CREATE TABLE rooms (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_fold TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" UNIQUE,
    subject TEXT COLLATE "C" NOT NULL,
    users TEXT COLLATE "C" NOT NULL,
    members BIGINT NOT NULL,
    created BIGINT NOT NULL,
    head BIGINT NOT NULL,
    count BIGINT NOT NULL,
    head_time BIGINT,
    g BIGINT NOT NULL,
    gv BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    import_key TEXT COLLATE "C" UNIQUE
);
CREATE UNIQUE INDEX rooms_direct ON rooms (users, subject) WHERE kind = 2;
CREATE INDEX rooms_public ON rooms (name_fold, id) WHERE kind = 0 AND deleted = 0;

-- `role` NULL: has left. `place_g` is when the user's own chain last told of coming or going; `gv` and `own_gv` are
-- the last changes of the public and of the own part.
CREATE TABLE members (
    room TEXT COLLATE "C" NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL,
    role BIGINT,
    joined BIGINT NOT NULL,
    gv BIGINT NOT NULL,
    read BIGINT NOT NULL,
    version BIGINT NOT NULL,
    hidden BIGINT,
    own_gv BIGINT NOT NULL,
    place_g BIGINT NOT NULL,
    PRIMARY KEY (room, "user")
);
CREATE INDEX members_by_user ON members ("user", room);
CREATE INDEX members_by_change ON members (room, gv);
CREATE INDEX members_present ON members (room, role DESC, joined, "user") WHERE role IS NOT NULL;

-- `n` counts the countable messages up to this one. `mentions` are user ids separated by spaces.
CREATE TABLE messages (
    room TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    gv BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    author TEXT COLLATE "C",
    subject TEXT COLLATE "C",
    text TEXT COLLATE "C" NOT NULL,
    time BIGINT NOT NULL,
    n BIGINT NOT NULL,
    edited BIGINT,
    deleted BIGINT NOT NULL,
    reply_to BIGINT,
    mentions TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (room, seq)
);
CREATE INDEX messages_by_change ON messages (room, gv);
CREATE INDEX messages_deleted ON messages (room, seq) WHERE deleted = 1;

-- How many messages are deleted in each block of 256: what is unread is counted from these.
CREATE TABLE deletions (
    room TEXT COLLATE "C" NOT NULL,
    block BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (room, block)
);

-- Former texts; `gv` is the one that the message had with this text, `time` when it was written.
CREATE TABLE revisions (
    room TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    gv BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (room, seq, gv)
);

-- Messages that a user deleted for themselves.
CREATE TABLE hidden (
    "user" TEXT COLLATE "C" NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    gv BIGINT NOT NULL,
    PRIMARY KEY ("user", room, seq)
);
CREATE INDEX hidden_by_change ON hidden ("user", gv);

-- Whom a message that is not deleted mentions: what unread mentions are counted from.
CREATE TABLE mentions (
    "user" TEXT COLLATE "C" NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY ("user", room, seq)
);

-- What each intention of a client was answered with; `input` is a digest of what it asked. `user` is empty for the house itself. `cid` comes first in the key
-- because clients make them in order of time: new rows of everybody stand side by side.
CREATE TABLE commands (
    cid TEXT COLLATE "C" NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL,
    command TEXT COLLATE "C" NOT NULL,
    input BIGINT NOT NULL,
    g BIGINT NOT NULL,
    at BIGINT NOT NULL,
    room TEXT COLLATE "C",
    seq BIGINT,
    subject_user TEXT COLLATE "C",
    PRIMARY KEY (cid, "user")
);

-- The digests of imported lines, so that an import can be run again.
CREATE TABLE imported (
    room TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (room, digest)
);

-- What each commit told, for nodes that were not told: from the commit number before it to its own last one.
CREATE TABLE outbox (
    g BIGINT PRIMARY KEY,
    before BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body BYTEA NOT NULL
);

-- Rows that change with each message keep some room beside them, so that no index has to be told of it.
ALTER TABLE instance SET (fillfactor = 10);
ALTER TABLE rooms SET (fillfactor = 70);
ALTER TABLE members SET (fillfactor = 80);
