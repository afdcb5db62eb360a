// Owns that what the browser itself shows of the page, its title and its icon, is not changed with every message: that is dear.

/** At once, and then at most so often. */
const PAUSE_MS = 400;

export class Calm {
  #work: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again = false;

  constructor(work: () => void) {
    this.#work = work;
  }

  soon(): void {
    if (this.#timer !== undefined) return void (this.#again = true);
    this.#work();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#again) {
        this.#again = false;
        this.soon();
      }
    }, PAUSE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
