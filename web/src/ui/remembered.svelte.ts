// Owns small choices that this device remembers, in step between its tabs, some of them to be in step with other devices.

const PREFIX = "parlour.look.";

export interface Cell<Value> {
  value: Value;
}

class Kept<Value> implements Cell<Value> {
  #value = $state.raw() as Value;
  #name: string;
  #initial: Value;
  #fits: (value: unknown) => boolean;
  readonly everywhere: boolean;

  constructor(name: string, initial: Value, fits: (value: unknown) => boolean, everywhere: boolean) {
    this.everywhere = everywhere;
    this.#name = name;
    this.#initial = initial;
    this.#fits = fits;
    this.#value = initial;
    this.heard(read(name));
  }

  get value(): Value {
    return this.#value;
  }

  set value(next: Value) {
    const isOther = next !== this.#value;
    this.#value = next;
    write(this.#name, JSON.stringify(next));
    if (isOther && this.everywhere) for (const listener of listeners) listener(this.#name, plain(next));
  }

  /** Chosen on another device: as `plain` wrote it. */
  taken(words: string): void {
    const json = typeof this.#initial === "string" ? JSON.stringify(words) : words;
    if (!this.#fits(parsed(json))) return;
    this.heard(json);
    write(this.#name, json);
  }

  /** What is on this device now; what does not fit is as if it were not there. */
  heard(words: string | null): void {
    const found = parsed(words);
    this.#value = this.#fits(found) ? (found as Value) : this.#initial;
  }
}

type Listener = (name: string, words: string) => void;
const listeners = new Set<Listener>();

/** Tells of each choice that is made here for all of a person's devices; answers how to stop. */
export function onChosen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A choice that was made on another device; what is not known here, or does not fit, is passed over. */
export function takeChosen(name: string, words: string): void {
  const cell = cells.get(name);
  if (cell?.everywhere) cell.taken(words);
}

const cells = new Map<string, Kept<unknown>>();

if (typeof window !== "undefined") {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key?.startsWith(PREFIX)) cells.get(key.slice(PREFIX.length))?.heard(newValue);
  });
}

/** A value that a reload keeps; the same cell for the same name. Storage that is full or forbidden changes nothing else. */
export function remembered<Value>(name: string, initial: Value, fits: (value: unknown) => boolean = alike(initial), reach?: "everywhere"): Cell<Value> {
  let cell = cells.get(name);
  if (!cell) cells.set(name, (cell = new Kept<unknown>(name, initial, fits, reach === "everywhere")));
  return cell as Kept<Value>;
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** One of a few words. */
export function oneOf<Value extends string>(...words: Value[]): (value: unknown) => boolean {
  return (value) => words.includes(value as Value);
}

export function isWords(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function alike(initial: unknown): (value: unknown) => boolean {
  return (value) => typeof value === typeof initial && Array.isArray(value) === Array.isArray(initial);
}

function parsed(words: string | null): unknown {
  try {
    return words === null ? undefined : JSON.parse(words);
  } catch {
    return undefined;
  }
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

function write(name: string, words: string): void {
  try {
    localStorage.setItem(PREFIX + name, words);
  } catch {
    return;
  }
}
