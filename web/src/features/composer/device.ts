// Owns what was typed a moment ago, on this device alone: a crash or a power cut leaves it there.
import type { RoomId, UserId } from "../../contract/wire";
import { typedName } from "../../sync/typed";

/** An edit that was begun: of which message, and on what it rests. */
export interface Edit {
  seq: number;
  gv: number;
  text: string;
}

export function draftOf(user: UserId, room: RoomId): string {
  return read(typedName("draft", user, room));
}

export function keepDraft(user: UserId, room: RoomId, text: string): void {
  keep(typedName("draft", user, room), text.trim() ? text : "");
}

export function editOf(user: UserId, room: RoomId): Edit | undefined {
  try {
    const edit = JSON.parse(read(typedName("edit", user, room)) || "null") as Edit | null;
    return typeof edit?.seq === "number" && typeof edit.text === "string" ? edit : undefined;
  } catch {
    return undefined;
  }
}

/** Without one, or without words: none is begun any more. */
export function keepEdit(user: UserId, room: RoomId, edit?: Edit): void {
  keep(typedName("edit", user, room), edit?.text.trim() ? JSON.stringify(edit) : "");
}

/** What was typed within the last moment: a key is painted before it is kept. */
const pending = new Map<string, string>();
const MOMENT_MS = 100;

function read(key: string): string {
  try {
    const words = pending.get(key);
    if (words !== undefined) return words;
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function keep(key: string, words: string): void {
  if (pending.size === 0) {
    if (typeof requestIdleCallback === "function") requestIdleCallback(write, { timeout: MOMENT_MS });
    else setTimeout(write, MOMENT_MS);
  }
  pending.set(key, words);
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

if (typeof window !== "undefined") window.addEventListener("pagehide", write);
