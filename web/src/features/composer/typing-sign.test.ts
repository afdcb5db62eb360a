// Owns the tests of when the others hear that I am typing.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TypingSign } from "./typing-sign";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("speaks once in a while, and once at the end", () => {
  const said: boolean[] = [];
  const sign = new TypingSign((typing) => said.push(typing));
  sign.touch();
  vi.advanceTimersByTime(1_000);
  sign.touch();
  expect(said).toEqual([true]);
  vi.advanceTimersByTime(4_000);
  sign.touch();
  expect(said).toEqual([true, true]);
  vi.advanceTimersByTime(6_000);
  expect(said).toEqual([true, true, false]);
  sign.stop();
  expect(said).toEqual([true, true, false]);
});
