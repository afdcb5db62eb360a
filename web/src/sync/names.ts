// Owns how people and rooms are called on the page.
import type { Presence, Room, User, UserId } from "../contract/wire";
import { m } from "../texts/messages.js";
import { getLocale } from "../texts/runtime.js";
import type { Replica } from "./replica";

/** A deleted account has no user. */
export function personName(user: User | undefined): string {
  return user?.display_name || user?.username || m.person_unknown();
}

/** The author of a message: without an id the account was deleted, without a profile it is on its way. */
export function authorName(id: UserId | undefined, user: User | undefined): string {
  return id !== undefined && !user ? m.person_coming() : personName(user);
}

export function others(room: Room, me: UserId): UserId[] {
  return (room.users ?? []).filter((user) => user !== me);
}

/** What `Faces` shows of people. */
export function facesOf(users: UserId[], { users: known }: Replica): { name: string; hue: number }[] {
  return users.map((user) => ({ name: personName(known[user]), hue: known[user]?.hue ?? 0 }));
}

/** A direct conversation is called by its people. */
export function roomName(room: Room | undefined, replica: Replica): string {
  if (!room) return "";
  if (room.kind !== "direct") return room.name;
  const names = others(room, replica.me).map((user) => personName(replica.users[user]));
  if (names.length === 0) return m.direct_self();
  return new Intl.ListFormat(getLocale(), { style: "narrow", type: "conjunction" }).format(names);
}

/** What of somebody is shown: whoever is here may wish not to be disturbed. */
export type Sign = Presence | "quiet";

export function signOf(user: User | undefined, presence: Presence): Sign {
  return user?.do_not_disturb && presence !== "offline" ? "quiet" : presence;
}

export function signName(presence: Sign): string {
  if (presence === "quiet") return m.presence_quiet();
  if (presence === "online") return m.presence_online();
  return presence === "away" ? m.presence_away() : m.presence_offline();
}
