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

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Storage may be full or forbidden: the words then live as long as the page. */
function keep(key: string, words: string): void {
  try {
    if (words) localStorage.setItem(key, words);
    else localStorage.removeItem(key);
  } catch {
    return;
  }
}
