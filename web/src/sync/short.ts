// Owns short memberships: what the server leaves out of them for a new device is put in again.
import type { Membership, Op, Room } from "../contract/wire";

type Short = Partial<Membership> & { room: string; room_value: Partial<Room> };

/** The op as it would have come at length; `created` and `code` stay out where only the server knows them. */
export function lengthened(op: Op): Op {
  const value = op.value as Short;
  if (op.kind !== "membership" || !value.room_value || value.room_value.id !== undefined) return op;
  const room = { ...value.room_value, id: value.room } as Room;
  const usual = { role: "member", version: 0, unread: 0, mentions: 0, gv: op.g, head: room.head, count: room.count };
  return { ...op, room: null, scope: "me", value: { ...usual, ...value, room_value: room } as Membership };
}

/** Whether the room came short, and has to be asked for before all of it can be shown. */
export function isShort(room: Room | undefined): boolean {
  return room !== undefined && room.kind !== "direct" && room.code === undefined;
}
