// Owns the passing notices: what was done, or why it could not be.

import { untrack } from "svelte";

export interface Notice {
  id: number;
  text: string;
  tone: "calm" | "bad";
}

const SHOWN_MS = 6_000;
const AT_ONCE = 3;

class Notices {
  list = $state<Notice[]>([]);
  #next = 1;

  say(text: string, tone: Notice["tone"] = "calm"): void {
    const id = this.#next++;
    // An effect that says something must not begin again because something was said.
    const others = untrack(() => this.list).filter((notice) => notice.text !== text);
    this.list = [...others, { id, text, tone }].slice(-AT_ONCE);
    setTimeout(() => this.drop(id), SHOWN_MS);
  }

  drop(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();
