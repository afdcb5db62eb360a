// Owns the cutting of people's words into text and the names of people and rooms in it.
import type { RoomId, UserId } from "../../contract/wire";

export type Token =
  | { kind: "text"; text: string }
  | { kind: "mention"; text: string; user: UserId }
  | { kind: "room"; text: string; room: RoomId };

const MARKED = /(?<![\p{L}\p{N}_@/])@(?<name>[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63})|(?<![\p{L}\p{N}_#&/])#(?<room>[\p{L}\p{N}][\p{L}\p{N}_./-]{0,63})/giu;

export interface Known {
  /** Whom a name without its @ means, if anybody. */
  user: (name: string) => UserId | undefined;
  /** Which room a name without its # means. */
  room: (name: string) => RoomId | undefined;
}

export function tokens(text: string, known: Known): Token[] {
  const found: Token[] = [];
  let at = 0;
  for (const match of text.matchAll(MARKED)) {
    const token = tokenOf(match.groups ?? {}, known);
    if (!token || match.index < at) continue;
    if (match.index > at) found.push({ kind: "text", text: text.slice(at, match.index) });
    found.push(token);
    at = match.index + token.text.length;
  }
  if (at < text.length) found.push({ kind: "text", text: text.slice(at) });
  return found;
}

/** Up to three emoji and nothing else: shown large. */
export function isOnlyEmoji(text: string): boolean {
  // The list of all emoji is dear to read: most words are not even asked about.
  return !/\p{L}/u.test(text) && /^(?:\p{RGI_Emoji}\s*){1,3}$/v.test(text.trim());
}

function tokenOf({ name, room }: Record<string, string>, known: Known): Token | undefined {
  if (room) {
    const found = longest(room, known.room);
    return found && { kind: "room", text: `#${found.name}`, room: found.is };
  }
  const found = longest(name ?? "", known.user);
  return found && { kind: "mention", text: `@${found.name}`, user: found.is };
}

/** The longest name that is known: "@ada." at the end of a sentence is Ada. */
function longest(name: string, known: (name: string) => string | undefined): { name: string; is: string } | undefined {
  for (let rest = name; rest; rest = rest.replace(/[\p{L}\p{N}]*[_./-]*$/u, "")) {
    const bare = rest.replace(/[_./-]+$/, "");
    const is = known(rest) ?? known(bare);
    if (is) return { name: known(rest) ? rest : bare, is };
    if (!/[_./-]/.test(rest)) return undefined;
  }
  return undefined;
}
