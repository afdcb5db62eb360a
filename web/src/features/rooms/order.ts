// Owns which rooms stand at the side and in which order.
import { roomName } from "../../sync/names";
import type { Replica } from "../../sync/replica";
import type { Room } from "../../contract/wire";

/** Rooms by name, in the reader's alphabet. */
export function namedRooms(replica: Replica): Room[] {
  const rooms = mine(replica).filter((room) => room.kind !== "direct");
  return rooms.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true, sensitivity: "base" }));
}

/** Direct conversations, the latest first; hidden ones not. */
export function directRooms(replica: Replica): Room[] {
  const rooms = mine(replica).filter((room) => room.kind === "direct" && !replica.memberships[room.id]?.hidden);
  return rooms.sort((a, b) => latest(b).localeCompare(latest(a)) || roomName(a, replica).localeCompare(roomName(b, replica)));
}

function mine(replica: Replica): Room[] {
  return Object.values(replica.rooms).filter((room) => replica.memberships[room.id]);
}

function latest(room: Room): string {
  return room.head_time ?? room.created;
}
