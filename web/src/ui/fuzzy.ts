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
  const words = folded(query).join("").split(/\s+/).filter(Boolean);
  const letters = folded(text.slice(0, LIMIT));
  const starts = startsOf(text.slice(0, LIMIT));
  let score = 0;
  const at = new Set<number>();
  for (const word of words) {
    const match = best([...word], letters, starts);
    if (!match) return undefined;
    score += match.score;
    for (const index of match.at) at.add(index);
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

/** One letter for each unit of the text, without case and accents. */
function folded(text: string): string[] {
  const letters: string[] = [];
  for (let at = 0; at < text.length; at++) letters.push(text[at]!.normalize("NFD")[0]!.toLowerCase());
  return letters;
}

function startsOf(text: string): boolean[] {
  const starts: boolean[] = [];
  for (let at = 0; at < text.length; at++) {
    const before = text[at - 1];
    starts.push(!before || /[\s\-_./#@(]/.test(before) || (/\p{Lu}/u.test(text[at]!) && /\p{Ll}/u.test(before)));
  }
  return starts;
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
