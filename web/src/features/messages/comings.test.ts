// Owns the tests of who came and who went.
import { expect, it } from "vitest";
import type { Message } from "../../contract/wire";
import { comings } from "./comings";

const line = (kind: string, author: string, subject?: string) => ({ kind, author, subject }) as Message;

it("names everybody once", () => {
  const lines = [line("join", "ada"), line("join", "bo"), line("leave", "bo"), line("kick", "ada", "cy"), line("leave", "dana"), line("join", "dana")];
  expect(comings(lines)).toEqual({ came: ["ada"], went: ["cy"], both: ["bo", "dana"] });
});
