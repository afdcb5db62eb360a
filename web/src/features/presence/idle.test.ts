// Owns the tests of when I count as away.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { IDLE_MS, watchIdle } from "./idle";

const page = Object.assign(new EventTarget(), { visibilityState: "visible" });

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", page);
  page.visibilityState = "visible";
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function show(state: "visible" | "hidden") {
  page.visibilityState = state;
  page.dispatchEvent(new Event("visibilitychange"));
}

it("is away after five minutes without a touch, and back with the next", () => {
  const said: string[] = [];
  const stop = watchIdle((presence) => said.push(presence));
  vi.advanceTimersByTime(IDLE_MS - 1_000);
  window.dispatchEvent(new Event("keydown"));
  vi.advanceTimersByTime(IDLE_MS - 1_000);
  expect(said).not.toContain("away");
  vi.advanceTimersByTime(2_000);
  expect(said.at(-1)).toBe("away");
  window.dispatchEvent(new Event("pointermove"));
  expect(said.at(-1)).toBe("online");
  stop();
  vi.advanceTimersByTime(2 * IDLE_MS);
  expect(said.at(-1)).toBe("online");
});

it("is away after five minutes out of sight, and back when seen", () => {
  const said: string[] = [];
  watchIdle((presence) => said.push(presence));
  show("hidden");
  vi.advanceTimersByTime(IDLE_MS + 1_000);
  expect(said.at(-1)).toBe("away");
  show("visible");
  expect(said.at(-1)).toBe("online");
});
