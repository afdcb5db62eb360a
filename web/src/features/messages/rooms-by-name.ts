// Owns which room a name in somebody's words means: one that is known here.
import type { RoomId } from "../../contract/wire";
import type { Replica } from "../../sync/replica";

type Rooms = Replica["rooms"];

/** Made once for each state of the rooms: every message on the page asks. */
const known = new WeakMap<Rooms, Map<string, RoomId>>();

export function roomCalled(name: string, { rooms }: Replica): RoomId | undefined {
  let names = known.get(rooms);
  if (!names) known.set(rooms, (names = named(rooms)));
  return names.get(name.toLowerCase());
}

function named(rooms: Rooms): Map<string, RoomId> {
  return new Map(Object.values(rooms).flatMap((room) => (room.kind === "direct" ? [] : [[room.name.toLowerCase(), room.id]])));
}
