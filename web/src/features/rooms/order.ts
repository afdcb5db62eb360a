// Owns which rooms stand at the side and in which order.
import { roomName } from "../../sync/names";
import type { Replica } from "../../sync/replica";
import type { Room } from "../../contract/wire";
import { compareNames } from "../../ui/collate";

/** Rooms by name, in the reader's alphabet. */
export function namedRooms(replica: Replica): Room[] {
  const rooms = mine(replica).filter((room) => room.kind !== "direct");
  return rooms.sort((a, b) => compareNames(a.name, b.name));
}

/** Direct conversations, the latest first; hidden ones not. */
export function directRooms(replica: Replica): Room[] {
  const rooms = mine(replica).filter((room) => room.kind === "direct" && !replica.memberships[room.id]?.hidden);
  return rooms.sort((a, b) => newest(a, b) || compareNames(roomName(a, replica), roomName(b, replica)));
}

function mine(replica: Replica): Room[] {
  return Object.values(replica.rooms).filter((room) => replica.memberships[room.id]);
}

/** Times are written so that their order is that of their letters. */
function newest(a: Room, b: Room): number {
  if (latest(a) === latest(b)) return 0;
  return latest(a) < latest(b) ? 1 : -1;
}

function latest(room: Room): string {
  return room.head_time ?? room.created;
}
