// Owns the line where the unread begins: after which message, how much there was, and whether it was looked at.

export class UnreadLine {
  /** It stays while the room is open; `undefined`: there is none. */
  after = $state<number>();
  /** So much was unread when it was drawn. */
  count = $state(0);
  /** It is further up and was not looked at yet. */
  above = $state(false);
  #seen = false;

  draw(after: number, count: number): void {
    this.after = after;
    this.count = count;
    this.#seen = false;
  }

  /** `line`: where it is on the page; `first`: the oldest message that is held. */
  look(line: Element | null, sight: Element, first: number): void {
    if (this.after === undefined || this.#seen) return void (this.above = false);
    const [at, seen] = [line?.getBoundingClientRect(), sight.getBoundingClientRect()];
    this.#seen = !!at && at.bottom > seen.top && at.top < seen.bottom;
    this.above = !this.#seen && (at ? at.bottom <= seen.top : first > this.after + 1);
  }
}
