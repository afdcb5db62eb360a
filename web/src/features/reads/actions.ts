// Owns what a message's menu can do about reading: from here on it is unread again.
import type { Message } from "../../contract/wire";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import type { MenuItem } from "../../ui/Menu.svelte";

export function readActions(message: Message): MenuItem[] {
  return [{ label: m.message_mark_unread(), icon: "unread", keys: "U", act: () => session.markUnread(message.room, message.seq) }];
}
