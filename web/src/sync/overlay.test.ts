// Owns the tests of how messages look while commands about them are on their way.
import { expect, it } from "vitest";
import { overlaid } from "./overlay";
import { newEntry } from "./queue";
import { message } from "./samples";

const messages = [message(1), message(2, { reactions: [{ emoji: "👍", users: ["bo"], count: 1 }] }), message(3, { deleted: true, text: "" })];
const given = (name: Parameters<typeof newEntry>[0], takes: object) => newEntry(name, { room: "garden", ...takes });

it("is as it was where nothing is on its way", () => {
  expect(overlaid(messages, [], "ada")).toBe(messages);
  expect(overlaid(messages, [given("reads.set", { seq: 2 }), given("messages.delete", { seq: 9 })], "ada")).toBe(messages);
});

it("shows what is deleted as deleted, for all or for me", () => {
  expect(overlaid(messages, [given("messages.delete", { seq: 1 })], "ada")[0]).toMatchObject({ deleted: true, text: "" });
  expect(overlaid(messages, [given("messages.delete", { seq: 1, for: "me" })], "ada").map(({ seq }) => seq)).toEqual([2, 3]);
});

it("shows an edit at once, and what there was where it was refused", () => {
  const edit = given("messages.edit", { seq: 1, text: "better" });
  expect(overlaid(messages, [edit], "ada")[0]).toMatchObject({ text: "better", edited: edit.time });
  expect(overlaid(messages, [{ ...edit, state: "failed" }], "ada")).toBe(messages);
});

it("adds and takes away my own reactions, each once", () => {
  const on = given("reactions.set", { seq: 2, emoji: "👍", on: true });
  const both = overlaid(messages, [on, on], "ada");
  expect(both[1]?.reactions).toEqual([{ emoji: "👍", users: ["bo", "ada"], count: 2 }]);
  expect(overlaid(both, [given("reactions.set", { seq: 2, emoji: "👍", on: false })], "ada")[1]?.reactions).toEqual(messages[1]?.reactions);
  expect(overlaid(messages, [given("reactions.set", { seq: 2, emoji: "👍", on: false })], "bo")[1]?.reactions).toEqual([]);
  expect(overlaid(messages, [given("reactions.set", { seq: 3, emoji: "👍", on: true })], "ada")[2]?.reactions).toBeUndefined();
});
