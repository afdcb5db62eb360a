// Owns what this page has asked the engine and has no answer to.
import type { Failure } from "../contract/wire";
import { took } from "./apply";
import type { TabSays } from "./port";
import type { Entry } from "./queue";
import { Refusal } from "./refused";
import type { Replica } from "./replica";

/** Words that are answered. */
type Asking = Extract<TabSays, { id: number }>;
type Unnumbered<Words> = Words extends unknown ? Omit<Words, "id"> : never;

interface Open {
  words: Asking;
  resolve(value: unknown): void;
  reject(refusal: Refusal): void;
  /** It has been in the engine's queue: once it is there no longer, the server has confirmed it. */
  taken: boolean;
}

export class Asked {
  #open = new Map<number, Open>();
  #next = 1;
  /** What the engine's queue held when it was last told. */
  #queue: readonly Entry[] = [];
  #say: (words: TabSays) => void;

  constructor(say: (words: TabSays) => void) {
    this.#say = say;
  }

  ask(question: Unnumbered<Asking>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const words = { ...question, id: this.#next++ } as Asking;
      this.#open.set(words.id, { words, resolve, reject, taken: false });
      this.#say(words);
    });
  }

  answered(id: number, value: unknown): void {
    this.#taken(id)?.resolve(value);
  }

  refused(id: number, failure: Failure): void {
    this.#taken(id)?.reject(new Refusal(failure));
  }

  /** What the engine's queue holds, and what I gave and it has not taken yet. */
  withGiven(queue = this.#queue): readonly Entry[] {
    this.#queue = queue;
    const held = new Set(queue.map(({ cid }) => cid));
    const given = [...this.#open.values()].flatMap((open) => {
      if (open.words.say !== "queue") return [];
      open.taken ||= held.has(open.words.entry.cid);
      return open.taken ? [] : [open.words.entry];
    });
    return given.length > 0 ? [...queue, ...given] : queue;
  }

  /** What the engine has told, and what I took from answers and it has not heard of yet. */
  withTaken(told: Replica): Replica {
    let replica = told;
    for (const { words } of this.#open.values()) if (words.say === "take") replica = took(replica, words.news);
    return replica;
  }

  /** Another engine is asked from now on: it gets what I gave and the server has not confirmed. The rest was asked in vain. */
  anew(entries: readonly Entry[]): void {
    const given = new Set<string>();
    for (const [id, open] of this.#open) {
      const { words } = open;
      open.taken = false;
      if (words.say !== "queue") this.refused(id, { code: "timeout", message: "" });
      else {
        given.add(words.entry.cid);
        this.#say(words);
      }
    }
    for (const entry of entries) {
      if (entry.seq === undefined && !given.has(entry.cid)) void this.ask({ say: "queue", entry }).catch(() => undefined);
    }
  }

  end(): void {
    this.#queue = [];
    for (const id of [...this.#open.keys()]) this.refused(id, { code: "auth.required", message: "" });
  }

  #taken(id: number): Open | undefined {
    const open = this.#open.get(id);
    this.#open.delete(id);
    return open;
  }
}
