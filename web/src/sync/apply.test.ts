// Owns the tests of the pure step from replica to replica.
import { describe, expect, it } from "vitest";
import type { Op } from "../contract/wire";
import { apply as step, applyBump, applyCaught, applyGap, applyRows, startedOver, took, type Way } from "./apply";
import { emptyReplica, type Replica, runOf, viewKey } from "./replica";
import { membership, message, posted, room, user } from "./samples";

const row = (kind: string, value: unknown, at: string | null = null): Op => ({ g: 1, room: at, scope: "me", kind, value }) as Op;
/** A live op follows in its chain; a row has no `p`. */
const apply = (replica: Replica, op: Op, way: Way = op.p === undefined ? "row" : "chained") => step(replica, op, way);
const garden = (head = 10): Replica => {
  const value = membership({ read: head, head, count: head, room_value: room({ head, count: head, g: 100 + head }) });
  const start = apply(emptyReplica("ada"), row("membership", value));
  const messages = Array.from({ length: head }, (_, index) => message(index + 1));
  return { ...start, logs: { garden: { messages, before: false, after: false, loaded: true, have: 100 + head } } };
};

describe("apply, message by message,", () => {
  it("appends what somebody says and counts it as unread", () => {
    const next = apply(garden(), posted(200, 110, message(11)));
    expect(next.logs.garden?.messages.at(-1)?.seq).toBe(11);
    expect(next.rooms.garden).toMatchObject({ head: 11, count: 11, g: 200 });
    expect(next.memberships.garden).toMatchObject({ unread: 1, mentions: 0 });
  });

  it("does not touch what did not change", () => {
    const before = garden();
    const next = apply(before, posted(200, 110, message(11)));
    expect(next.users).toBe(before.users);
    expect(next.logs.garden?.messages[3]).toBe(before.logs.garden?.messages[3]);
    expect(before.logs.garden?.messages.length).toBe(10);
  });

  it("moves my own reading on when I write", () => {
    const unread = apply(garden(), posted(200, 110, message(11)));
    const next = apply(unread, posted(201, 200, message(12, { author: "ada" })));
    expect(next.memberships.garden).toMatchObject({ read: 12, unread: 0, mentions: 0 });
  });

  it("edits in place and never brings back what was deleted for me", () => {
    const hidden = apply(garden(), row("hidden", { room: "garden", seq: 4, gv: 150 }));
    expect(hidden.logs.garden?.messages.some((one) => one.seq === 4)).toBe(false);
    const edited = apply(hidden, posted(201, 110, message(4, { text: "edited" })));
    expect(edited.logs.garden?.messages.some((one) => one.seq === 4)).toBe(false);
    const other = apply(edited, posted(202, 201, message(5, { text: "edited", edited: "2026-11-20T10:00:00.000Z" })));
    expect(other.logs.garden?.messages.find((one) => one.seq === 5)?.text).toBe("edited");
  });

  it("keeps rooms that are not on screen up to date by their head alone", () => {
    const next = apply({ ...garden(), logs: {} }, posted(200, 110, message(11)));
    expect(next.logs.garden).toBeUndefined();
    expect(next.rooms.garden?.head).toBe(11);
    expect(next.memberships.garden?.unread).toBe(1);
  });

  it("counts what a catch-up brings, until the counts themselves are told", () => {
    const next = apply(garden(), row("message", message(11, { gv: 300 }), "garden"));
    expect(next.logs.garden?.messages.at(-1)?.seq).toBe(11);
    expect(next.memberships.garden?.unread).toBe(1);
    const told = apply(next, row("read", membership({ read: 11, unread: 0, head: 11, count: 11, gv: 300 })));
    expect(told.memberships.garden?.unread).toBe(0);
  });

  it("carries the run along its chain, and not where something before is missing", () => {
    const next = apply(garden(), posted(200, 110, message(11)));
    expect(runOf(next, "garden")?.have).toBe(200);
    const loose = apply(garden(), posted(200, 150, message(12)), "loose");
    expect(runOf(loose, "garden")).toMatchObject({ have: 110 });
    expect(loose.logs.garden?.messages.length).toBe(10);
    expect(loose.memberships.garden?.unread).toBe(2);
  });
});

describe("apply", () => {
  it("forgets a room with everything in it", () => {
    const next = apply(garden(), row("membership", { room: "garden", gone: true }));
    expect([next.rooms.garden, next.memberships.garden, next.logs.garden]).toEqual([undefined, undefined, undefined]);
    const deleted = apply(garden(), { g: 300, p: 1, room: "garden", kind: "room", value: room({ gv: 300, deleted: true }) });
    expect(deleted.rooms.garden).toBeUndefined();
  });

  it("keeps the later profile, membership and room", () => {
    const later = apply(garden(), row("user", user("bo", { display_name: "Bo", gv: 9 })));
    expect(apply(later, row("user", user("bo", { display_name: "old", gv: 3 }))).users.bo?.display_name).toBe("Bo");
    const read = apply(garden(), row("read", membership({ read: 7, unread: 3, head: 10, count: 10, gv: 50 })));
    expect(apply(read, row("read", membership({ read: 2, unread: 8, gv: 40 }))).memberships.garden).toMatchObject({ read: 7, unread: 3 });
    const renamed = apply(garden(), { g: 60, p: 1, room: "garden", kind: "room", value: room({ name: "orchard", gv: 60 }) });
    // The head that was already seen stays, though the room's own row is older than its messages.
    expect(renamed.rooms.garden).toMatchObject({ name: "orchard", head: 10 });
  });

  it("keeps a list of members only where one was asked for", () => {
    const joined: Op = { g: 70, p: 1, room: "garden", kind: "member", value: { room: "garden", user: "cy", role: "member", gv: 70 } };
    expect(apply(garden(), joined).members.garden).toBeUndefined();
    expect(apply(garden(), posted(70, 1, message(11, { kind: "join", n: 10 }))).rooms.garden?.members).toBe(3);
    expect(apply(garden(), posted(70, 1, message(11, { kind: "kick", n: 10 }))).rooms.garden?.members).toBe(1);
    const made = apply(garden(), { ...joined, value: { room: "garden", user: "ada", role: "moderator", gv: 70 } } as Op);
    expect(made.memberships.garden?.role).toBe("moderator");
    const listed = apply({ ...garden(), members: { garden: {} } }, joined);
    expect(listed.members.garden?.cy?.role).toBe("member");
    const left = apply(listed, { ...joined, g: 71, value: { room: "garden", user: "cy", gv: 71 } } as Op);
    expect(left.members.garden).toEqual({});
  });

  it("lists public rooms and drops those that are gone", () => {
    const made = apply(garden(), row("directory", room({ id: "attic", name: "attic" })));
    expect(made.directory.attic?.name).toBe("attic");
    expect(apply(made, row("directory", room({ id: "attic", deleted: true }))).directory.attic).toBeUndefined();
  });
});

describe("a snapshot", () => {
  const fresh = (...rooms: string[]) => startedOver(emptyReplica("ada"), rooms);
  const whole = (replica: Replica, g = 100) => applyCaught(replica, { room: "garden", g });

  it("fills the rooms on screen and leaves the others for later", () => {
    const ops = [
      row("membership", membership({ room_value: room({ head: 70, count: 70 }) })),
      ...Array.from({ length: 50 }, (_, index) => row("message", message(21 + index), "garden")),
    ];
    const next = applyCaught(whole(applyRows(fresh("garden", "elsewhere"), ops)), { room: "elsewhere", g: 100 });
    expect(next.logs.garden).toMatchObject({ before: true, after: false, loaded: true, have: 100 });
    expect(next.logs.garden?.messages.length).toBe(50);
    expect(next.logs.elsewhere).toBeUndefined();
  });

  it("knows an empty room as whole", () => {
    const ops = [row("membership", membership({ room_value: room() }))];
    expect(whole(applyRows(fresh("garden"), ops)).logs.garden).toMatchObject({ loaded: true, before: false });
  });

  it("replaces what is held of a room after a gap, and leaves alone who reads further up", () => {
    const [end, above] = [viewKey("one", "garden"), viewKey("two", "garden")];
    const views = { [end]: garden().logs.garden!, [above]: { ...garden().logs.garden!, after: true } };
    const next = whole(applyGap({ ...garden(), views }, { room: "garden", from: 11, to: 900, tail: [message(899), message(900)] }), 1000);
    expect(next.logs.garden).toMatchObject({ before: true, after: false, have: 1000 });
    expect(next.logs.garden?.messages.map((one) => one.seq)).toEqual([899, 900]);
    expect(next.views[end]?.messages.map((one) => one.seq)).toEqual([899, 900]);
    expect(next.views[above]?.messages.length).toBe(10);
    expect(applyGap({ ...garden(), logs: {} }, { room: "garden", from: 1, to: 2, tail: [] }).logs).toEqual({});
  });

  it("does not count the messages of a gap twice", () => {
    const told = apply(garden(), row("read", membership({ read: 10, unread: 890, head: 900, count: 900, gv: 300 })));
    const next = applyGap(told, { room: "garden", from: 11, to: 900, tail: [message(899), message(900)] });
    expect(next.rooms.garden).toMatchObject({ head: 900, count: 900 });
    expect(apply(next, posted(1200, 1100, message(901))).memberships.garden?.unread).toBe(891);
  });

  it("moves the heads of rooms whose messages it brings, and takes the counts that follow", () => {
    const read = membership({ read: 10, unread: 2, head: 12, count: 12, gv: 300 });
    const next = applyRows(garden(), [row("message", message(11), "garden"), row("message", message(12), "garden"), row("read", read)]);
    expect(next.rooms.garden).toMatchObject({ head: 12, count: 12 });
    expect(apply(next, posted(400, 300, message(13))).memberships.garden?.unread).toBe(3);
  });

  it("drops what was held of a room that I left and came into again", () => {
    const again = apply(garden(), row("membership", membership({ gv: 500, joined: "2026-11-20T11:00:00.000Z", room_value: room({ gv: 500, head: 40 }) })));
    expect(again.logs.garden).toBeUndefined();
    const same = apply(garden(), row("membership", membership({ gv: 500, room_value: room() })));
    expect(same.logs.garden?.messages.length).toBe(10);
  });
});

describe("a room that is not watched", () => {
  it("takes its head and count from a bump, and nothing that is older than it knows", () => {
    const next = applyBump(garden(), { room: "garden", g: 200, head: 14, count: 13, time: "2026-11-20T12:00:00.000Z" });
    expect(next.rooms.garden).toMatchObject({ head: 14, count: 13, g: 200, head_time: "2026-11-20T12:00:00.000Z" });
    expect(next.memberships.garden?.unread).toBe(3);
    expect(runOf(next, "garden")?.have).toBe(110);
    expect(applyBump(next, { room: "garden", g: 150, head: 12, count: 12 })).toBe(next);
  });

  it("does not add a bump to counts that had it already", () => {
    const told = apply(garden(), row("read", membership({ read: 10, unread: 3, head: 13, count: 13, gv: 210 })));
    expect(applyBump(told, { room: "garden", g: 200, head: 13, count: 13 }).memberships.garden?.unread).toBe(3);
    expect(applyBump(told, { room: "garden", g: 220, head: 14, count: 14 }).memberships.garden?.unread).toBe(4);
  });

  it("counts a mention that comes whole, and asks where it cannot know", () => {
    const named = message(12, { mentions: ["ada"] });
    const first = apply(garden(), posted(200, 150, named), "loose");
    expect(first.memberships.garden).toMatchObject({ unread: 2, mentions: 1 });
    expect(first.uncertain).toEqual([]);
    const bumped = applyBump(garden(), { room: "garden", g: 200, head: 12, count: 12 });
    expect(apply(bumped, posted(200, 150, named), "loose").uncertain).toEqual(["garden"]);
  });

  it("ends its counts when I write from elsewhere, whichever comes first", () => {
    const mine = posted(200, 150, message(12, { author: "ada" }));
    expect(apply(garden(), mine, "loose").memberships.garden).toMatchObject({ read: 12, unread: 0 });
    const bumped = applyBump(garden(), { room: "garden", g: 200, head: 12, count: 12 });
    expect(apply(bumped, mine, "loose").memberships.garden).toMatchObject({ read: 12, unread: 0 });
  });
});

it("an answer puts its values where they belong, and what is gone is gone", () => {
  const next = took(garden(), { message: message(4, { text: "edited", gv: 900 }) });
  expect(next.logs.garden?.messages[3]?.text).toBe("edited");
  expect(took(next, { gone: "garden" }).rooms.garden).toBeUndefined();
});
