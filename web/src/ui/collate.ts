// Owns how names are put in order: in the reader's alphabet, numbers by their value.
import { getLocale } from "../texts/runtime.js";

// Made once: a collator for each comparison would be the dearest thing on the page.
const collators = new Map<string, Intl.Collator>();

export function compareNames(one: string, other: string): number {
  const locale = getLocale();
  let collator = collators.get(locale);
  if (!collator) collators.set(locale, (collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" })));
  return collator.compare(one, other);
}
