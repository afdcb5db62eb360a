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

/** A value from the server says itself for which count it is right; `count` is the one that is known here. */
export function settled(membership: Omit<Membership, "room_value">, count: number): Counted {
  const later = Math.max(0, count - membership.count);
  return { ...membership, unread: membership.unread + later, at: Math.max(count, membership.count) };
}

/** What one change of a message does to my counts. `uncertain`: only the server can tell. */
export function counted(mine: Counted, message: Message, seen: Seen): { membership: Counted; uncertain: boolean } {
  if (seen.isNew) return { membership: arrived(mine, message, seen), uncertain: false };
  if (message.seq <= mine.read || message.kind !== "text") return { membership: mine, uncertain: false };
  if (!seen.previous) return { membership: mine, uncertain: true };
  return { membership: changed(mine, message, seen.previous, seen.me), uncertain: false };
}

/** So many messages are known to have been posted, though not which. */
export function countedTo(mine: Counted, count: number): Counted {
  if (count <= mine.at) return mine;
  const { hidden: _, ...shown } = mine;
  return { ...shown, unread: mine.unread + count - mine.at, at: count };
}

/** Everything up to `seq` was read here; further counts come from the server. */
export function readUpTo(mine: Counted, seq: number, head: number, count: number): Counted {
  if (seq <= mine.read) return mine;
  if (seq < head) return { ...mine, read: seq };
  return { ...mine, read: seq, unread: 0, mentions: 0, at: count };
}

/** Does it concern me? `all` concerns everybody once, also whom it names. */
export function isNamed(message: Message, me: UserId): boolean {
  return !message.deleted && message.author !== me && (message.all === true || !!message.mentions?.includes(me));
}

function arrived(mine: Counted, message: Message, seen: Seen): Counted {
  if (message.kind !== "text") return mine;
  const shown = countedTo(mine, seen.count);
  if (message.author === seen.me) {
    const { hidden: _, ...mineShown } = shown;
    return { ...mineShown, read: message.seq, unread: 0, mentions: 0 };
  }
  if (seen.count <= mine.at) return shown;
  if (message.deleted) return { ...shown, unread: shown.unread - 1 };
  return { ...shown, mentions: mine.mentions + (isNamed(message, seen.me) ? 1 : 0) };
}

function changed(mine: Counted, message: Message, previous: Message, me: UserId): Counted {
  const weight = (value: Message) => (value.deleted || value.author === me ? 0 : 1);
  const named = (value: Message) => (isNamed(value, me) ? 1 : 0);
  return {
    ...mine,
    unread: Math.max(0, mine.unread + weight(message) - weight(previous)),
    mentions: Math.max(0, mine.mentions + named(message) - named(previous)),
  };
}
