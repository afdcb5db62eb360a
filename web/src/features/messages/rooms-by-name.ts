// Owns which room a name in somebody's words means, and what an address is called: of rooms that are known here.
import type { RoomId } from "../../contract/wire";
import { placeOf } from "../../sync/addresses";
import { roomName } from "../../sync/names";
import type { Replica } from "../../sync/replica";
import { m } from "../../texts/messages.js";
import { wordsOf } from "../../ui/formatted/plain";
import type { Element, Part } from "../../ui/formatted/read";

type Rooms = Replica["rooms"];

/** Made once for each state of the rooms: every message on the page asks. */
const known = new WeakMap<Rooms, Map<string, RoomId>>();

export function roomCalled(name: string, { rooms }: Replica): RoomId | undefined {
  let names = known.get(rooms);
  if (!names) known.set(rooms, (names = named(rooms)));
  return names.get(name.toLowerCase());
}

/** Bare addresses of rooms and messages here are called by their rooms. */
export function withNames(parts: Part[], replica: Replica): Part[] {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    const name = calledHere(part, replica);
    return { ...part, parts: name ? [name] : withNames(part.parts, replica) };
  });
}

function calledHere({ href, parts }: Element, replica: Replica): string | undefined {
  if (!href?.startsWith(new URL("#/", location.href).href) || wordsOf(parts) !== href) return undefined;
  const place = placeOf(new URL(href).hash);
  const room = place.name === "room" ? replica.rooms[place.room] : undefined;
  if (!room || place.name !== "room") return undefined;
  const name = room.kind === "direct" ? roomName(room, replica) : `#${room.name}`;
  return place.seq === undefined ? name : m.link_message({ room: name });
}

function named(rooms: Rooms): Map<string, RoomId> {
  return new Map(Object.values(rooms).flatMap((room) => (room.kind === "direct" ? [] : [[room.name.toLowerCase(), room.id]])));
}
