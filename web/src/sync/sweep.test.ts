// Owns the tests of letting go of people whom nothing names any more.
import { describe, expect, it } from "vitest";
import type { Message, Room, User } from "../contract/wire";
import { emptyReplica, type Replica, withLog, withUsers, withView } from "./replica";
import { swept } from "./sweep";

const person = (id: string) => ({ id, username: id, gv: 1 }) as User;
const crowd = Array.from({ length: 20 }, (_, index) => person(`stranger${index}`));

function message(seq: number, names: Partial<Message>): Message {
  return { room: "r1", seq, gv: seq, kind: "text", text: "x", n: seq, time: "", ...names } as Message;
}

function replica(): Replica {
  const known = ["me", "direct", "member", "author", "subject", "pinner", "mentioned", "reacted", "viewed", "stored"].map(person);
  let next = withUsers(emptyReplica("me"), [...known, ...crowd]);
  next = { ...next, rooms: { d1: { id: "d1", kind: "direct", users: ["me", "direct"] } as Room }, members: { r1: { member: { room: "r1", user: "member", gv: 1 } } } };
  const messages = [
    message(1, { author: "author", mentions: ["mentioned"], pinned: { by: "pinner", time: "" } }),
    message(2, { subject: "subject", reactions: [{ emoji: "👍", users: ["reacted"], count: 1 }] }),
  ];
  next = withLog(next, "r1", { messages, before: false, after: false, loaded: true, have: 9 });
  return withView(next, "tab r1", { messages: [message(1, { author: "viewed" })], before: false, after: true, loaded: true });
}

describe("people", () => {
  it("stay while they are few", () => {
    const before = replica();
    expect(swept(before, new Set(), 100)).toBe(before);
  });

  it("go when nothing names them, at hand or on the disk", () => {
    const users = Object.keys(swept(replica(), new Set(["stored"]), 10).users).sort();
    expect(users).toEqual(["author", "direct", "me", "member", "mentioned", "pinner", "reacted", "stored", "subject", "viewed"]);
  });

  it("who are all named stay, however many", () => {
    const before = replica();
    expect(swept(before, new Set(Object.keys(before.users)), 10)).toBe(before);
  });
});
