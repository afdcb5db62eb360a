// Owns the language of the page: the same on all of my devices.
import { session } from "../../sync/session.svelte";
import { type Locale, setLocale } from "../../texts/runtime.js";

/** Its name among my settings. */
export const LANGUAGE = "language";

/** The page begins anew in that language, once it is kept that it is to. */
export async function speak(locale: Locale): Promise<void> {
  await session.outbox.give("settings.set", { values: { [LANGUAGE]: locale } }).catch(() => undefined);
  void setLocale(locale);
}
