// Owns whose profiles are held: those that something names are fetched, those that nothing names any more go.
import type { Answers, Takes } from "../../contract/commands";
import type { Message, UserId } from "../../contract/wire";
import { type Replica, withUsers } from "../replica";
import { namedIn, PEOPLE_KEPT, swept } from "../sweep";

/** Profiles fetched at once. */
const AT_ONCE = 200;
const SWEEP_MS = 3_600_000;

export interface Source {
  get(): Replica;
  set(replica: Replica): void;
  list(takes: Takes<"users.list">): Promise<Answers<"users.list">>;
  /** Everybody whom a message on the disk names. */
  stored(): Promise<ReadonlySet<UserId>>;
}

export class People {
  #source: Source;
  #asked = new Set<UserId>();
  #timer: ReturnType<typeof setInterval>;
  /** How many were left when this was last swept. */
  #left = PEOPLE_KEPT;

  constructor(source: Source) {
    this.#source = source;
    this.#timer = setInterval(() => void this.sweep(), SWEEP_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** People whom nothing needs any more go, once they have become many. */
  async sweep(): Promise<void> {
    const count = () => Object.keys(this.#source.get().users).length;
    if (count() <= this.#left * 1.1) return;
    const stored = await this.#source.stored();
    this.#source.set(swept(this.#source.get(), stored));
    this.#left = Math.max(PEOPLE_KEPT, count());
  }

  want(users: (UserId | undefined)[]): void {
    const { users: known } = this.#source.get();
    const missing = users.filter((user) => user !== undefined && !known[user] && !this.#asked.has(user)) as UserId[];
    const ids = [...new Set(missing)];
    for (let from = 0; from < ids.length; from += AT_ONCE) void this.#fetch(ids.slice(from, from + AT_ONCE));
  }

  /** Whoever wrote these messages or is named in them. */
  wantOf(messages: readonly Message[]): void {
    this.want(messages.flatMap(namedIn));
  }

  async #fetch(ids: UserId[]): Promise<void> {
    for (const id of ids) this.#asked.add(id);
    try {
      const { users } = await this.#source.list({ ids });
      this.#source.set(withUsers(this.#source.get(), users));
    } catch {
      // A profile that cannot be had leaves the person unnamed; a later occasion asks again.
    } finally {
      for (const id of ids) this.#asked.delete(id);
    }
  }
}
