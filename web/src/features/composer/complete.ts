// Owns what is completed while one writes: where the word is that is being typed, and what fits it best.
import { fuzzyAny } from "../../ui/fuzzy";

export type Sign = "@" | "#" | ":" | "/";

export interface Typed {
  sign: Sign;
  query: string;
  /** The sign and all of the word that stands there, also behind the caret. */
  word: string;
  /** Where the sign stands, and where the word ends. */
  from: number;
  to: number;
  /** It stands right behind a letter, where a name is none before it is set apart. */
  glued: boolean;
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

/** Words of these scripts stand without spaces: a name may begin behind a letter, and ends before one. */
export const SPACELESS = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}`;
const NAME = new RegExp(String.raw`(?:^|[\s([{"'“‘«„*_>\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65${SPACELESS}])(@)([^\s@#:]{0,40})$`, "u");
const OTHER = /(?:^|[\s([{])([#:])([^\s@#:]{0,40})$/u;
const COMMAND = /^(\/)(\p{L}{0,20})$/u;
/** A dot or dash at the end is the sentence's own. */
const REST = new RegExp(String.raw`^(?:[[\p{L}\p{M}\p{N}_]--[${SPACELESS}]]|[.\-](?=[[\p{L}\p{N}_]--[${SPACELESS}]]))*`, "v");

/** The word at the caret, if it is one to complete. A command stands at the beginning alone. */
export function typedAt(text: string, caret: number): Typed | undefined {
  const before = text.slice(0, caret);
  const match = NAME.exec(before) ?? OTHER.exec(before) ?? COMMAND.exec(before);
  if (!match) return undefined;
  const sign = match[1] as Sign;
  const query = match[2] ?? "";
  if (sign === ":" && (query.length < EMOJI_FROM || !/^[\p{L}\p{N}+]/u.test(query))) return undefined;
  const from = caret - query.length - 1;
  const rest = REST.exec(text.slice(caret))?.[0] ?? "";
  return { sign, query, word: sign + query + rest, from, to: caret + rest.length, glued: /[\p{L}\p{N}]$/u.test(text.slice(0, from)) };
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
