// Owns what the quick switcher finds, and what of it comes first.
import type { Room, User } from "../../contract/wire";
import { others, personName, roomName } from "../../sync/names";
import type { Replica } from "../../sync/replica";
import { fuzzyAny } from "../../ui/fuzzy";

export interface Command {
  name: string;
  label: string;
  act: () => void;
}

export type Hit = { score: number; at: number[] } & (
  | { kind: "room"; room: Room }
  | { kind: "public"; room: Room }
  | { kind: "person"; user: User }
  | { kind: "command"; command: Command }
);

export interface Places {
  replica: Replica;
  current?: string;
  /** Public rooms and people that the server found. */
  listed: readonly Room[];
  people: readonly User[];
  commands: readonly Command[];
}

const LIMIT = 30;
/** What waits and what was said lately comes before what fits as well. */
const UNREAD = 3;
const NAMED = 3;
const LATELY = 4;
const FOREIGN = 6;
const DAY_MS = 86_400_000;

/** `#` finds rooms alone, `@` people, `>` commands. */
export function ranked(query: string, places: Places, now = Date.now()): Hit[] {
  const sign = /^[#@>]/.exec(query.trim())?.[0];
  const words = query.trim().slice(sign ? 1 : 0);
  if (!words && !sign) return start(places, now);
  const hits = [
    ...(!sign || sign === "#" ? [...rooms(words, places, now), ...publicRooms(words, places)] : []),
    ...(!sign || sign === "@" ? people(words, places) : []),
    ...(!sign || sign === ">" ? commands(words, places) : []),
  ];
  return hits.sort((a, b) => b.score - a.score).slice(0, LIMIT);
}

/** Before anything is typed: where something waits, then where I was lately. */
function start(places: Places, now: number): Hit[] {
  const hits = rooms("", places, now).filter((hit) => hit.kind === "room" && hit.room.id !== places.current);
  return hits.sort((a, b) => b.score - a.score).slice(0, 12);
}

function rooms(words: string, { replica }: Places, now: number): Hit[] {
  return Object.values(replica.memberships).flatMap((mine): Hit[] => {
    const room = replica.rooms[mine.room];
    const match = room && fuzzyAny(words, [roomName(room, replica), room.subject ?? ""].filter(Boolean));
    if (!room || !match) return [];
    const waits = (mine.unread > 0 ? UNREAD : 0) + (mine.mentions > 0 || (room.kind === "direct" && mine.unread > 0) ? NAMED : 0);
    const age = Math.max(0, now - Date.parse(room.head_time ?? room.created)) / DAY_MS;
    const hidden = mine.hidden ? 3 : 0;
    return [{ kind: "room", room, at: match.text === roomName(room, replica) ? match.at : [], score: match.score + waits + LATELY / (1 + age) - hidden }];
  });
}

function publicRooms(words: string, { replica, listed }: Places): Hit[] {
  return listed.flatMap((room): Hit[] => {
    const match = replica.memberships[room.id] ? undefined : fuzzyAny(words, [room.name]);
    return match ? [{ kind: "public", room, at: match.at, score: match.score - FOREIGN }] : [];
  });
}

/** Whoever has a conversation with me alone is found as that. */
function people(words: string, { replica, people: found }: Places): Hit[] {
  const known = new Map([...Object.values(replica.users), ...found].map((user) => [user.id, user]));
  known.delete(replica.me);
  for (const { room } of Object.values(replica.memberships)) {
    const direct = replica.rooms[room];
    const users = direct?.kind === "direct" && !direct.subject ? others(direct, replica.me) : [];
    if (users.length === 1) known.delete(users[0]!);
  }
  return [...known.values()].flatMap((user): Hit[] => {
    const match = user.disabled ? undefined : fuzzyAny(words, [personName(user), user.username]);
    return match ? [{ kind: "person", user, at: match.text === personName(user) ? match.at : [], score: match.score - 0.5 }] : [];
  });
}

function commands(words: string, places: Places): Hit[] {
  return places.commands.flatMap((command): Hit[] => {
    const match = fuzzyAny(words, [command.label]);
    return match ? [{ kind: "command", command, at: match.at, score: match.score - 2 }] : [];
  });
}
