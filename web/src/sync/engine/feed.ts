// Owns the line to the server: the connection, the `hello` with which it begins, and the commands that go over it.
import type { Answers, CommandName, Takes } from "../../contract/commands";
import type { Op, RoomId, UserId } from "../../contract/wire";
import type { Cursor } from "../chains";
import { newCid } from "../cid";
import { Follower, type Hello, type Host } from "../follower";
import type { EngineSays, Line } from "../port";
import { Refusal, refusalOf } from "../refused";
import { Connection } from "./connection";

const HELLO_AGAIN_S = 2;
/** How long a command waits for a connection that is just coming. */
const PATIENCE_MS = 8_000;
/** How often a command is given whose answer does not come. */
const TRIES = 3;
/** Commands that write and are given on the spot; what can wait goes through the queue. */
const WRITES: ReadonlySet<CommandName> = new Set<CommandName>([
  "profile.set",
  "password.change",
  "sessions.revoke",
  "rooms.create",
  "rooms.join",
  "rooms.leave",
  "rooms.update",
  "rooms.renew_code",
  "rooms.delete",
  "rooms.hide",
  "rooms.notify",
  "members.kick",
  "direct.open",
]);

export interface Source extends Omit<Host, "hello"> {
  /** Whose line it is. */
  user: UserId;
  blocks(): Record<RoomId, number[]>;
  /** Resolves when the replica that is on the disk has been read. */
  loaded(): Promise<void>;
  lineChanged(line: Line): void;
  /** The connection begins anew or is gone: what was told on it counts no more. */
  broken(): void;
  heard(op: Op): void;
  tell(words: EngineSays): void;
  /** The session has ended. */
  refused(): void;
}

export class Feed {
  line: Line = "connecting";
  #source: Source;
  #follower: Follower;
  #connection: Connection;
  #waiters: (() => void)[] = [];

  constructor(source: Source) {
    this.#source = source;
    this.#follower = this.#newFollower();
    this.#connection = this.#newConnection();
  }

  get cursor(): Cursor {
    return this.#follower.cursor;
  }

  open(): void {
    this.#connection.open();
  }

  /** What the disk held was right up to there. */
  begin(cursor: Cursor): void {
    this.#follower = this.#newFollower(cursor);
  }

  close(): void {
    this.#connection.close();
    this.#follower.stop();
  }

  hurry(): void {
    this.#connection.hurry();
  }

  /** The server told nothing of this room, because nothing changed in it. */
  unchanged(room: RoomId, g: number): void {
    this.#follower.caught({ room, g });
  }

  call<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>> {
    return this.#connection.call(name, takes);
  }

  /** A command that writes: whose answer was lost asks again under the same `cid`, and nothing is done twice. */
  async surely<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>> {
    if (!WRITES.has(name)) return this.call(name, takes);
    const given = { cid: newCid(), ...takes };
    for (let tries = 1; ; tries++) {
      const wasOpen = this.#connection.isOpen;
      try {
        return await this.call(name, given);
      } catch (error) {
        const lost = wasOpen && ["offline", "timeout"].includes(refusalOf(error).code);
        if (!lost || tries === TRIES) throw error;
        await this.#whenReady();
      }
    }
  }

  /** The same for what a page needs to open: waits a little for the connection. */
  async patiently<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>> {
    await this.#whenReady();
    return this.call(name, takes);
  }

  #newFollower(cursor?: Cursor): Follower {
    const source = this.#source;
    const done: Host["done"] = (value) => {
      this.#setLine("ready");
      source.done(value);
      for (const wake of this.#waiters.splice(0)) wake();
    };
    return new Follower({ ...source, hello: (takes) => void this.#hello(takes), done }, cursor);
  }

  #newConnection(): Connection {
    const source = this.#source;
    return new Connection({
      op: (op) => {
        this.#follower.op(op);
        source.heard(op);
      },
      chunk: (chunk) => this.#follower.chunk(chunk),
      gap: (gap) => this.#follower.gap(gap),
      done: (done) => this.#follower.done(done),
      caught: (caught) => this.#follower.caught(caught),
      bump: (bump) => this.#follower.bump(bump),
      resync: () => this.#follower.start(),
      typing: (typing) => source.tell({ say: "typing", ...typing }),
      presence: ({ user, presence, others }) =>
        source.tell({ say: "presence", people: { ...others, [user]: presence } }),
      connected: () => {
        this.#setLine("connecting");
        void this.#begin();
      },
      lost: () => {
        this.#follower.stop();
        source.broken();
        this.#setLine("lost");
        source.tell({ say: "calm" });
      },
      refused: () => source.refused(),
    });
  }

  async #hello(takes: Hello): Promise<void> {
    this.#source.broken();
    try {
      await this.call("hello", { ...takes, blocks: this.#source.blocks() });
    } catch (error) {
      this.#later(error, () => this.#follower.start());
    }
  }

  /** The cookie may have become somebody else's, and the connection with it: nothing of mine goes over that. */
  async #begin(): Promise<void> {
    try {
      const [{ id }] = await Promise.all([this.call("profile.get", {}), this.#source.loaded()]);
      if (id !== this.#source.user) this.#source.refused();
      else if (this.#connection.isOpen) this.#follower.start();
    } catch (error) {
      // The next connection begins anew by itself.
      if (this.#connection.isOpen) this.#later(error, () => void this.#begin());
    }
  }

  #later(error: unknown, again: () => void): void {
    const seconds = refusalOf(error).failure.retry_after ?? HELLO_AGAIN_S;
    // Many wait for the same moment: each comes a little later than it was told.
    const wait = seconds * 1_000 * (1 + Math.random() / 2);
    setTimeout(() => this.line === "connecting" && this.#connection.isOpen && again(), wait);
  }

  #setLine(line: Line): void {
    this.line = line;
    this.#source.lineChanged(line);
  }

  #whenReady(): Promise<void> {
    if (this.line === "ready") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Refusal({ code: "offline", message: "" })), PATIENCE_MS);
      this.#waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
