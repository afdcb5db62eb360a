-- Which notices a member wants of a room: `notify` 0 as usual, 1 all, 2 mentions, 3 nothing; `muted` until when none.
ALTER TABLE members ADD COLUMN notify BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN muted BIGINT;
