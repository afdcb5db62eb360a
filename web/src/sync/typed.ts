// Owns what was typed a moment ago and is kept on this device alone: a crash leaves it there, and it goes with whoever signs out here.
import type { RoomId, UserId } from "../contract/wire";

const KINDS = ["draft", "edit"] as const;
type Kind = (typeof KINDS)[number];

/** A key is painted before it is kept. */
const pending = new Map<string, string>();
const MOMENT_MS = 100;

export function readTyped(kind: Kind, user: UserId, room: RoomId): string {
  const key = keyOf(kind, user, room);
  try {
    return pending.get(key) ?? localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Without words: nothing is kept any more. */
export function keepTyped(kind: Kind, user: UserId, room: RoomId, words: string): void {
  if (pending.size === 0) {
    if (typeof requestIdleCallback === "function") requestIdleCallback(write, { timeout: MOMENT_MS });
    else setTimeout(write, MOMENT_MS);
  }
  pending.set(keyOf(kind, user, room), words);
}

export function forgetTyped(user: UserId): void {
  const names = KINDS.map((kind) => keyOf(kind, user, ""));
  const isTheirs = (key: string) => names.some((name) => key.startsWith(name));
  for (const key of pending.keys()) if (isTheirs(key)) pending.delete(key);
  try {
    for (const key of Object.keys(localStorage)) if (isTheirs(key)) localStorage.removeItem(key);
  } catch {
    return;
  }
}

/** Storage may be full or forbidden: the words then live as long as the page. */
function write(): void {
  for (const [key, words] of pending) {
    try {
      if (words) localStorage.setItem(key, words);
      else localStorage.removeItem(key);
    } catch {
      continue;
    }
  }
  pending.clear();
}

function keyOf(kind: Kind, user: UserId, room: RoomId): string {
  return `parlour.${kind}.${user}.${room}`;
}

if (typeof window !== "undefined") window.addEventListener("pagehide", write);
