// Owns which rooms stand at the side and in which order.
import { roomName } from "../../sync/names";
import { waiting } from "../../sync/notices";
import type { Replica } from "../../sync/replica";
import type { Room, RoomId } from "../../contract/wire";
import { compareNames } from "../../ui/collate";

/** Rooms by the latest word in them, or by name. */
export type Order = "activity" | "name";

export interface Sections {
  favourites: Room[];
  rooms: Room[];
  direct: Room[];
}

/** Everything at the side; a favourite stands among the favourites alone. */
export function sections(replica: Replica, favourites: readonly RoomId[], by: Order): Sections {
  const chosen = new Set(favourites);
  const rest = mine(replica).filter((room) => !chosen.has(room.id));
  return {
    favourites: ordered(mine(replica).filter((room) => chosen.has(room.id)), replica, by),
    rooms: ordered(rest.filter((room) => room.kind !== "direct"), replica, by),
    direct: ordered(rest.filter((room) => room.kind === "direct"), replica, by === "name" ? "name" : "activity"),
  };
}

/** Direct conversations, the latest first; hidden ones not. */
export function directRooms(replica: Replica): Room[] {
  return ordered(mine(replica).filter((room) => room.kind === "direct"), replica, "activity");
}

/** What stays in sight of a section that is folded: where something waits, and where I am. */
export function inSight(rooms: Room[], replica: Replica, current: RoomId | undefined, now = Date.now()): Room[] {
  const waits = (mine: Replica["memberships"][string] | undefined) => mine !== undefined && waiting(mine, now) > 0;
  return rooms.filter((room) => room.id === current || waits(replica.memberships[room.id]));
}

function ordered(rooms: Room[], replica: Replica, by: Order): Room[] {
  const byName = (a: Room, b: Room) => compareNames(roomName(a, replica), roomName(b, replica));
  return rooms.sort((a, b) => (by === "activity" && newest(a, b)) || byName(a, b));
}

function mine(replica: Replica): Room[] {
  return Object.values(replica.rooms).filter((room) => {
    const membership = replica.memberships[room.id];
    return membership && !membership.hidden;
  });
}

/** Times are written so that their order is that of their letters. */
function newest(a: Room, b: Room): number {
  if (latest(a) === latest(b)) return 0;
  return latest(a) < latest(b) ? 1 : -1;
}

export function latest(room: Room): string {
  return room.head_time ?? room.created;
}
