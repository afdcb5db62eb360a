// Owns what this device alone knows of a room's box: the words of a moment ago, and an edit that was begun.
import type { RoomId, UserId } from "../../contract/wire";
import { keepTyped, readTyped } from "../../sync/typed";

/** An edit that was begun: of which message, and on what it rests. */
export interface Edit {
  seq: number;
  gv: number;
  text: string;
}

export function draftOf(user: UserId, room: RoomId): string {
  return readTyped("draft", user, room);
}

export function keepDraft(user: UserId, room: RoomId, text: string): void {
  keepTyped("draft", user, room, text.trim() ? text : "");
}

export function editOf(user: UserId, room: RoomId): Edit | undefined {
  try {
    const edit = JSON.parse(readTyped("edit", user, room) || "null") as Edit | null;
    return typeof edit?.seq === "number" && typeof edit.text === "string" ? edit : undefined;
  } catch {
    return undefined;
  }
}

/** Without one, or without words: none is begun any more. */
export function keepEdit(user: UserId, room: RoomId, edit?: Edit): void {
  keepTyped("edit", user, room, edit?.text.trim() ? JSON.stringify(edit) : "");
}
