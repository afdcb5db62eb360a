// Owns when the replica is written to the disk, by which engine, and what happens when the disk takes nothing more.
import type { RoomId, UserId } from "../../contract/wire";
import type { Cursor } from "../chains";
import { emptyOthers } from "../disk/database";
import { Disk } from "../disk/disk";
import type { Held } from "../disk/held";
import type { Run } from "../log";
import type { Entry } from "../queue";
import type { Replica } from "../replica";
import { claim } from "./lock";

/** Changes of so long are written together. */
const COMMIT_MS = 150;

export interface Source {
  now(): { replica: Replica; cursor: Cursor };
  opened(): ReadonlyMap<RoomId, number>;
  /** The disk takes nothing: what is held lives as long as this process. */
  unkept(): void;
}

export class Keeper {
  #source: Source;
  #user: UserId;
  #disk: Disk;
  #writes = false;
  #release: () => void = () => undefined;
  #parked = new Set<RoomId>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(user: UserId, source: Source) {
    this.#user = user;
    this.#source = source;
    this.#disk = new Disk(user);
  }

  load(shown: RoomId[]): Promise<Held> {
    void emptyOthers(this.#user);
    return this.#disk.load(shown);
  }

  /** Everybody whom a message on the disk names; nobody where nothing can be read. */
  async named(): Promise<Set<UserId>> {
    return this.#disk.named().catch(() => new Set<UserId>());
  }

  /** Several engines may read; one writes. */
  claim(): void {
    this.#release = claim(this.#user, () => {
      this.#writes = true;
      this.soon();
      void this.#safely(this.#disk.trim(new Set(Object.keys(this.#source.now().replica.logs))));
    });
  }

  /** The newest run of a room that is not at hand. */
  run(room: RoomId): Promise<Run | undefined> {
    this.#parked.delete(room);
    return this.#disk.run(room);
  }

  /** The room's messages leave memory and stay on the disk. */
  park(room: RoomId): void {
    this.#parked.add(room);
  }

  startOver(): void {
    this.#disk.startOver();
    this.#parked.clear();
  }

  soon(): void {
    if (this.#writes && !this.#disk.isBroken) this.#timer ??= setTimeout(() => void this.#commit(), COMMIT_MS);
  }

  keep(entry: Entry): Promise<void> {
    return this.#safely(this.#disk.keep(entry));
  }

  drop(cid: string): Promise<void> {
    return this.#safely(this.#disk.drop(cid));
  }

  /** Nothing of this user stays, except perhaps what was not sent yet. */
  async wipe(keepsQueue: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#writes = false;
    await (keepsQueue ? this.#disk.wipeReplica() : this.#disk.wipe());
    this.#release();
  }

  async #commit(): Promise<void> {
    this.#timer = undefined;
    if (!this.#writes) return;
    const { replica, cursor } = this.#source.now();
    await this.#safely(this.#disk.commit({ replica, cursor, parked: new Set(this.#parked) }, this.#source.opened()));
  }

  async #safely(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch {
      if (this.#disk.isBroken) return;
      this.#disk.giveUp();
      this.#source.unkept();
    }
  }
}
