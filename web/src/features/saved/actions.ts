// Owns saving: whether I keep a message as far as is known here, and what its menu can do about it.
import type { Message } from "../../contract/wire";
import { savedKey } from "../../sync/replica";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import type { MenuItem } from "../../ui/Menu.svelte";

type Place = Pick<Message, "room" | "seq">;

export function isSaved(message: Place): boolean {
  return session.outbox.switched("saved.set", message) ?? savedKey(message) in session.replica.saved;
}

export function save({ room, seq }: Place, on: boolean): void {
  // What the server refuses is said by the page, wherever it came from.
  void session.outbox.give("saved.set", { room, seq, on }).catch(() => undefined);
}

export function savedActions(message: Message): MenuItem[] {
  const on = !isSaved(message);
  return [{ label: on ? m.message_save() : m.message_unsave(), icon: "bookmark", keys: "S", act: () => save(message, on) }];
}
