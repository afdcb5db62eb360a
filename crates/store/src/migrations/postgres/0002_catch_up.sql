-- Reactions, pins, messages to everybody; what a user keeps for themselves (saved messages, drafts); how much of a
-- room's past a member may see; what a repeated intention is answered with; and how long it is known what is gone.

-- `reactions` shows the rows of the table of that name, a line an emoji in the order of first use: emoji, how many, the
-- first of them, separated by spaces; NULL: none. `everybody` is 1 where the message mentions all of the room.
ALTER TABLE messages ADD COLUMN everybody BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN reactions TEXT COLLATE "C";
ALTER TABLE messages ADD COLUMN pinned_by TEXT COLLATE "C";
ALTER TABLE messages ADD COLUMN pinned BIGINT;
CREATE INDEX messages_pinned ON messages (room, pinned) WHERE pinned IS NOT NULL;

CREATE TABLE reactions (
    room TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    emoji TEXT COLLATE "C" NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL,
    gv BIGINT NOT NULL,
    PRIMARY KEY (room, seq, emoji, "user")
);
CREATE INDEX reactions_in_order ON reactions (room, seq, emoji, gv);

-- The messages of a room that are not deleted and mention everybody in it.
CREATE TABLE everybody (
    room TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (room, seq)
);

-- Messages that a user keeps; `gone` 1: no longer.
CREATE TABLE saved (
    "user" TEXT COLLATE "C" NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    gv BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    PRIMARY KEY ("user", room, seq)
);
CREATE INDEX saved_by_change ON saved ("user", gv);
CREATE INDEX saved_kept ON saved ("user", gv) WHERE gone = 0;
CREATE INDEX saved_gone ON saved (gv) WHERE gone = 1;

-- What a user has begun to write in a room; an empty text: it was sent or given up.
CREATE TABLE drafts (
    "user" TEXT COLLATE "C" NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    reply_to BIGINT,
    gv BIGINT NOT NULL,
    PRIMARY KEY ("user", room)
);
CREATE INDEX drafts_by_change ON drafts ("user", gv);
CREATE INDEX drafts_kept ON drafts ("user") WHERE text <> '';
CREATE INDEX drafts_gone ON drafts (gv) WHERE text = '';

-- `history` 1: who joins sees what comes from then on. `first` is the first message that the member may see.
ALTER TABLE rooms ADD COLUMN history BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN first BIGINT NOT NULL DEFAULT 1;
CREATE INDEX members_late ON members (room, first) WHERE role IS NOT NULL AND first > 1;

-- What a repeat is answered with, as the rules made it; NULL where the other columns say enough.
ALTER TABLE commands ADD COLUMN answer BYTEA;

-- The commit number at the beginning of each day (days since 1970-01-01 UTC), while it is needed; and the newest one
-- of what was purged: whose cursor is older may have missed that something is gone.
CREATE TABLE days (
    day BIGINT PRIMARY KEY,
    g BIGINT NOT NULL
);
ALTER TABLE instance ADD COLUMN floor BIGINT NOT NULL DEFAULT 0;
CREATE INDEX members_gone ON members (place_g) WHERE role IS NULL;
CREATE INDEX sessions_gone ON sessions (gv) WHERE ended IS NOT NULL;
CREATE INDEX rooms_gone ON rooms (gv) WHERE deleted = 1;
