// Owns the tests of short memberships.
import { describe, expect, it } from "vitest";
import type { Op } from "../contract/wire";
import { lengthened } from "./short";

const room = { kind: "public", name: "garden", members: 2, head: 7, count: 6, head_time: "2026-11-20T09:41:00.123Z", g: 40, gv: 3 };

describe("a short membership", () => {
  it("is what it would have been at length", () => {
    const short = { g: 12, kind: "membership", value: { room: "r1", joined: "2026-11-20T09:40:00.000Z", read: 7, room_value: room } };
    expect(lengthened(short as unknown as Op)).toEqual({
      g: 12,
      room: null,
      scope: "me",
      kind: "membership",
      value: {
        room: "r1",
        role: "member",
        joined: "2026-11-20T09:40:00.000Z",
        read: 7,
        version: 0,
        unread: 0,
        mentions: 0,
        head: 7,
        count: 6,
        gv: 12,
        room_value: { ...room, id: "r1" },
      },
    });
  });

  it("keeps what it says", () => {
    const said = { role: "owner", version: 2, unread: 3, mentions: 1, gv: 9, head: 5, count: 4 };
    const short = { g: 12, kind: "membership", value: { room: "r1", read: 2, ...said, room_value: room } };
    expect(lengthened(short as unknown as Op).value).toMatchObject(said);
  });

  it("is told from one at length, and from other ops", () => {
    const long = { g: 12, room: null, scope: "me", kind: "membership", value: { room: "r1", room_value: { ...room, id: "r1" } } };
    const gone = { g: 12, room: null, scope: "me", kind: "membership", value: { room: "r1", gone: true } };
    const other = { g: 12, room: "r1", kind: "room", value: { ...room, id: "r1" } };
    for (const op of [long, gone, other]) expect(lengthened(op as unknown as Op)).toBe(op);
  });
});
