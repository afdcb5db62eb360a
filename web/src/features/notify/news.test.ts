// Owns the tests of what is worth telling.
import { expect, it } from "vitest";
import type { Replica } from "../../sync/replica";
import { news, settledRooms } from "./news";

const state = (memberships: Record<string, object>) =>
  ({
    rooms: { garden: { kind: "public" }, bo: { kind: "direct" } },
    memberships: Object.fromEntries(Object.entries(memberships).map(([room, mine]) => [room, { room, unread: 0, mentions: 0, read: 5, ...mine }])),
  }) as unknown as Replica;

it("a mention and a direct word are news, other words are not", () => {
  const before = state({ garden: { unread: 1 }, bo: {} });
  expect(news(before, state({ garden: { unread: 2 }, bo: {} }))).toEqual([]);
  expect(news(before, state({ garden: { unread: 2, mentions: 1 }, bo: { unread: 1 } }))).toEqual(["garden", "bo"]);
  expect(news(before, before)).toEqual([]);
});

it("the first words of a new room are news", () => {
  expect(news(state({}), state({ garden: { unread: 1 }, bo: { unread: 1 } }))).toEqual(["bo"]);
});

it("reading, and marking as unread, are no news", () => {
  const before = state({ bo: { unread: 2 } });
  expect(news(before, state({ bo: { unread: 0 } }))).toEqual([]);
  expect(news(state({ bo: {} }), state({ bo: { unread: 2, read: 3 } }))).toEqual([]);
  expect(news(state({ bo: { unread: 1 } }), state({ bo: { unread: 2, read: 6 } }))).toEqual(["bo"]);
});

it("each room tells what was chosen for it, and choosing is no news", () => {
  const all = state({ garden: { unread: 1, notify: "all" }, bo: {} });
  expect(news(all, state({ garden: { unread: 2, notify: "all" }, bo: {} }))).toEqual(["garden"]);
  const muted = { muted_until: "2999-01-01T00:00:00.000Z" };
  expect(news(state({ bo: muted }), state({ bo: { unread: 1, ...muted } }))).toEqual([]);
  expect(news(state({ bo: { unread: 1, ...muted } }), state({ bo: { unread: 1 } }))).toEqual([]);
  expect(settledRooms(["bo"], state({ bo: { unread: 1, notify: "nothing" } }))).toEqual(["bo"]);
});

it("what was read anywhere needs no notice any more", () => {
  expect(settledRooms(["garden", "bo"], state({ garden: { mentions: 1 }, bo: {} }))).toEqual(["bo"]);
});
