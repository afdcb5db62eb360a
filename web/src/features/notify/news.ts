// Owns what of a change is worth telling: more that concerns me than before, where I am not looking.
import type { RoomId } from "../../contract/wire";
import { told } from "../../sync/notices";
import type { Replica } from "../../sync/replica";

type Counts = Pick<Replica, "memberships" | "rooms">;

/** What I want to be told of in a room. */
export function loudIn({ memberships, rooms }: Counts, room: RoomId, now = Date.now()): number {
  const mine = memberships[room];
  return mine && !mine.hidden ? told(mine, rooms[room]?.kind, now) : 0;
}

/** Rooms in which it became more, also those that are new; what was marked as unread, or is told of since now, is no news. */
export function news(before: Counts, after: Counts): RoomId[] {
  if (before.memberships === after.memberships) return [];
  return Object.keys(after.memberships).filter((room) => {
    const was = before.memberships[room];
    const is = after.memberships[room];
    if (was === is) return false;
    if (was && (was.read > is!.read || was.notify !== is!.notify || was.muted_until !== is!.muted_until)) return false;
    return loudIn(after, room) > loudIn(before, room);
  });
}

/** Rooms whose notice is no longer needed: it was read, here or anywhere. */
export function settledRooms(shown: Iterable<RoomId>, after: Counts): RoomId[] {
  return [...shown].filter((room) => loudIn(after, room) === 0);
}
