// Owns what of a change is worth telling: more that concerns me than before, where I am not looking.
import type { RoomId } from "../../contract/wire";
import type { Replica } from "../../sync/replica";

type Counts = Pick<Replica, "memberships" | "rooms">;

/** What concerns me in a room: mentions, and everything said to me directly. */
export function loudIn({ memberships, rooms }: Counts, room: RoomId): number {
  const mine = memberships[room];
  if (!mine || mine.hidden) return 0;
  return rooms[room]?.kind === "direct" ? mine.unread : mine.mentions;
}

/** Rooms in which it became more; what was marked as unread is no news. */
export function news(before: Counts, after: Counts): RoomId[] {
  if (before.memberships === after.memberships) return [];
  return Object.keys(after.memberships).filter((room) => {
    const was = before.memberships[room];
    const is = after.memberships[room];
    if (was === is || was?.version !== is?.version) return false;
    return loudIn(after, room) > loudIn(before, room);
  });
}

/** Rooms whose notice is no longer needed: it was read, here or anywhere. */
export function settledRooms(shown: Iterable<RoomId>, after: Counts): RoomId[] {
  return [...shown].filter((room) => loudIn(after, room) === 0);
}
