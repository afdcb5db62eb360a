-- Accounts, sessions, rooms, members, messages and read state, with the numbers of the sync from the first day.

-- The one row that is about the whole database. `g` is the last commit number given out; `everybody_g` the head of
-- everybody's chain.
CREATE TABLE instance (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    g INTEGER NOT NULL,
    everybody_g INTEGER NOT NULL
) STRICT;

-- `chain_g` is the head of the user's own chain.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    skeleton TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    status TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    standing INTEGER NOT NULL,
    disabled INTEGER NOT NULL,
    password TEXT,
    created INTEGER NOT NULL,
    gv INTEGER NOT NULL,
    chain_g INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_change ON users (gv);
CREATE INDEX users_admins ON users (standing) WHERE standing = 1;
CREATE INDEX users_by_fold ON users (name_fold, name_key);

-- A session that ended keeps its row for a while, without its token, so that its end can be caught up with.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    token_hash BLOB UNIQUE,
    label TEXT NOT NULL,
    address TEXT NOT NULL,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    ended INTEGER,
    gv INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_open ON sessions (user, created) WHERE ended IS NULL;
CREATE INDEX sessions_by_seen ON sessions (seen) WHERE ended IS NULL;
CREATE INDEX sessions_ended ON sessions (user, gv) WHERE ended IS NOT NULL;
CREATE INDEX sessions_by_end ON sessions (ended) WHERE ended IS NOT NULL;

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    code_hash BLOB NOT NULL UNIQUE,
    standing INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    created INTEGER NOT NULL,
    setup INTEGER NOT NULL,
    gv INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_open ON invitations (expires) WHERE uses > 0;
CREATE INDEX invitations_setup ON invitations (setup) WHERE setup = 1;

-- `users` are a direct room's people, sorted and separated by spaces; `import_key` names a room that an import made.
CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    topic TEXT NOT NULL,
    code TEXT UNIQUE,
    subject TEXT NOT NULL,
    users TEXT NOT NULL,
    members INTEGER NOT NULL,
    created INTEGER NOT NULL,
    head INTEGER NOT NULL,
    count INTEGER NOT NULL,
    head_time INTEGER,
    g INTEGER NOT NULL,
    gv INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    import_key TEXT UNIQUE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX rooms_direct ON rooms (users, subject) WHERE kind = 2;
CREATE INDEX rooms_public ON rooms (name_fold, id) WHERE kind = 0 AND deleted = 0;

-- `role` NULL: has left. `place_g` is when the user's own chain last told of coming or going; `gv` and `own_gv` are
-- the last changes of the public and of the own part.
CREATE TABLE members (
    room TEXT NOT NULL,
    user TEXT NOT NULL,
    role INTEGER,
    joined INTEGER NOT NULL,
    gv INTEGER NOT NULL,
    read INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hidden INTEGER,
    own_gv INTEGER NOT NULL,
    place_g INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user, room);
CREATE INDEX members_by_change ON members (room, gv);
CREATE INDEX members_present ON members (room, role DESC, joined, user) WHERE role IS NOT NULL;

-- `n` counts the countable messages up to this one. `mentions` are user ids separated by spaces.
CREATE TABLE messages (
    room TEXT NOT NULL,
    seq INTEGER NOT NULL,
    gv INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    author TEXT,
    subject TEXT,
    text TEXT NOT NULL,
    time INTEGER NOT NULL,
    n INTEGER NOT NULL,
    edited INTEGER,
    deleted INTEGER NOT NULL,
    reply_to INTEGER,
    mentions TEXT NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_by_change ON messages (room, gv);
CREATE INDEX messages_deleted ON messages (room, seq) WHERE deleted = 1;

-- How many messages are deleted in each block of 256: what is unread is counted from these.
CREATE TABLE deletions (
    room TEXT NOT NULL,
    block INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (room, block)
) STRICT, WITHOUT ROWID;

-- Former texts; `gv` is the one that the message had with this text, `time` when it was written.
CREATE TABLE revisions (
    room TEXT NOT NULL,
    seq INTEGER NOT NULL,
    gv INTEGER NOT NULL,
    text TEXT NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (room, seq, gv)
) STRICT, WITHOUT ROWID;

-- Messages that a user deleted for themselves.
CREATE TABLE hidden (
    user TEXT NOT NULL,
    room TEXT NOT NULL,
    seq INTEGER NOT NULL,
    gv INTEGER NOT NULL,
    PRIMARY KEY (user, room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX hidden_by_change ON hidden (user, gv);

-- Whom a message that is not deleted mentions: what unread mentions are counted from.
CREATE TABLE mentions (
    user TEXT NOT NULL,
    room TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (user, room, seq)
) STRICT, WITHOUT ROWID;

-- What each intention of a client was answered with; `input` is a digest of what it asked. `user` is empty for the house itself. `cid` comes first in the key
-- because clients make them in order of time: new rows of everybody stand side by side.
CREATE TABLE commands (
    cid TEXT NOT NULL,
    user TEXT NOT NULL,
    command TEXT NOT NULL,
    input INTEGER NOT NULL,
    g INTEGER NOT NULL,
    at INTEGER NOT NULL,
    room TEXT,
    seq INTEGER,
    subject_user TEXT,
    PRIMARY KEY (cid, user)
) STRICT, WITHOUT ROWID;

-- The digests of imported lines, so that an import can be run again.
CREATE TABLE imported (
    room TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (room, digest)
) STRICT, WITHOUT ROWID;
