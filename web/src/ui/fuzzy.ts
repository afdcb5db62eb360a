// Owns how typed letters find names: in order and not always together, best at the beginnings of words.

export interface Match {
  /** Larger is better. */
  score: number;
  /** Which letters of the text were meant, in rising order. */
  at: number[];
}

const AT_START = 14;
const AT_WORD = 9;
const GOES_ON = 9;
const ANY = 1;
/** Longer texts are looked at so far. */
const LIMIT = 120;

/** Each word of the query has to be found. An empty query finds everything alike. */
export function fuzzy(query: string, text: string): Match | undefined {
  const words = folded(query)
    .map(({ sign }) => sign)
    .join("")
    .split(/\s+/)
    .filter(Boolean);
  const letters = folded(text.slice(0, LIMIT));
  const signs = letters.map(({ sign }) => sign);
  const starts = startsOf(text, letters);
  let score = 0;
  const at = new Set<number>();
  for (const word of words) {
    const match = best([...word], signs, starts);
    if (!match) return undefined;
    score += match.score;
    for (const index of match.at) for (let { from: place, to } = letters[index]!; place < to; place++) at.add(place);
  }
  // Of two that fit alike the shorter one was meant.
  return { score: score - letters.length / 60, at: [...at].sort((a, b) => a - b) };
}

/** The best of several names for one thing; the first counts most. */
export function fuzzyAny(query: string, texts: readonly string[]): (Match & { text: string }) | undefined {
  let found: (Match & { text: string }) | undefined;
  for (const [index, text] of texts.entries()) {
    const match = fuzzy(query, text);
    if (match && (!found || match.score - index > found.score)) found = { score: match.score - index, at: match.at, text };
  }
  return found;
}

/** What is compared, and what stands for it in the text: one sign there may be two letters, and two signs one. */
interface Letter {
  sign: string;
  from: number;
  to: number;
}

/** Letters that are not made of a plainer one and a mark. */
const PLAIN: Record<string, string> = { ł: "l", ø: "o", đ: "d", ð: "d", þ: "th", ß: "ss", æ: "ae", œ: "oe", ı: "i", ħ: "h", ς: "σ" };

/** Without case, accents and other ways of writing the same. */
function folded(text: string): Letter[] {
  const letters: Letter[] = [];
  let from = 0;
  for (const written of text) {
    const to = from + written.length;
    const signs = plain(written);
    for (const sign of signs) letters.push({ sign, from, to });
    // A mark by itself goes with the letter before it.
    if (!signs && letters.length > 0) letters.at(-1)!.to = to;
    from = to;
  }
  return letters;
}

function plain(written: string): string {
  const lower = written.toLowerCase();
  if (written < "\x80") return lower;
  const bare = lower.normalize("NFKD").replace(/\p{Script=Inherited}/gu, "");
  return PLAIN[bare] ?? bare;
}

function startsOf(text: string, letters: readonly Letter[]): boolean[] {
  return letters.map(({ from }, nth) => {
    const before = text[from - 1];
    if (letters[nth - 1]?.from === from) return false;
    return !before || /[\s\-_./#@(]/.test(before) || (/\p{Lu}/u.test(text[from]!) && /\p{Ll}/u.test(before));
  });
}

/** The dearest way to find the letters of one word, one row of the table a letter. */
function best(word: string[], letters: string[], starts: boolean[]): Match | undefined {
  const from: Int32Array[] = [];
  let row = new Float64Array(letters.length).fill(-Infinity);
  for (const [nth, letter] of word.entries()) {
    const next = new Float64Array(letters.length).fill(-Infinity);
    const came = new Int32Array(letters.length).fill(-1);
    let reach = -Infinity;
    let reached = -1;
    for (let at = 0; at < letters.length; at++) {
      // The best place of the letter before that is not the one beside this.
      if (at >= 2 && row[at - 2]! > reach) [reach, reached] = [row[at - 2]!, at - 2];
      if (letters[at] !== letter) continue;
      const gain = at === 0 ? AT_START : starts[at] ? AT_WORD : ANY;
      if (nth === 0) next[at] = gain - Math.min(at, 20) / 20;
      else {
        const beside = at >= 1 ? row[at - 1]! + Math.max(gain, GOES_ON) : -Infinity;
        const apart = reach + gain - (at - reached > 1 ? 1.5 : 0);
        next[at] = Math.max(beside, apart);
        came[at] = beside >= apart ? at - 1 : reached;
      }
    }
    from.push(came);
    row = next;
  }
  return traced(row, from);
}

function traced(row: Float64Array, from: Int32Array[]): Match | undefined {
  let end = -1;
  for (let at = 0; at < row.length; at++) if (row[at]! > (row[end] ?? -Infinity)) end = at;
  if (end < 0) return undefined;
  const at: number[] = [];
  for (let nth = from.length - 1, place = end; nth >= 0; nth--) {
    at.unshift(place);
    place = from[nth]![place]!;
  }
  return { score: row[end]!, at };
}
