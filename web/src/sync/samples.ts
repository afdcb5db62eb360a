// Owns small values for the tests of this folder.
import type { Membership, Message, Op, Room, User } from "../contract/wire";

const TIME = "2026-11-20T09:41:00.123Z";

export function message(seq: number, fields: Partial<Message> = {}): Message {
  return { room: "garden", seq, gv: 100 + seq, kind: "text", author: "bo", text: `message ${seq}`, time: TIME, n: seq, ...fields };
}

export function room(fields: Partial<Room> = {}): Room {
  return { id: "garden", kind: "public", name: "garden", topic: "", members: 2, created: TIME, head: 0, count: 0, g: 1, gv: 1, ...fields };
}

export function membership(fields: Partial<Membership> = {}): Membership {
  return { room: "garden", role: "member", joined: TIME, read: 0, version: 1, unread: 0, mentions: 0, head: 0, count: 0, gv: 1, ...fields };
}

export function user(id: string, fields: Partial<User> = {}): User {
  return { id, username: id, display_name: id, hue: 10, role: "member", gv: 1, ...fields };
}

/** A live op of the garden; `p` is the op before it. */
export function posted(g: number, p: number, value: Message): Op {
  return { g, p, room: "garden", kind: "message", value: { ...value, gv: g } };
}
