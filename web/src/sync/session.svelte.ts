// Owns the signed-in session on this page: the replica, the connection that feeds it, and what is asked of the server.
import type { Answers, CommandName, Takes } from "../contract/commands";
import type { Message, Op, RoomId, User, UserId } from "../contract/wire";
import { Connection } from "./connection";
import { readUpTo } from "./counts";
import { Follower } from "./follower";
import { History } from "./history";
import { Live } from "./live.svelte";
import { find } from "./log";
import { Outbox } from "./outbox.svelte";
import type { Pending } from "./pairing";
import { People } from "./people";
import { emptyReplica, type Replica, withMembership, withRoom, withUsers } from "./replica";
import { Refusal } from "./refusal";
import * as rest from "./rest";

const WATCH_LIMIT = 100;
const RECOUNT_MS = 500;
const HELLO_AGAIN_MS = 2_000;
/** How long a command waits for a connection that is just coming. */
const PATIENCE_MS = 8_000;

export class Session {
  phase = $state<"starting" | "out" | "in" | "unreachable">("starting");
  /** Signed out from elsewhere, not here. */
  ended = $state(false);
  line = $state<"connecting" | "ready" | "lost">("connecting");
  replica = $state.raw<Replica>(emptyReplica(""));
  /** Rises when one of my logins ended. */
  loginsChanged = $state(0);
  readonly live = new Live();
  readonly outbox = new Outbox({
    send: (one) => this.call("messages.send", { cid: one.cid, room: one.room, text: one.text, reply_to: one.reply_to }),
    head: (room) => this.replica.rooms[room]?.head ?? 0,
    ready: () => this.line === "ready",
  });
  readonly history = new History({
    get: () => this.replica,
    set: (replica) => this.#set(replica),
    ready: () => this.#whenReady(),
    history: (takes) => this.patiently("messages.history", takes),
  });
  #people = new People(this);
  #connection: Connection | undefined;
  #follower: Follower | undefined;
  #profile: User | undefined;
  #watched: RoomId[] = [];
  #presence: "online" | "away" = "online";
  #recount: ReturnType<typeof setTimeout> | undefined;
  #waiters: (() => void)[] = [];

  get me(): User | undefined {
    return this.replica.users[this.replica.me] ?? this.#profile;
  }

  async start(): Promise<void> {
    this.phase = "starting";
    try {
      const user = await rest.whoAmI();
      if (user) this.#enter(user);
      else this.phase = "out";
    } catch {
      this.phase = "unreachable";
    }
  }

  async signIn(username: string, password: string): Promise<void> {
    this.#enter(await rest.signIn(username, password));
  }

  async register(registration: rest.Registration): Promise<void> {
    this.#enter(await rest.register(registration));
  }

  async signOut(): Promise<void> {
    await rest.signOut();
    this.#leave(false);
  }

  /** Sends a command; rejects with a Refusal. */
  async call<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>> {
    if (!this.#connection) throw new Refusal({ code: "auth.required", message: "" });
    return this.#connection.call(name, takes);
  }

  /** The same for what a page needs to open: waits a little for the connection. */
  async patiently<Name extends CommandName>(name: Name, takes: Takes<Name>): Promise<Answers<Name>> {
    await this.#whenReady();
    return this.call(name, takes);
  }

  change(step: (replica: Replica) => Replica): void {
    this.#set(step(this.replica));
  }

  /** An answer that is a room with my place in it. */
  takeRoom({ me, ...room }: Answers<"rooms.get">): void {
    this.change((replica) => {
      const known = withRoom(replica, room);
      return me ? withMembership(known, me) : known;
    });
    this.#people.want(room.users ?? []);
  }

  person(user: UserId | undefined): User | undefined {
    return user === undefined ? undefined : this.replica.users[user];
  }

  want(users: UserId[]): void {
    this.#people.want(users);
  }

  /** The rooms on screen, the most important first. */
  watch(rooms: RoomId[]): void {
    const next = rooms.slice(0, WATCH_LIMIT);
    if (next.length === this.#watched.length && next.every((room, index) => room === this.#watched[index])) return;
    this.#watched = next;
    if (this.line === "ready") void this.#sendWatch();
  }

  setPresence(presence: "online" | "away"): void {
    if (presence === this.#presence) return;
    this.#presence = presence;
    if (this.line === "ready") void this.call("presence.set", { presence }).catch(() => {});
  }

  setTyping(room: RoomId, typing: boolean): void {
    if (this.line === "ready") void this.call("typing.set", { room, typing }).catch(() => {});
  }

  /** Everything up to `seq` was seen; the badge goes at once, the server hears it. */
  async read(room: RoomId, seq: number): Promise<void> {
    const mine = this.replica.memberships[room];
    const known = this.replica.rooms[room];
    // Lines of the room itself are not counted: they need no telling.
    if (!mine || !known || seq <= mine.read || mine.unread === 0 || this.line !== "ready") return;
    const next = readUpTo(mine, seq, known.head, known.count);
    this.change((replica) => ({ ...replica, memberships: { ...replica.memberships, [room]: next } }));
    await this.call("reads.set", { room, seq }).catch(() => {});
  }

  hurry(): void {
    this.#connection?.hurry();
  }

  #enter(user: User): void {
    this.#profile = user;
    this.ended = false;
    this.replica = withUsers(emptyReplica(user.id), [user]);
    this.phase = "in";
    this.line = "connecting";
    const follower = this.#newFollower();
    const connection = this.#newConnection(follower);
    this.#follower = follower;
    this.#connection = connection;
    connection.open();
  }

  #newFollower(): Follower {
    return new Follower({
      get: () => this.replica,
      set: (replica) => this.#set(replica),
      watched: () => this.#watched,
      now: () => Date.now(),
      ready: () => this.#ready(),
      hello: (takes) => {
        const connection = this.#connection;
        this.call("hello", takes).catch(() => {
          const again = () => connection === this.#connection && this.line === "connecting";
          setTimeout(() => again() && this.#follower?.start(), HELLO_AGAIN_MS);
        });
      },
    });
  }

  #newConnection(follower: Follower): Connection {
    return new Connection({
      op: (op) => {
        follower.op(op);
        this.#after(op);
      },
      chunk: (chunk) => follower.chunk(chunk),
      gap: (gap) => follower.gap(gap),
      done: (done) => follower.done(done),
      resync: () => follower.start(),
      typing: ({ room, user, typing }) => this.live.setTyping(room, user, typing),
      presence: ({ user, presence }) => this.live.setPresence(user, presence),
      connected: () => {
        this.line = "connecting";
        follower.start();
      },
      lost: () => {
        follower.stop();
        this.line = "lost";
        this.live.clear();
      },
      refused: () => this.#leave(true),
    });
  }

  #leave(ended: boolean): void {
    this.#connection?.close();
    this.#follower?.stop();
    this.#connection = undefined;
    this.#follower = undefined;
    this.#profile = undefined;
    this.#watched = [];
    clearTimeout(this.#recount);
    this.live.clear();
    this.outbox.clear();
    this.replica = emptyReplica("");
    this.ended = ended;
    this.phase = "out";
  }

  #ready(): void {
    this.line = "ready";
    if (this.#profile) this.change((replica) => withUsers(replica, [this.#profile!]));
    void this.#sendWatch();
    if (this.#presence === "away") void this.call("presence.set", { presence: "away" }).catch(() => {});
    this.outbox.flush();
    this.#people.want(Object.values(this.replica.rooms).flatMap((room) => room.users ?? []));
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #after(op: Op): void {
    if (op.kind === "session") this.loginsChanged++;
    if (op.kind === "message") this.#people.want(namedIn(op.value));
    if (op.kind === "message" && op.value.author) this.live.setTyping(op.value.room, op.value.author, false);
    if (op.kind === "member" && op.value.role) this.#people.want([op.value.user]);
    if (op.kind === "membership" && "room_value" in op.value) this.#people.want(op.value.room_value?.users ?? []);
  }

  #set(replica: Replica): void {
    this.replica = replica;
    this.outbox.settle((pending) => isHeld(replica, pending));
    if (replica.uncertain.length > 0) this.#recount ??= setTimeout(() => void this.#countAgain(), RECOUNT_MS);
  }

  async #countAgain(): Promise<void> {
    this.#recount = undefined;
    const { rooms } = await this.call("reads.list", {}).catch(() => ({ rooms: [] }));
    this.change((replica) => ({ ...rooms.reduce(withMembership, replica), uncertain: [] }));
  }

  async #sendWatch(): Promise<void> {
    const answer = await this.call("watch.set", { rooms: this.#watched }).catch(() => undefined);
    if (answer) this.live.setOnline(answer.online);
  }

  #whenReady(): Promise<void> {
    if (this.line === "ready" || this.phase !== "in") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Refusal({ code: "offline", message: "" })), PATIENCE_MS);
      this.#waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

export const session = new Session();

function isHeld(replica: Replica, pending: Pending): boolean {
  const log = replica.logs[pending.room];
  return !log?.loaded || log.after || find(log, pending.seq ?? -1) !== undefined;
}

function namedIn(message: Message): UserId[] {
  return [message.author, message.subject, ...(message.mentions ?? [])].filter((user) => user !== undefined);
}
