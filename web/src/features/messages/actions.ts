// Owns what can be done with one message from its menu and by a key.
import type { Message } from "../../contract/wire";
import { addressOf } from "../../sync/addresses";
import { refusalText } from "../../sync/refusal";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import { copy } from "../../ui/copy";
import type { MenuItem } from "../../ui/Menu.svelte";
import { notices } from "../../ui/notices.svelte";

/** `more` are those of other features; `ask` makes sure before a message goes for everybody. */
export function messageActions(message: Message, more: MenuItem[], ask: (message: Message) => void): MenuItem[] {
  const role = session.replica.memberships[message.room]?.role;
  const mayDelete = message.author === session.replica.me || role === "owner" || role === "moderator";
  return [
    ...more,
    { label: m.message_copy(), icon: "copy", keys: "C", act: () => void copy(message.text) },
    { label: m.message_copy_link(), icon: "link", keys: "L", act: () => void copy(linkTo(message)) },
    { label: m.message_delete_me(), icon: "hide", act: () => void remove(message, "me") },
    ...(mayDelete ? [{ label: m.message_delete_all(), icon: "trash" as const, keys: "Delete", harm: true, act: () => ask(message) }] : []),
  ];
}

export async function remove({ room, seq }: Message, whom: "me" | "all"): Promise<void> {
  try {
    await session.outbox.give("messages.delete", { room, seq, for: whom });
  } catch (error) {
    notices.say(refusalText(error), "bad");
  }
}

function linkTo({ room, seq }: Message): string {
  return new URL(addressOf({ name: "room", room, seq }), location.href).href;
}
