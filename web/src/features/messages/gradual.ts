// Owns how many rows come onto the page at once: a page of older messages is put there in a few frames, so that scrolling goes on.
import type { Item } from "./arrange";

export interface Ends {
  first: string;
  last: string;
}

/** The part of the items to be on the page now, given the ends of what is there; `chunk` more at each end. */
export function span(items: readonly Item[], there: Ends | undefined, chunk: number): { from: number; to: number } {
  const whole = { from: 0, to: items.length };
  if (!there) return whole;
  const first = items.findIndex(({ key }) => key === there.first);
  const last = items.findLastIndex(({ key }) => key === there.last);
  // Nothing of it is left: another stretch is shown.
  if (first < 0 && last < 0) return whole;
  return { from: first < 0 ? 0 : Math.max(0, first - chunk), to: last < 0 ? items.length : Math.min(items.length, last + 1 + chunk) };
}

/** Days and the unread line move: they are no ends. */
export function endsOf(items: readonly Item[]): Ends | undefined {
  const first = items.find((item) => item.kind !== "day" && item.kind !== "unread");
  const last = items.findLast((item) => item.kind !== "day" && item.kind !== "unread");
  return first && last && { first: first.key, last: last.key };
}
