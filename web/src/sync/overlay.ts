// Owns how messages look while my commands about them are on their way: as they will be.
import type { Message, UserId } from "../contract/wire";
import type { Entry } from "./queue";

export function overlaid(messages: readonly Message[], entries: readonly Entry[], me: UserId): readonly Message[] {
  // A change that was refused is as if it had not been; it is spoken of beside its message.
  return entries.reduce((shown, entry) => (entry.state === "failed" ? shown : withEntry(shown, entry, me)), messages);
}

function withEntry(messages: readonly Message[], { name, takes, time }: Entry, me: UserId): readonly Message[] {
  const at = messages.findIndex((message) => message.seq === takes.seq);
  const message = messages[at];
  if (!message || message.deleted) return messages;
  switch (name) {
    case "messages.delete":
      if (takes.for === "me") return messages.toSpliced(at, 1);
      return messages.with(at, { ...message, text: "", deleted: true, reactions: undefined, pinned: undefined });
    case "messages.edit":
      return messages.with(at, { ...message, text: String(takes.text), edited: message.edited ?? time });
    case "reactions.set":
      return messages.with(at, { ...message, reactions: reacted(message.reactions ?? [], String(takes.emoji), takes.on === true, me) });
    case "pins.set":
      return messages.with(at, { ...message, pinned: takes.on === true ? (message.pinned ?? { by: me, time: message.time }) : undefined });
    default:
      return messages;
  }
}

type Reactions = NonNullable<Message["reactions"]>;

function reacted(reactions: Reactions, emoji: string, on: boolean, me: UserId): Reactions {
  const at = reactions.findIndex((one) => one.emoji === emoji);
  const there = reactions[at];
  if (!there) return on ? [...reactions, { emoji, users: [me], count: 1 }] : reactions;
  if (there.users.includes(me) === on) return reactions;
  const users = on ? [...there.users, me] : there.users.filter((user) => user !== me);
  const count = there.count + (on ? 1 : -1);
  return count > 0 ? reactions.with(at, { ...there, users, count }) : reactions.toSpliced(at, 1);
}
