// Owns which people a replica still needs: all others go, or the list of them would grow for ever.
import type { Message, UserId } from "../contract/wire";
import type { Log } from "./log";
import type { Replica } from "./replica";

/** So many profiles may be held before any is let go. */
export const PEOPLE_KEPT = 1_000;

/** Everybody whom a message names. */
export function namedIn(message: Message): (UserId | undefined)[] {
  const reacted = message.reactions?.flatMap(({ users }) => users) ?? [];
  return [message.author, message.subject, message.pinned?.by, ...(message.mentions ?? []), ...reacted];
}

/** Without the people whom nothing names that is at hand; `others` are named by what is on the disk. The same object where nobody goes. */
export function swept(replica: Replica, others: ReadonlySet<UserId>, keep = PEOPLE_KEPT): Replica {
  if (Object.keys(replica.users).length <= keep) return replica;
  const named = neededBy(replica);
  const rest = Object.entries(replica.users).filter(([id]) => named.has(id) || others.has(id));
  if (rest.length === Object.keys(replica.users).length) return replica;
  return { ...replica, users: Object.fromEntries(rest) };
}

function neededBy({ me, rooms, members, logs, views }: Replica): Set<UserId | undefined> {
  const held: Log[] = [...Object.values(logs), ...Object.values(views)];
  return new Set([
    me,
    ...Object.values(rooms).flatMap((room) => room.users ?? []),
    ...Object.values(members).flatMap((list) => Object.keys(list)),
    ...held.flatMap(({ messages }) => messages.flatMap(namedIn)),
  ]);
}
