// Owns the tests of how a run of messages is laid out.
import { describe, expect, it } from "vitest";
import type { Message } from "../../contract/wire";
import { arrange, seqOf } from "./arrange";

const at = (seq: number, time: string, fields: Partial<Message> = {}) => ({
  key: `s${seq}`,
  message: { room: "r", seq, gv: seq, kind: "text", author: "bo", text: "x", time: `2026-11-${time}:00.000Z`, n: seq, ...fields } as Message,
});
const frame = { dayOf: (time: string) => time.slice(0, 10), me: "ada" };
const look = (items: ReturnType<typeof arrange>) => items.map((item) => (item.kind === "message" ? (item.opens ? "opens" : "goes on") : item.kind));

describe("a run of messages", () => {
  it("says the name again after a while, after somebody else, and on a new day", () => {
    const rows = [at(1, "19T22:00"), at(2, "19T22:01"), at(3, "19T22:30"), at(4, "19T22:31", { author: "cy" }), at(5, "20T08:00", { author: "cy" })];
    expect(look(arrange(rows, frame))).toEqual(["day", "opens", "goes on", "opens", "opens", "day", "opens"]);
  });

  it("opens anew with a reply and after a line of the room", () => {
    const rows = [at(1, "19T22:00"), at(2, "19T22:01", { reply_to: 1 }), at(3, "19T22:02", { kind: "join" }), at(4, "19T22:02")];
    expect(look(arrange(rows, frame))).toEqual(["day", "opens", "opens", "line", "opens"]);
  });

  it("draws one line before the first unread of somebody else", () => {
    const rows = [at(1, "19T22:00"), at(2, "19T22:01", { author: "ada" }), at(3, "19T22:02"), at(4, "19T22:03")];
    expect(look(arrange(rows, { ...frame, unreadAfter: 1 }))).toEqual(["day", "opens", "opens", "unread", "opens", "goes on"]);
    expect(look(arrange(rows, { ...frame, unreadAfter: 4 }))).not.toContain("unread");
  });

  it("folds people who come and go, where there are three in a row on one day", () => {
    const rows = [at(1, "19T22:00"), at(2, "19T22:01", { kind: "join" }), at(3, "19T22:02", { kind: "leave" }), at(4, "19T22:03", { kind: "join", author: "cy" }), at(5, "19T22:04", { kind: "rename" }), at(6, "20T08:00", { kind: "join" })];
    const items = arrange(rows, frame);
    expect(look(items)).toEqual(["day", "opens", "folded", "line", "day", "line"]);
    expect(seqOf(items[2]!)).toBe(4);
  });
});
