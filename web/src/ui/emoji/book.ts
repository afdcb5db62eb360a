// Owns the book of emoji in the reader's language: fetched when it is first needed, and searched by name, code and other words.
import { getLocale } from "../../texts/runtime.js";
import { fuzzyAny } from "../fuzzy";

export interface Emoji {
  value: string;
  group: number;
  /** Comes in skin tones. */
  toned: boolean;
  label: string;
  codes: string[];
  words: string[];
}

export interface Book {
  all: Emoji[];
  groups: { order: number; name: string }[];
  tones: Record<string, string>;
}

type Data = (typeof import("virtual:emoji/en"))["default"];

const LOADERS: Record<string, () => Promise<{ default: Data }>> = {
  en: () => import("virtual:emoji/en"),
  de: () => import("virtual:emoji/de"),
  es: () => import("virtual:emoji/es"),
  fr: () => import("virtual:emoji/fr"),
  zh: () => import("virtual:emoji/zh"),
  ja: () => import("virtual:emoji/ja"),
};

/** From light to dark; the first is none. */
export const TONES = ["", "\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];
export const TONE_KEYS = ["", "light", "medium-light", "medium", "medium-dark", "dark"];

/** What most people mean where several fit. */
const USUAL = new Set("👍❤😂🎉🙏👀✅👏😊😮😢😡👎🔥🚀💡😀😍🤔😅😭🥳👋💯");
const MEANT = 60;

let book: Promise<Book> | undefined;

/** A language without a book of its own reads the English one. */
export function openBook(): Promise<Book> {
  book ??= (LOADERS[getLocale()] ?? LOADERS.en!)().then(({ default: data }) => bookOf(data));
  // Without a network it is tried again when it is next needed.
  book.catch(() => (book = undefined));
  return book;
}

export function bookOf({ rows, groups, tones }: Data): Book {
  const all = rows.split("\n").map((row): Emoji => {
    const [value = "", group, toned, label = "", codes = "", words = ""] = row.split("\t");
    return { value, group: Number(group), toned: toned === "1", label, codes: codes.split(" ").filter(Boolean), words: words.split(" ").filter(Boolean) };
  });
  return { all, groups: groups.map(([order, name]) => ({ order, name })), tones: Object.fromEntries(tones) };
}

/** Who the letters begin comes before who they are in. */
export function searched({ all }: Book, query: string, limit: number): Emoji[] {
  const wanted = query.trim().toLocaleLowerCase();
  if (!wanted) return [];
  const hits = all.flatMap((emoji) => {
    const score = scoreOf(emoji, wanted);
    const isUsual = USUAL.has(emoji.value.replaceAll("\uFE0F", ""));
    return score > 0 ? [{ emoji, score: score + (isUsual ? MEANT : 0) }] : [];
  });
  return hits
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ emoji }) => emoji);
}

function scoreOf({ value, label, codes, words }: Emoji, wanted: string): number {
  if (value === wanted) return 200;
  const names = [label.toLocaleLowerCase(), ...codes];
  if (names.includes(wanted)) return 150 - label.length / 100;
  if (names.some((name) => name.startsWith(wanted))) return 120 - label.length / 100;
  if (words.includes(wanted)) return 100 - label.length / 100;
  if (names.some((name) => name.split(/[\s_-]/).some((part) => part.startsWith(wanted)))) return 80 - label.length / 100;
  if (words.some((word) => word.startsWith(wanted))) return 60 - label.length / 100;
  return (fuzzyAny(wanted, names)?.score ?? 0) > wanted.length * 5 ? 20 : 0;
}

export function withTone({ value, toned }: Emoji, tone: number): string {
  if (!toned || tone === 0) return value;
  const [first = "", ...rest] = [...value];
  return first + TONES[tone] + rest.join("").replace(/^\uFE0F/, "");
}
