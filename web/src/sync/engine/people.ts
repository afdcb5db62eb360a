// Owns the fetching of profiles that something names and the replica does not hold.
import type { Answers, Takes } from "../../contract/commands";
import type { Message, UserId } from "../../contract/wire";
import { type Replica, withUsers } from "../replica";

/** Profiles fetched at once. */
const AT_ONCE = 200;

export interface Source {
  get(): Replica;
  set(replica: Replica): void;
  list(takes: Takes<"users.list">): Promise<Answers<"users.list">>;
}

export class People {
  #source: Source;
  #asked = new Set<UserId>();

  constructor(source: Source) {
    this.#source = source;
  }

  want(users: (UserId | undefined)[]): void {
    const { users: known } = this.#source.get();
    const missing = users.filter((user) => user !== undefined && !known[user] && !this.#asked.has(user)) as UserId[];
    const ids = [...new Set(missing)];
    for (let from = 0; from < ids.length; from += AT_ONCE) void this.#fetch(ids.slice(from, from + AT_ONCE));
  }

  /** Whoever wrote these messages or is named in them. */
  wantOf(messages: readonly Message[]): void {
    this.want(messages.flatMap(named));
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

function named(message: Message): (UserId | undefined)[] {
  const reacted = message.reactions?.flatMap(({ users }) => users) ?? [];
  return [message.author, message.subject, message.pinned?.by, ...(message.mentions ?? []), ...reacted];
}
