// Owns what is completed while one writes: where the word is that is being typed, and what fits it best.
import { fuzzyAny } from "../../ui/fuzzy";

export type Sign = "@" | "#" | ":" | "/";

export interface Typed {
  sign: Sign;
  query: string;
  /** Where the sign stands, and where the word ends. */
  from: number;
  to: number;
}

export interface Candidate {
  key: string;
  /** What is put into the text. */
  insert: string;
  label: string;
  note?: string;
  face?: { name: string; hue: number };
  /** An emoji, instead of a face. */
  picture?: string;
  /** Further names by which it is found. */
  names?: string[];
  /** Comes earlier than what fits as well. */
  weight?: number;
}

const LIMIT = 8;
/** An emoji is looked for from the second letter on: a smile of two signs is not the beginning of one. */
const EMOJI_FROM = 2;

/** The word before the caret, if it is one to complete. A command stands at the beginning alone. */
export function typedAt(text: string, caret: number): Typed | undefined {
  const before = text.slice(0, caret);
  const match = /(?:^|[\s([{])([@#:])([^\s@#:]{0,40})$/u.exec(before) ?? /^(\/)(\p{L}{0,20})$/u.exec(before);
  if (!match) return undefined;
  const sign = match[1] as Sign;
  const query = match[2] ?? "";
  if (sign === ":" && (query.length < EMOJI_FROM || !/^[\p{L}\p{N}+]/u.test(query))) return undefined;
  return { sign, query, from: caret - query.length - 1, to: caret };
}

export function fitting(query: string, candidates: readonly Candidate[]): Candidate[] {
  const hits = candidates.flatMap((candidate) => {
    const match = fuzzyAny(query, [candidate.label, ...(candidate.names ?? [])]);
    return match ? [{ candidate, score: match.score + (candidate.weight ?? 0) }] : [];
  });
  return hits
    .sort((a, b) => b.score - a.score)
    .slice(0, LIMIT)
    .map(({ candidate }) => candidate);
}
