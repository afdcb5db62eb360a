// Owns the words of formatted text in one line, for places that show no formatting; what is hidden stays hidden.
import { read, type Part } from "./read";

const HIDDEN = "▒▒▒";
const LINES = new Set(["p", "h3", "h4", "h5", "h6", "pre", "li", "tr", "br", "hr", "blockquote"]);

/** The words of a message, given its HTML, if it has any, and its text. */
export function plain(html: string | undefined, text: string): string {
  const parts = html === undefined ? undefined : read(html);
  return parts ? wordsOf(parts).replace(/\s+/g, " ").trim() : text;
}

export function wordsOf(parts: Part[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.look === "spoiler") return HIDDEN;
      const words = wordsOf(part.parts);
      return LINES.has(part.tag) || /^t[hd]$/.test(part.tag) ? `${words} ` : words;
    })
    .join("");
}

/** The same without a beginning that means something else; nothing where it does not begin so. */
export function without(parts: Part[], beginning: string): Part[] | undefined {
  const [first, ...rest] = parts;
  if (first === undefined) return undefined;
  if (typeof first === "string") return first.startsWith(beginning) ? [first.slice(beginning.length), ...rest] : undefined;
  const inner = without(first.parts, beginning);
  return inner && [{ ...first, parts: inner }, ...rest];
}
