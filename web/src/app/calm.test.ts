// Owns the tests of work that is done now and then.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Calm } from "./calm";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("works at once, and then once for all that comes meanwhile", () => {
  const work = vi.fn();
  const calm = new Calm(work);
  calm.soon();
  expect(work).toHaveBeenCalledTimes(1);
  for (let n = 0; n < 9; n++) calm.soon();
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(400);
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(4_000);
  expect(work).toHaveBeenCalledTimes(2);
});

it("is still after its end", () => {
  const work = vi.fn();
  const calm = new Calm(work);
  calm.soon();
  calm.soon();
  calm.stop();
  vi.advanceTimersByTime(4_000);
  expect(work).toHaveBeenCalledTimes(1);
});
