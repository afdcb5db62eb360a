// Owns the keys that mark words as bold, italic or code, and what they do to the words.

const MARKS: Record<string, string> = { b: "**", i: "_", e: "`" };

/** The mark that a key stands for with Ctrl or ⌘. */
export function markOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): string | undefined {
  return (ctrlKey || metaKey) && !altKey && !shiftKey ? MARKS[key.toLowerCase()] : undefined;
}

export interface Marked {
  /** What stands for the words from `from` to `to` now. */
  words: string;
  from: number;
  to: number;
  /** Where the selection then begins and ends. */
  start: number;
  end: number;
}

/** Puts a mark around what is selected, or takes it away; lines of code become a block. Who is at the end of what is marked steps out of it. */
export function mark(text: string, start: number, end: number, sign: string): Marked {
  let chosen = text.slice(start, end);
  const outside = text.slice(0, start).endsWith(sign) && text.slice(end).startsWith(sign);
  if (start === end && !outside && text.slice(end).startsWith(sign) && isOpen(text.slice(0, start), sign)) {
    return { words: "", from: end, to: end, start: end + sign.length, end: end + sign.length };
  }
  if (outside) return { words: chosen, from: start - sign.length, to: end + sign.length, start: start - sign.length, end: end - sign.length };
  if (chosen.length > 2 * sign.length && chosen.startsWith(sign) && chosen.endsWith(sign)) {
    chosen = chosen.slice(sign.length, -sign.length);
    return { words: chosen, from: start, to: end, start, end: start + chosen.length };
  }
  if (sign === "`" && chosen.includes("\n")) {
    const before = start > 0 && text[start - 1] !== "\n" ? "\n```\n" : "```\n";
    return { words: `${before}${chosen}\n\`\`\``, from: start, to: end, start: start + before.length, end: start + before.length + chosen.length };
  }
  // A mark beside a space marks nothing.
  const from = start + (chosen.length - chosen.trimStart().length);
  const words = chosen.trim();
  return { words: `${sign}${words}${sign}`, from, to: from + words.length, start: from + sign.length, end: from + sign.length + words.length };
}

/** A mark begins in this line and has not ended. */
function isOpen(before: string, sign: string): boolean {
  const at = before.lastIndexOf(sign);
  return at >= 0 && /^\S.*$/.test(before.slice(at + sign.length)) && !/[\p{L}\p{N}]$/u.test(before.slice(0, at));
}

/** Whether a preview could show anything else than the words do. */
export function mayBeMarked(text: string): boolean {
  return /[*_~`|$[\\>#]|^\s*(?:[-+]|\d+[.)])\s|\n {4}/m.test(text);
}
