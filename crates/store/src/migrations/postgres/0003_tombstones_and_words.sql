-- What of a deleted room belongs to users, found by the room.
CREATE INDEX hidden_by_room ON hidden (room);
CREATE INDEX saved_by_room ON saved (room);
CREATE INDEX drafts_by_room ON drafts (room);

-- The `gv` with which a message got its present words, where reactions and pins have moved `gv` on; NULL: `gv` itself.
ALTER TABLE messages ADD COLUMN worded BIGINT;
