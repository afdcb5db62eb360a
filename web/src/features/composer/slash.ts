// Owns the commands that are written: what each is called, and what it does.
import type { Room, UserId } from "../../contract/wire";
import { addressOf, goInstead } from "../../sync/addresses";
import { newCid } from "../../sync/cid";
import { Refusal } from "../../sync/refusal";
import { session } from "../../sync/session.svelte";
import { m } from "../../texts/messages.js";

/** So many members are looked through; whoever comes after them is invited once more. */
const [PAGE, PAGES] = [200, 25];

export interface SlashCommand {
  name: string;
  /** What it does, for the list. */
  note: string;
}

/** What became of a command; `text`: this is to be sent as a message. */
export interface Done {
  text?: string;
  said?: string;
  /** The list of keys and commands is wanted. */
  help?: boolean;
}

export function slashCommands(): SlashCommand[] {
  return [
    { name: "me", note: m.slash_me() },
    { name: "topic", note: m.slash_topic() },
    { name: "invite", note: m.slash_invite() },
    { name: "leave", note: m.slash_leave() },
    { name: "shrug", note: m.slash_shrug() },
    { name: "help", note: m.slash_help() },
  ];
}

/** The command that a text is, if it is one. Two strokes send one; a path or a fraction is no command. */
export function slashOf(text: string): { name: string; rest: string } | undefined {
  const match = /^\/(\p{L}+)(?:\s+([\s\S]*))?$/u.exec(text.trim());
  return match ? { name: match[1]!.toLowerCase(), rest: (match[2] ?? "").trim() } : undefined;
}

export function unescaped(text: string): string {
  return text.startsWith("//") ? text.slice(1) : text;
}

/** Rejects with a Refusal where it cannot be done. */
export async function run({ name, rest }: { name: string; rest: string }, room: Room): Promise<Done> {
  switch (name) {
    case "me":
      if (!rest) throw unusable(m.slash_me_how());
      return { text: `/me ${rest}` };
    case "shrug":
      return { text: `${rest} ¯\\_(ツ)_/¯`.trim() };
    case "topic":
      if (!rest) return { said: topicOf(room) };
      session.take({ room: await session.call("rooms.update", { cid: newCid(), room: room.id, topic: rest }) });
      return {};
    case "invite":
      return { said: await invite(rest.replace(/^@/, ""), room) };
    case "leave":
      return leave(room);
    case "help":
      return { help: true };
    default:
      throw unusable(m.slash_unknown({ name: `/${name}` }));
  }
}

function unusable(message: string): Refusal {
  return new Refusal({ code: "slash", message });
}

/** It is taken away where the room is looked at, not by what could be a slip. */
function topicOf(room: Room): string {
  if (room.kind === "direct") throw new Refusal({ code: "rooms.wrong_kind", message: "" });
  return room.topic ? m.slash_topic_is({ text: room.topic }) : m.slash_topic_how();
}

/** A room has no door for others to be pushed through: they are sent the way in. */
async function invite(username: string, room: Room): Promise<string> {
  if (!username) throw unusable(m.slash_invite_how());
  const { users } = await session.call("users.list", { query: username, limit: 20 });
  const user = users.find((one) => one.username.toLowerCase() === username.toLowerCase());
  if (!user) throw unusable(m.slash_nobody({ name: username }));
  const name = user.display_name || user.username;
  if (await isIn(room, user.id)) return m.slash_here({ name });
  const way = room.kind === "public" ? addressOf({ name: "room", room: room.id }) : room.code && addressOf({ name: "join", code: room.code });
  if (!way) throw new Refusal({ code: "rooms.wrong_kind", message: "" });
  const direct = await session.call("direct.open", { cid: newCid(), users: [user.id] });
  session.takeRoom(direct);
  await session.outbox.add(direct.id, m.slash_invitation({ room: room.name, link: new URL(way, location.href).href }));
  return m.slash_invited({ name });
}

/** Of a large room not everybody is known on this page. */
async function isIn({ id }: Room, user: UserId): Promise<boolean> {
  if (session.replica.members[id]?.[user]?.role) return true;
  let after: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { members, more } = await session.call("rooms.members", { room: id, after, limit: PAGE });
    if (members.some((member) => member.user === user)) return true;
    if (!more) return false;
    after = members.at(-1)?.user;
  }
  return false;
}

async function leave(room: Room): Promise<Done> {
  const isDirect = room.kind === "direct";
  if (isDirect) session.take({ me: await session.call("rooms.hide", { room: room.id }) });
  else {
    await session.call("rooms.leave", { room: room.id });
    session.take({ gone: room.id });
  }
  goInstead({ name: "home" });
  return { said: isDirect ? m.direct_hidden() : m.room_left({ room: room.name }) };
}
