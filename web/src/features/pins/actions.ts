// Owns pinning: whether a message is pinned as far as is known here, and what its menu can do about it.
import type { Message } from "../../contract/wire";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import type { MenuItem } from "../../ui/Menu.svelte";

export function isPinned(message: Message): boolean {
  return session.outbox.switched("pins.set", message) ?? message.pinned !== undefined;
}

export function pin({ room, seq }: Message, on: boolean): void {
  // What the server refuses is said by the page, wherever it came from.
  void session.outbox.give("pins.set", { room, seq, on }).catch(() => undefined);
}

export function pinActions(message: Message): MenuItem[] {
  const on = !isPinned(message);
  return [{ label: on ? m.message_pin() : m.message_unpin(), icon: "pin", keys: "P", act: () => pin(message, on) }];
}
