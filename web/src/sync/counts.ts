// Owns the arithmetic of unread and mention counts between two absolute values from the server.
import type { Membership, Message, UserId } from "../contract/wire";

/** My membership, with the room's `count` for which its `unread` is right. */
export interface Counted extends Omit<Membership, "room_value"> {
  at: number;
}

export interface Seen {
  me: UserId;
  /** Newer than everything that was known of the room. */
  isNew: boolean;
  /** What was held of the same message before. */
  previous?: Message;
  /** The room's count with this message. */
  count: number;
}

/** A value from the server is right for the count that the room has at that moment. */
export function settled(membership: Omit<Membership, "room_value">, count: number): Counted {
  return { ...membership, at: count };
}

/** What one live change of a message does to my counts. `uncertain`: only the server can tell. */
export function counted(mine: Counted, message: Message, seen: Seen): { membership: Counted; uncertain: boolean } {
  if (seen.isNew) return { membership: arrived(mine, message, seen), uncertain: false };
  if (message.seq <= mine.read || message.kind !== "text") return { membership: mine, uncertain: false };
  if (!seen.previous) return { membership: mine, uncertain: true };
  return { membership: changed(mine, message, seen.previous, seen.me), uncertain: false };
}

/** Everything up to `seq` was read here; further counts come from the server. */
export function readUpTo(mine: Counted, seq: number, head: number, count: number): Counted {
  if (seq <= mine.read) return mine;
  if (seq < head) return { ...mine, read: seq };
  return { ...mine, read: seq, unread: 0, mentions: 0, at: count };
}

function arrived(mine: Counted, message: Message, seen: Seen): Counted {
  const { hidden: _, ...shown } = mine;
  if (message.kind !== "text") return mine;
  if (message.author === seen.me) return { ...shown, read: message.seq, unread: 0, mentions: 0, at: seen.count };
  if (seen.count <= mine.at || message.deleted) return { ...shown, at: seen.count };
  const named = message.mentions?.includes(seen.me) ? 1 : 0;
  return { ...shown, unread: mine.unread + seen.count - mine.at, mentions: mine.mentions + named, at: seen.count };
}

function changed(mine: Counted, message: Message, previous: Message, me: UserId): Counted {
  const weight = (value: Message) => (value.deleted || value.author === me ? 0 : 1);
  const named = (value: Message) => (!value.deleted && value.mentions?.includes(me) ? 1 : 0);
  return {
    ...mine,
    unread: Math.max(0, mine.unread + weight(message) - weight(previous)),
    mentions: Math.max(0, mine.mentions + named(message) - named(previous)),
  };
}
