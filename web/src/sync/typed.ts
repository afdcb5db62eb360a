// Owns the names under which what was typed a moment ago is kept on this device, and that it goes with whoever signs out here.
import type { RoomId, UserId } from "../contract/wire";

const KINDS = ["draft", "edit"] as const;

export function typedName(kind: (typeof KINDS)[number], user: UserId, room: RoomId): string {
  return `parlour.${kind}.${user}.${room}`;
}

export function forgetTyped(user: UserId): void {
  try {
    const names = KINDS.map((kind) => typedName(kind, user, ""));
    for (const key of Object.keys(localStorage)) if (names.some((name) => key.startsWith(name))) localStorage.removeItem(key);
  } catch {
    return;
  }
}
