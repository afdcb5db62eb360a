-- Whether somebody is not to be disturbed, for as long as their status lasts.
ALTER TABLE users ADD COLUMN do_not_disturb BIGINT NOT NULL DEFAULT 0;

-- Whose browsers show a notice of a message that is deleted.
CREATE INDEX pushed_by_message ON pushed (room, seq);
