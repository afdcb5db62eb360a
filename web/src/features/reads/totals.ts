// Owns the sums over all rooms and the page's title that shows them.
import { loud as loudOf, waiting } from "../../sync/notices";
import type { Replica } from "../../sync/replica";

export interface Totals {
  unread: number;
  /** What concerns me: mentions, and everything where I want to be told of everything. */
  loud: number;
}

export function totals(replica: Replica, except?: string, now = Date.now()): Totals {
  let unread = 0;
  let loud = 0;
  for (const mine of Object.values(replica.memberships)) {
    if (mine.room === except || mine.hidden) continue;
    unread += waiting(mine, now);
    loud += loudOf(mine, replica.rooms[mine.room]?.kind, now);
  }
  return { unread, loud };
}

/** "(3) garden · Parlour": the count first, so that it is seen in a narrow tab. */
export function pageTitle(count: number, place: string, house: string): string {
  const words = place ? `${place} · ${house}` : house;
  return count > 0 ? `(${count}) ${words}` : words;
}
