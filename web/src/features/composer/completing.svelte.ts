// Owns the completion while one writes: what is offered, which is chosen, and when it ends.
import type { RoomId } from "../../contract/wire";
import { type Candidate, type Typed, typedAt } from "./complete";
import { asked, known } from "./sources";

const PAUSE_MS = 150;

export class Completing {
  candidates = $state.raw<Candidate[]>([]);
  at = $state(0);
  #room: RoomId;
  #typed: Typed | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Where the text was looked at last. */
  #looked: string | undefined;
  /** Dismissed at this place: it stays away until another word is begun. */
  #dismissed: Typed | undefined;

  constructor(room: RoomId) {
    this.#room = room;
  }

  get open(): boolean {
    return this.candidates.length > 0;
  }

  /** Something is offered, or may be in a moment. */
  get isLooking(): boolean {
    return this.#typed !== undefined;
  }

  /** After each change of the text or the caret. */
  look(text: string, caret: number): void {
    const looked = `${caret} ${text}`;
    if (looked === this.#looked) return;
    this.#looked = looked;
    clearTimeout(this.#timer);
    const typed = typedAt(text, caret);
    if (typed?.sign !== this.#typed?.sign) this.#offer([]);
    this.#typed = typed;
    if (this.#dismissed && text[this.#dismissed.from] !== this.#dismissed.sign) this.#dismissed = undefined;
    if (!typed || typed.from === this.#dismissed?.from) return this.#offer([]);
    this.#dismissed = undefined;
    // What emoji were found stays until better ones are.
    if (typed.sign !== ":") this.#offer(known(typed, this.#room));
    const wait = typed.sign === ":" ? 0 : PAUSE_MS;
    this.#timer = setTimeout(() => void this.#ask(typed), wait);
  }

  /** What is chosen already stands there, every letter of it. */
  get isWritten(): boolean {
    const chosen = this.candidates[this.at];
    return !!chosen && !!this.#typed && !this.#typed.glued && chosen.insert.trim() === this.#typed.word;
  }

  move(by: number): void {
    this.at = (this.at + by + this.candidates.length) % this.candidates.length;
  }

  /** What to put where; nothing is offered any more. */
  choose(candidate = this.candidates[this.at]): (Typed & { insert: string }) | undefined {
    const typed = this.#typed;
    this.end();
    return typed && candidate && { ...typed, insert: (typed.glued ? " " : "") + candidate.insert };
  }

  dismiss(): void {
    this.#dismissed = this.#typed;
    this.end();
  }

  /** What was asked for and comes later is not offered any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#typed = this.#looked = undefined;
    this.#offer([]);
  }

  async #ask(typed: Typed): Promise<void> {
    // Without a connection there is what is known here.
    const found = await asked(typed, this.#room).catch(() => undefined);
    if (found && typed === this.#typed) this.#offer(found, true);
  }

  /** `kept`: the choice stays where it is, as far as it goes. */
  #offer(candidates: Candidate[], kept = false): void {
    this.candidates = candidates;
    this.at = kept ? Math.min(this.at, Math.max(0, candidates.length - 1)) : 0;
  }
}
