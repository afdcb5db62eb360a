// Owns when the others hear that I am typing: at most every few seconds, and once when I stop.

/** Typing ends by itself after 6 s at the server. */
const REPEAT_MS = 4_000;
const STOP_MS = 5_000;

export class TypingSign {
  #say: (typing: boolean) => void;
  #said = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #touched = 0;

  constructor(say: (typing: boolean) => void) {
    this.#say = say;
  }

  touch(now = Date.now()): void {
    this.#touched = now;
    this.#timer ??= setTimeout(() => this.#look(), STOP_MS);
    if (now - this.#said < REPEAT_MS) return;
    this.#said = now;
    this.#say(true);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#said === 0) return;
    this.#said = 0;
    this.#say(false);
  }

  /** One timer for many keys: whoever typed meanwhile has the rest of the time. */
  #look(): void {
    this.#timer = undefined;
    const rest = this.#touched + STOP_MS - Date.now();
    if (rest > 0) this.#timer = setTimeout(() => this.#look(), rest);
    else this.stop();
  }
}
