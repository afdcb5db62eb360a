// Owns what of the replica is on the disk, from the start on: one transaction for each batch of changes.
import type { Message, RoomId, UserId } from "../../contract/wire";
import type { Cursor } from "../chains";
import type { Run } from "../log";
import { changedLogs, changes } from "../patch";
import type { Entry } from "../queue";
import { emptyReplica, type Replica } from "../replica";
import { namedIn } from "../sweep";
import { answered, committed, deleteDatabase, emptyDatabase, OUTBOX, openDatabase, STORES } from "./database";
import { type Held, heldIn, type Meta, OWN, rangeOf, type RoomRow, runFrom, type RunRow } from "./held";

/** Rooms whose messages are kept; the least recently opened go first. */
export const RUNS_KEPT = 60;

/** A disk that takes longer is taken for one that keeps nothing. */
const PATIENCE_MS = 8_000;

/** One state of the replica with what belongs to it. */
export interface Snapshot {
  replica: Replica;
  cursor: Cursor;
  /** Rooms whose messages are on the disk and no longer at hand. */
  parked: ReadonlySet<RoomId>;
}

export class Disk {
  #database: IDBDatabase | undefined;
  #user: string;
  /** What the disk holds, as far as it was at hand here. */
  #written: Replica | undefined;
  #stamp = "";
  #turn: Promise<unknown> = Promise.resolve();
  readonly #me = crypto.getRandomValues(new Uint32Array(2)).join("-");

  constructor(user: string) {
    this.#user = user;
  }

  /** Nothing is kept: everything lives as long as this process. */
  get isBroken(): boolean {
    return this.#database === undefined;
  }

  /** What was held, with the messages of the rooms on screen; empty where nothing can be kept. */
  async load(shown: RoomId[]): Promise<Held> {
    const opening = openDatabase(this.#user);
    const reading = opening.then((database) => heldIn(database, this.#user, shown));
    try {
      const loaded = await Promise.race([reading, new Promise<never>((_, reject) => setTimeout(reject, PATIENCE_MS))]);
      this.#database = await opening;
      this.#written = loaded.replica;
      this.#stamp = loaded.stamp;
      return loaded;
    } catch {
      opening.then((database) => database.close()).catch(() => undefined);
      return { replica: emptyReplica(this.#user), cursor: { g: 0 }, queue: [], stamp: "" };
    }
  }

  run(room: RoomId): Promise<Run | undefined> {
    return this.#inTurn(() => this.#run(room));
  }

  async #run(room: RoomId): Promise<Run | undefined> {
    if (!this.#database) return undefined;
    try {
      const run = await runFrom(this.#database.transaction(["runs", "messages"]), room);
      // From here on it is at hand, and differences count from this.
      if (run && this.#written) this.#written = { ...this.#written, logs: { ...this.#written.logs, [room]: run } };
      return run;
    } catch {
      return undefined;
    }
  }

  /** One transaction: rows and cursor together, so that a crash leaves a state that once was. */
  commit(snapshot: Snapshot, opened: ReadonlyMap<RoomId, number>): Promise<void> {
    return this.#inTurn(() => this.#commit(snapshot, opened));
  }

  async #commit({ replica, cursor, parked }: Snapshot, opened: ReadonlyMap<RoomId, number>): Promise<void> {
    const database = this.#database;
    if (!database) return;
    const transaction = database.transaction(STORES, "readwrite");
    const done = committed(transaction);
    const meta = (await answered(transaction.objectStore("meta").get("meta"))) as Meta | undefined;
    const isMine = this.#written && (meta?.stamp ?? "") === this.#stamp;
    if (!isMine) for (const name of STORES) transaction.objectStore(name).clear();
    const before = isMine ? this.#written! : emptyReplica(this.#user);
    const dropped = writeRows(transaction, before, replica);
    const logs = Object.fromEntries(Object.entries(before.logs).filter(([room]) => !dropped.has(room)));
    writeRuns(transaction, { ...before, logs }, replica, isMine ? parked : new Set(), opened);
    transaction.objectStore("meta").put({ cursor, stamp: this.#me } satisfies Meta, "meta");
    await done;
    this.#written = replica;
    this.#stamp = this.#me;
  }

  /** Everything that was held is void; what comes next is written from nothing. */
  startOver(): void {
    this.#written = undefined;
  }

  /** Everybody whom a message on the disk names. */
  async named(): Promise<Set<UserId>> {
    const users = new Set<UserId>();
    if (!this.#database) return users;
    const request = this.#database.transaction(["messages"]).objectStore("messages").openCursor();
    return new Promise((resolve, reject) => {
      request.onerror = () => reject(request.error ?? new Error("the database refused"));
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return resolve(users);
        for (const user of namedIn(cursor.value as Message)) if (user !== undefined) users.add(user);
        cursor.continue();
      };
    });
  }

  /** The least recently opened rooms give their place on the disk up. */
  async trim(atHand: ReadonlySet<RoomId>): Promise<void> {
    if (!this.#database) return;
    const transaction = this.#database.transaction(["runs", "messages"], "readwrite");
    const rows = (await answered(transaction.objectStore("runs").getAll())) as RunRow[];
    const old = rows.filter(({ room }) => !atHand.has(room)).sort((a, b) => b.opened - a.opened);
    for (const { room } of old.slice(RUNS_KEPT)) dropRun(transaction, room);
    await committed(transaction);
  }

  async keep(entry: Entry): Promise<void> {
    await this.#outbox((store) => store.put(entry));
  }

  async drop(cid: string): Promise<void> {
    await this.#outbox((store) => store.delete(cid));
  }

  /** Whatever fails once is not tried again: what is at hand stays there. */
  giveUp(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  /** The session ended, and I did not end it here: what I wrote waits until I am back. */
  async wipeReplica(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    if (database) await emptyDatabase(database).catch(() => undefined);
  }

  async wipe(): Promise<void> {
    this.giveUp();
    await deleteDatabase(this.#user);
  }

  /** What is read and what is written follow one another, so that differences count from what is there. */
  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #outbox(work: (store: IDBObjectStore) => void): Promise<void> {
    if (!this.#database) return;
    const transaction = this.#database.transaction([OUTBOX], "readwrite", { durability: "strict" });
    work(transaction.objectStore(OUTBOX));
    await committed(transaction);
  }
}

/** Answers the rooms of whose messages nothing is held any more. */
function writeRows(transaction: IDBTransaction, before: Replica, after: Replica): Set<RoomId> {
  const users = changes(before.users, after.users);
  for (const user of Object.values(users?.set ?? {})) transaction.objectStore("users").put(user);
  for (const id of users?.gone ?? []) transaction.objectStore("users").delete(id);
  const rooms = transaction.objectStore("rooms");
  const changed = new Set<RoomId>();
  const dropped = new Set<RoomId>();
  for (const found of [changes(before.rooms, after.rooms), changes(before.memberships, after.memberships)]) {
    for (const id of [...Object.keys(found?.set ?? {}), ...(found?.gone ?? [])]) changed.add(id);
  }
  for (const id of changed) {
    const [room, mine] = [after.rooms[id], after.memberships[id]];
    if (room && mine) rooms.put({ id, room, mine } satisfies RoomRow);
    else rooms.delete(id);
    // Out of the room, or out and in again: what was held of its messages is void.
    if (!before.memberships[id] || mine?.joined === before.memberships[id].joined) continue;
    dropRun(transaction, id);
    dropped.add(id);
  }
  if (OWN.some((name) => before[name] !== after[name])) {
    transaction.objectStore("own").put(Object.fromEntries(OWN.map((name) => [name, after[name]])), "own");
  }
  return dropped;
}

function writeRuns(
  transaction: IDBTransaction,
  before: Replica,
  after: Replica,
  parked: ReadonlySet<RoomId>,
  opened: ReadonlyMap<RoomId, number>,
): void {
  const messages = transaction.objectStore("messages");
  // A run that waits for its first messages is nothing to keep.
  const logs = Object.fromEntries(Object.entries(after.logs).filter(([, run]) => run.loaded));
  const { set, gone } = changedLogs(before.logs, logs);
  for (const room of gone) if (!parked.has(room)) dropRun(transaction, room);
  for (const [room, { put, gone: lost, log }] of Object.entries(set)) {
    for (const seq of lost) messages.delete([room, seq]);
    for (const message of put) messages.put(message);
    transaction.objectStore("runs").put({ ...log, have: log.have ?? 0, room, opened: opened.get(room) ?? 0 } satisfies RunRow);
  }
}

function dropRun(transaction: IDBTransaction, room: RoomId): void {
  transaction.objectStore("runs").delete(room);
  transaction.objectStore("messages").delete(rangeOf(room));
}
