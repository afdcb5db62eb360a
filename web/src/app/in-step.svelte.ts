// Owns that what I choose on one device is so on my others: what is here holds at once, and the last word counts.
import { untrack } from "svelte";
import { LANGUAGE } from "../features/looks/language";
import { session } from "../sync/session.svelte";
import { getLocale, isLocale, setLocale } from "../texts/runtime.js";
import { focus } from "../ui/focus.svelte";
import { onChosen, takeChosen } from "../ui/remembered.svelte";

/** So long choices are gathered: a slider passes over many. */
const GATHER_MS = 400;
/** Whoever has come in so lately reads nothing yet. */
const FRESH_MS = 5_000;
const KEY = "parlour.settings";

/** Keeps them in step for as long as I am in; answers how to stop. */
export function keepInStep(): () => void {
  const begun = Date.now();
  let gathered: Record<string, string> = {};
  let timer: ReturnType<typeof setTimeout> | undefined;

  function give() {
    clearTimeout(timer);
    const values = gathered;
    gathered = {};
    if (Object.keys(values).length > 0) void session.outbox.give("settings.set", { values });
  }

  const silence = onChosen((name, words) => {
    gathered[name] = words;
    clearTimeout(timer);
    timer = setTimeout(give, GATHER_MS);
  });
  window.addEventListener("pagehide", give);

  const stop = $effect.root(() => {
    let speak = $state.raw<string>();

    $effect(() => {
      const settings = session.replica.settings[session.myId];
      const was = takenOf(session.myId);
      if (!settings || settings.gv <= was) return;
      // What is on its way from here is newer than what was told.
      const mine = { ...untrack(() => session.outbox.choosing), ...gathered };
      for (const [name, words] of Object.entries(settings.values)) {
        if (name in mine) continue;
        if (name === LANGUAGE) speak = words;
        else takeChosen(name, words);
      }
      remember(session.myId, settings.gv);
      if (was === 0 && Date.now() < begun + FRESH_MS) learn(speak);
    });

    $effect(() => {
      // A page in another language is another page: never under somebody's hands.
      if (!focus.looking) learn(speak);
    });
  });

  return () => {
    give();
    stop();
    silence();
    window.removeEventListener("pagehide", give);
  };
}

function learn(language: string | undefined): void {
  if (language !== undefined && isLocale(language) && language !== getLocale()) void setLocale(language);
}

/** Up to which of their changes this device has taken somebody's settings. */
function takenOf(me: string): number {
  try {
    const [user, gv] = (localStorage.getItem(KEY) ?? "").split(" ");
    return user === me ? Number(gv) : 0;
  } catch {
    return 0;
  }
}

/** Storage that is full or forbidden: they are taken again. */
function remember(me: string, gv: number): void {
  try {
    localStorage.setItem(KEY, `${me} ${gv}`);
  } catch {
    return;
  }
}
