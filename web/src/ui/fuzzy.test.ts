// Owns the tests of finding names by a few of their letters.
import { expect, it } from "vitest";
import { fuzzy, fuzzyAny } from "./fuzzy";

const order = (query: string, names: string[]) =>
  names
    .flatMap((name) => {
      const match = fuzzy(query, name);
      return match ? [{ name, score: match.score }] : [];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ name }) => name);

it("puts beginnings first, then beginnings of words, then letters anywhere", () => {
  expect(order("gar", ["vinegar", "town garden", "garden", "goat hair"])).toEqual(["garden", "town garden", "vinegar", "goat hair"]);
  expect(order("ab", ["AmirBraham", "abwrts"])).toEqual(["abwrts", "AmirBraham"]);
  expect(order("fcw", ["FreeCodeCamp/Wiki", "fancy crow"])[0]).toBe("FreeCodeCamp/Wiki");
});

it("does not mind case and accents, and finds words in any order", () => {
  expect(fuzzy("apfel", "Äpfel")?.at).toEqual([0, 1, 2, 3, 4]);
  expect(fuzzy("wiki free", "FreeCodeCamp/Wiki")).toBeDefined();
  expect(fuzzy("小林", "小林さん")?.at).toEqual([0, 1]);
});

it("finds letters however they are written, on either side", () => {
  const pairs: [query: string, text: string][] = [
    ["lodz", "Łódź"], ["strasse", "Straße"], ["straße", "STRASSE"], ["istanbul", "İstanbul"], ["thor", "Þór"], ["ελλαδα", "Ελλάδα"],
    ["oeuvre", "œuvre"], ["aero", "Ærø"], ["diyarbakir", "Dıyarbakır"], ["cafe".normalize("NFD"), "café"], ["café".normalize("NFD"), "naïve café"],
    ["café", "café".normalize("NFD")], ["ガーデン", "ｶﾞｰﾃﾞﾝ"], ["서울".normalize("NFD"), "서울"],
  ];
  for (const [query, text] of pairs) expect(fuzzy(query, text), `${query} in ${text}`).toBeDefined();
  expect(fuzzy("हिन्दी", "हन्द")).toBeUndefined();
});

it("says which letters of the text were meant, also where it is written in more signs or fewer", () => {
  expect(fuzzy("asse", "Straße")?.at).toEqual([3, 4, 5]);
  expect(fuzzy("lodz", "Łódź".normalize("NFD"))?.at).toEqual([0, 1, 2, 3, 4, 5]);
  expect(fuzzy("d", "🌷 dell")?.at).toEqual([3]);
  expect(fuzzy("🌷", "a 🌷")?.at).toEqual([2, 3]);
});

it("finds nothing where a letter is missing", () => {
  expect(fuzzy("garx", "garden")).toBeUndefined();
  expect(fuzzy("", "garden")?.at).toEqual([]);
});

it("takes the best of several names", () => {
  expect(fuzzyAny("ada", ["Bo Nakamura", "ada.l"])?.text).toBe("ada.l");
  expect(fuzzyAny("zz", ["Bo", "ada"])).toBeUndefined();
});

it("says which letters were meant", () => {
  expect(fuzzy("tg", "town garden")?.at).toEqual([0, 5]);
});
