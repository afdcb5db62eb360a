// Owns what can be completed in a room: its people, rooms, emoji and commands.
import type { RoomId, User } from "../../contract/wire";
import { personName } from "../../sync/names";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";
import { openBook, searched, withTone } from "../../ui/emoji/book";
import { recent } from "../../ui/emoji/recent.svelte";
import { type Candidate, fitting, type Typed } from "./complete";
import { slashCommands } from "./slash";

const EMOJI = 8;
/** Who spoke here lately is meant more often than who did not; and who is in the room more than who is not. */
const SPOKE = 4;
const INSIDE = 3;
const FOUND = 20;

/** What is known here at once. Emoji and further people come with `asked`. */
export function known({ sign, query }: Typed, room: RoomId): Candidate[] {
  switch (sign) {
    case "@":
      return fitting(query, people(room, Object.values(session.replica.users)));
    case "#":
      return fitting(query, rooms());
    case "/":
      return fitting(query, slashCommands().map(({ name, note }) => ({ key: name, insert: `/${name} `, label: `/${name}`, names: [name], note })));
    default:
      return [];
  }
}

/** The same with what has to be fetched first. */
export async function asked({ sign, query }: Typed, room: RoomId): Promise<Candidate[] | undefined> {
  if (sign === ":") return emoji(query);
  if (sign !== "@" || !query) return undefined;
  const { users } = await session.call("users.list", { query, limit: FOUND });
  const all = new Map([...Object.values(session.replica.users), ...users].map((user) => [user.id, user]));
  return fitting(query, people(room, [...all.values()]));
}

function people(room: RoomId, users: User[]): Candidate[] {
  const members = session.replica.members[room];
  const spoke = new Set((session.replica.logs[room]?.messages ?? []).slice(-60).map(({ author }) => author));
  const candidates = users
    .filter((user) => !user.disabled && user.id !== session.replica.me)
    .map((user): Candidate => ({
      key: user.id,
      insert: `@${user.username} `,
      label: personName(user),
      names: [user.username],
      note: `@${user.username}`,
      face: { name: personName(user), hue: user.hue },
      weight: (spoke.has(user.id) ? SPOKE : 0) + (members?.[user.id]?.role ? INSIDE : 0),
    }));
  return [...candidates, { key: "all", insert: "@all ", label: "@all", names: ["all"], note: m.mention_all(), weight: -2 }];
}

/** A name with spaces in it cannot be told from the words after it: then its address is written. */
function rooms(): Candidate[] {
  return Object.values(session.replica.rooms)
    .filter((room) => room.kind !== "direct")
    .map((room) => ({
      key: room.id,
      insert: /^[\p{L}\p{N}][\p{L}\p{N}_./-]*$/u.test(room.name) ? `#${room.name} ` : `${new URL(`#/room/${room.id}`, location.href).href} `,
      label: room.name,
      note: room.topic,
      picture: "#",
    }));
}

async function emoji(query: string): Promise<Candidate[]> {
  const book = await openBook();
  return searched(book, query, EMOJI).map((one) => ({
    key: one.value,
    insert: `${withTone(one, recent.tone)} `,
    label: one.codes[0] ? `:${one.codes[0]}:` : one.label,
    note: one.label,
    picture: withTone(one, recent.tone),
  }));
}
