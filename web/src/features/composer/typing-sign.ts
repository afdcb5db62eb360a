// Owns when the others hear that I am typing: at most every few seconds, and once when I stop.

/** Typing ends by itself after 6 s at the server. */
const REPEAT_MS = 4_000;
const STOP_MS = 5_000;

export class TypingSign {
  #say: (typing: boolean) => void;
  #said = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (typing: boolean) => void) {
    this.#say = say;
  }

  touch(now = Date.now()): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), STOP_MS);
    if (now - this.#said < REPEAT_MS) return;
    this.#said = now;
    this.#say(true);
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (this.#said === 0) return;
    this.#said = 0;
    this.#say(false);
  }
}
