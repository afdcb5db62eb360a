// Owns the cutting of plain text into words, links and mentions; the page makes elements of them, never markup.
import type { RoomId, UserId } from "../../contract/wire";

export type Token =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "mention"; text: string; user: UserId }
  | { kind: "room"; text: string; room: RoomId };

/** Longer addresses stay text: nobody reads them, and cutting them costs. */
const LINK_LIMIT = 2_000;
const MARKED = /(?<link>\bhttps?:\/\/[^\s<>"\u0000-\u001f\u202a-\u202e\u2066-\u2069]+)|(?<![\p{L}\p{N}_@/])@(?<name>[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63})|(?<![\p{L}\p{N}_#&/])#(?<room>[\p{L}\p{N}][\p{L}\p{N}_./-]{0,63})/giu;

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
  return /^(?:\p{RGI_Emoji}\s*){1,3}$/v.test(text.trim());
}

/** The end of a sentence is not part of the address, nor a bracket that was opened before it. */
function linkOf(raw: string): Token | undefined {
  if (raw.length > LINK_LIMIT) return undefined;
  let text = raw;
  for (;;) {
    const end = text.at(-1) ?? "";
    const opened = { ")": "(", "]": "[", "}": "{" }[end];
    if (opened ? count(text, end) > count(text, opened) : /[.,;:!?'*_~]/.test(end)) text = text.slice(0, -1);
    else break;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // A name before an @ makes an address look like another's.
  if (!url || !url.hostname || url.username || url.password) return undefined;
  return { kind: "link", text, href: url.href };
}

function tokenOf({ link, name, room }: Record<string, string>, known: Known): Token | undefined {
  if (link) return linkOf(link);
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

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}
