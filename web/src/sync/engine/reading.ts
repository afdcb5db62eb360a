// Owns what reading, and marking as unread, does here before the server has heard of it.
import type { RoomId } from "../../contract/wire";
import { readUpTo } from "../counts";
import { type Entry, newEntry } from "../queue";
import { type Replica, runOf } from "../replica";

export interface Moved {
  replica: Replica;
  entry: Entry;
}

/** Everything up to `seq` was seen; `undefined` where that is nothing new. */
export function readTo(replica: Replica, room: RoomId, seq: number): Moved | undefined {
  const mine = replica.memberships[room];
  const known = replica.rooms[room];
  // Lines of the room itself are not counted: they need no telling.
  if (!mine || !known || seq <= mine.read || mine.unread === 0) return undefined;
  const next = readUpTo(mine, seq, known.head, known.count);
  return { replica: withMine(replica, room, next), entry: newEntry("reads.set", { room, seq, version: mine.version }) };
}

/** From `seq` on it is unread again. */
export function unreadFrom(replica: Replica, room: RoomId, seq: number): Moved | undefined {
  const mine = replica.memberships[room];
  if (!mine) return undefined;
  const later = (runOf(replica, room)?.messages ?? []).filter((one) => one.seq >= seq && one.seq <= mine.read);
  const again = later.filter((one) => one.kind === "text" && !one.deleted && one.author !== replica.me).length;
  const next = { ...mine, read: seq - 1, version: mine.version + 1, unread: mine.unread + Math.max(1, again) };
  return { replica: withMine(replica, room, next), entry: newEntry("reads.set", { room, seq: seq - 1, version: next.version }) };
}

function withMine(replica: Replica, room: RoomId, mine: Replica["memberships"][string]): Replica {
  return { ...replica, memberships: { ...replica.memberships, [room]: mine } };
}
