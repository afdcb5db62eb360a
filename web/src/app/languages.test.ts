// Owns the test of the languages: no text is missing in any, each has the same blanks, and all plural forms its language has.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

type Text = string | { declarations: string[]; match: Record<string, string> }[];
type Texts = Record<string, Text>;

const FOLDER = new URL("../../messages/", import.meta.url);
const settings = JSON.parse(readFileSync(new URL("../../project.inlang/settings.json", import.meta.url), "utf8")) as { locales: string[] };
const read = (locale: string): Texts => {
  const { $schema: _, ...texts } = JSON.parse(readFileSync(new URL(`${locale}.json`, FOLDER), "utf8")) as Texts;
  return texts;
};
const english = read("en");
const forms = (text: Text) => (typeof text === "string" ? [text] : Object.values(text[0]!.match));
const blanks = (text: Text) => [...new Set(forms(text).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!)))].sort();
/** In one form of several a number may be a word: "two people". */
const withoutCount = (text: Text) => (typeof text === "string" ? blanks(text) : blanks(text).filter((name) => name !== "count"));

it("every language in the folder is offered", () => {
  expect([...settings.locales].sort()).toEqual(readdirSync(FOLDER).map((name) => name.replace(".json", "")).sort());
  expect(settings.locales).toEqual(expect.arrayContaining(["en", "de", "es", "fr", "zh", "ja", "ar"]));
});

describe.each(settings.locales)("%s", (locale) => {
  const texts = read(locale);

  it("has every text, and no other", () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
    for (const [name, text] of Object.entries(texts)) for (const form of forms(text)) expect(form.trim(), name).not.toBe("");
  });

  it("has the same blanks to be filled", () => {
    for (const [name, text] of Object.entries(texts)) expect(withoutCount(text), name).toEqual(withoutCount(english[name]!));
  });

  it("has each plural form of its language", () => {
    const wanted = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.map((category) => `n=${category}`).sort();
    for (const [name, text] of Object.entries(texts)) {
      if (typeof text === "string") expect(typeof english[name], name).toBe("string");
      else expect(Object.keys(text[0]!.match).sort(), name).toEqual(wanted);
    }
  });
});
