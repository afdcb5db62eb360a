// Owns the codes of emoji that are written out, like `:tada:`: where one ends, and which emoji stands for it.
import { openBook, withTone } from "../../ui/emoji/book";
import { recent } from "../../ui/emoji/recent.svelte";
import { SPACELESS } from "./complete";

export interface Code {
  code: string;
  from: number;
  to: number;
}

/** Behind a letter, a digit or another colon it is a time, a path or an address. */
const CODE = new RegExp(String.raw`(?<![[\p{L}\p{N}_:\/]--[${SPACELESS}]]):([a-z0-9_+\-]{1,40}):$`, "iv");

/** What could be a code and ends at the caret, unless it is written as code. */
export function codeAt(text: string, caret: number): Code | undefined {
  const before = text.slice(0, caret);
  const match = CODE.exec(before);
  if (!match || isInCode(before)) return undefined;
  return { code: match[1]!.toLowerCase(), from: match.index, to: caret };
}

/** Fetches the book where it is not there yet. */
export async function emojiOf({ code }: Code): Promise<string | undefined> {
  const { all } = await openBook();
  const found = all.find(({ codes }) => codes.includes(code));
  return found && withTone(found, recent.tone);
}

/** A block or a span of code was begun before, and has not ended. */
function isInCode(before: string): boolean {
  const lines = before.split("\n");
  let fence: string | undefined;
  for (const line of lines) {
    const sign = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    if (sign && (!fence || fence === sign)) fence = fence ? undefined : sign;
  }
  if (fence) return true;
  let open = 0;
  for (const [ticks] of lines.at(-1)!.matchAll(/`+/g)) open = open === 0 ? ticks.length : open === ticks.length ? 0 : open;
  return open > 0;
}
