// Owns what was typed a moment ago, on this device alone: a crash or a power cut leaves it there.
import type { RoomId, UserId } from "../../contract/wire";

const PREFIX = "parlour.draft.";

function keyOf(user: UserId, room: RoomId): string {
  return `${PREFIX}${user}.${room}`;
}

export function draftOf(user: UserId, room: RoomId): string {
  try {
    return localStorage.getItem(keyOf(user, room)) ?? "";
  } catch {
    return "";
  }
}

/** Storage may be full or forbidden: the words then live as long as the page. */
export function keepDraft(user: UserId, room: RoomId, text: string): void {
  try {
    if (text.trim()) localStorage.setItem(keyOf(user, room), text);
    else localStorage.removeItem(keyOf(user, room));
  } catch {
    return;
  }
}
