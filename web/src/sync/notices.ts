// Owns what of a room counts for me: by the level that I chose for it, and whether it is muted.
import type { Membership, RoomKind } from "../contract/wire";

export type Level = NonNullable<Membership["notify"]>;
type Mine = Pick<Membership, "unread" | "mentions" | "notify" | "muted_until">;

/** Until when a room is muted for ever. */
export const FOR_EVER = "9999-01-01T00:00:00.000Z";

/** Everything in direct rooms, mentions in others, unless something else was chosen. */
export function levelOf(mine: Mine | undefined, kind: RoomKind | undefined): Level {
  return mine?.notify ?? (kind === "direct" ? "all" : "mentions");
}

export function isMuted(mine: Mine | undefined, now: number): boolean {
  return mine?.muted_until !== undefined && Date.parse(mine.muted_until) > now;
}

/** What is shown as unread: of a muted room only where I am named. */
export function waiting(mine: Mine, now: number): number {
  return isMuted(mine, now) ? mine.mentions : mine.unread;
}

/** What is shown as concerning me. */
export function loud(mine: Mine, kind: RoomKind | undefined, now: number): number {
  return !isMuted(mine, now) && levelOf(mine, kind) === "all" ? mine.unread : mine.mentions;
}

/** What I want to be told of, wherever I look. */
export function told(mine: Mine, kind: RoomKind | undefined, now: number): number {
  return isMuted(mine, now) || levelOf(mine, kind) === "nothing" ? 0 : loud(mine, kind, now);
}
