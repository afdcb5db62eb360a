// Owns the place on the page: follows the end, or keeps what is being read where it is, whatever changes above or below.

/** So close to the end counts as being at it. */
const AT_END_PX = 48;

/** In heights of the box: from so much on the rows above go, down to so much. */
const FAR = { from: 7, to: 4 };

export interface Edges {
  /** The held run ends where the room ends. */
  isWhole(): boolean;
  /** The reader came near the held run's beginning or end. */
  nearStart(): void;
  nearEnd(): void;
  /** What is visible may have changed. */
  moved(): void;
}

export class Scroller {
  atEnd = $state(true);
  /** So many rows fill the box, as those there are. */
  fits = 0;
  #edges: Edges;
  #box: HTMLElement | undefined;
  #list: HTMLElement | undefined;
  /** The first message in sight, and where its end stood: its beginning may lose the author's name to an older one. */
  #anchor: { row: Element; end: number } | undefined;
  #held = false;
  /** The box as it was last looked at. */
  #was = { top: 0, height: 0, seen: 0 };

  constructor(edges: Edges) {
    this.#edges = edges;
  }

  /** Begins to care for a scrolling box and the list in it; answers how to stop. */
  attach(box: HTMLElement, list: HTMLElement): () => void {
    this.#box = box;
    this.#list = list;
    const scrolled = () => this.#scrolled();
    const resized = new ResizeObserver(() => this.settle());
    box.addEventListener("scroll", scrolled, { passive: true });
    resized.observe(box);
    resized.observe(list);
    return () => {
      this.#box = undefined;
      box.removeEventListener("scroll", scrolled);
      resized.disconnect();
    };
  }

  get follows(): boolean {
    return this.atEnd && !this.#held && this.#edges.isWhole();
  }

  /** After each change of the list and before it is painted. */
  settle(): void {
    const box = this.#box;
    if (!box) return;
    // The reader may have scrolled a moment ago, and the event for it is still to come. What the box lost in height is not theirs.
    const scrolled = box.scrollTop - Math.min(this.#was.top, box.scrollHeight - box.clientHeight);
    if (scrolled < -1) this.#place(this.#was.height);
    if (this.follows) {
      box.scrollTop = box.scrollHeight;
    } else if (this.#anchor?.row.isConnected) {
      const moved = this.#endOf(this.#anchor.row) - this.#anchor.end + scrolled;
      if (Math.abs(moved) >= 1) box.scrollTop += moved;
      if (this.#held) this.#place(box.scrollHeight);
    }
    this.#remember();
    this.#look();
  }

  /** So many rows at the beginning are far above what is looked at, while the end is followed. */
  surplus(): number {
    const box = this.#box;
    if (!box || !this.follows || box.scrollHeight < FAR.from * box.clientHeight) return 0;
    const above = FAR.to * box.clientHeight;
    return this.#firstRow((row) => this.#endOf(row) > box.clientHeight - above);
  }

  /** Another place is about to be led to: the end is no longer followed. */
  leave(): void {
    this.#held = true;
    this.atEnd = false;
  }

  toEnd(): void {
    if (!this.#box) return;
    this.#held = false;
    this.atEnd = true;
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#remember();
    this.#look();
  }

  /** Brings a row into view, `share` of the box's height below its top. */
  toRow(row: Element, share: number): void {
    const box = this.#box;
    if (!box) return;
    box.scrollTop += this.#topOf(row) - box.clientHeight * share;
    // Until the reader scrolls, the row stays where it was put, also when the end is near.
    this.#held = true;
    this.#place(box.scrollHeight);
    this.#anchor = { row, end: this.#endOf(row) };
    this.#was = { top: box.scrollTop, height: box.scrollHeight, seen: box.clientHeight };
    this.#look();
  }

  /** The last row whose beginning is on screen. */
  lastVisible(): Element | undefined {
    const rows = this.#list?.children;
    if (!rows?.length || !this.#box) return undefined;
    const bottom = this.#box.clientHeight;
    const after = this.#firstRow((row) => this.#topOf(row) > bottom - 12);
    return rows[after - 1];
  }

  /** The first message in sight, and what stands over it in sight: a line. */
  get top(): [message?: HTMLElement, line?: Element] {
    const row = this.#anchor?.row as HTMLElement | undefined;
    const before = row?.previousElementSibling as HTMLElement | null | undefined;
    return before && !before.dataset.seq && this.#endOf(before) > 0 ? [row, before] : [row];
  }

  #scrolled(): void {
    const box = this.#box!;
    // Another height of the box, or of what is in it, is not the reader's doing and comes first.
    if (box.clientHeight !== this.#was.seen || box.scrollHeight !== this.#was.height) this.settle();
    this.#held = false;
    this.#place(box.scrollHeight);
    this.#remember();
    this.#look();
  }

  #place(height: number): void {
    const box = this.#box!;
    this.atEnd = height - box.scrollTop - box.clientHeight <= AT_END_PX;
  }

  #look(): void {
    const box = this.#box!;
    const reach = box.clientHeight * 1.5;
    if (box.scrollTop < reach) this.#edges.nearStart();
    if (box.scrollHeight - box.scrollTop - box.clientHeight < reach) this.#edges.nearEnd();
    this.#edges.moved();
  }

  #remember(): void {
    const rows = this.#list?.children;
    let at = this.#firstRow((one) => this.#endOf(one) > 0);
    // Days and the unread line move elsewhere when older messages come.
    while (rows?.[at] && !(rows[at] as HTMLElement).dataset.seq) at++;
    const row = rows?.[at];
    this.fits = Math.ceil(((rows?.length ?? 0) * this.#box!.clientHeight) / (this.#list!.offsetHeight || 1));
    this.#anchor = row && { row, end: this.#endOf(row) };
    const box = this.#box!;
    this.#was = { top: box.scrollTop, height: box.scrollHeight, seen: box.clientHeight };
  }

  /** Index of the first row for which `test` holds; it holds for all that follow. */
  #firstRow(test: (row: Element) => boolean): number {
    const rows = this.#list?.children ?? [];
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(rows[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #endOf(row: Element): number {
    return row.getBoundingClientRect().bottom - this.#box!.getBoundingClientRect().top;
  }

  #topOf(row: Element): number {
    return row.getBoundingClientRect().top - this.#box!.getBoundingClientRect().top;
  }
}
