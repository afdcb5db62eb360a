// Owns the proof that what is held is what the server has: digests of whole blocks, compared and repaired.
import type { Answers, Takes } from "../../contract/commands";
import type { Digests, RoomId } from "../../contract/wire";
import { BLOCK, blockOf, digestOf, wholeBlocks } from "../digests";
import { first, type Log, reach, type Run } from "../log";
import { type Replica, runOf, withStretches, withUsers } from "../replica";

/** Blocks that are compared at once, and those of them with each `hello`: many come back at the same moment. */
const AT_ONCE = 200;
const WITH_HELLO = 8;
const HOUR_MS = 3_600_000;
/** A room in which something changed so lately is left for the next time: its changes may be on their way. */
const QUIET_MS = 10_000;

export interface Source {
  get(): Replica;
  set(replica: Replica): void;
  check(takes: Takes<"sync.check">): Promise<Answers<"sync.check">>;
  ready(): boolean;
  /** Rooms whose run follows live. */
  live(): RoomId[];
  /** Rooms on any screen. */
  shown(): RoomId[];
}

export class Checks {
  #source: Source;
  #timer: ReturnType<typeof setInterval>;
  #changed = new Map<RoomId, number>();

  constructor(source: Source) {
    this.#source = source;
    this.#timer = setInterval(() => void this.hourly(), HOUR_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  touched(room: RoomId, now = Date.now()): void {
    this.#changed.set(room, now);
  }

  /** The blocks that `done` is asked for: what is on screen, and a few others by chance, so that in the end all are proven. */
  blocks(): Record<RoomId, number[]> {
    const replica = this.#source.get();
    const shown = this.#source.shown();
    const others = Object.keys(replica.logs).filter((room) => !shown.includes(room));
    const turned = others.map((room) => ({ room, at: Math.random() })).sort((a, b) => a.at - b.at);
    return chosen(replica, [...shown, ...turned.map(({ room }) => room)], WITH_HELLO);
  }

  /** What the server says it has, at the moment up to which this replica is whole. */
  async compare(theirs: Digests): Promise<void> {
    const different: Digests = {};
    for (const [room, blocks] of Object.entries(theirs)) {
      const run = runOf(this.#source.get(), room);
      const whole = run ? new Set(wholeBlocks(run)) : new Set<number>();
      for (const [block, digest] of Object.entries(blocks)) {
        if (!run || !whole.has(Number(block))) continue;
        const mine = digestOf(run.messages, Number(block));
        if (mine !== digest) different[room] = { ...different[room], [block]: mine };
      }
    }
    if (Object.keys(different).length > 0) await this.#repair(different, "done");
  }

  async hourly(now = Date.now()): Promise<void> {
    if (!this.#source.ready()) return;
    const replica = this.#source.get();
    const live = this.#source.live();
    // In a room that is not followed nothing has happened since it was whole: it is as right as one that is.
    const still = Object.keys(replica.logs).filter((room) => !live.includes(room) && isWhole(replica, room));
    const quiet = [...live, ...still].filter((room) => now - (this.#changed.get(room) ?? 0) > QUIET_MS);
    const blocks: Digests = {};
    for (const [room, list] of Object.entries(chosen(replica, quiet, AT_ONCE))) {
      const { messages } = runOf(replica, room)!;
      blocks[room] = Object.fromEntries(list.map((block) => [String(block), digestOf(messages, block)]));
    }
    if (Object.keys(blocks).length > 0) await this.#repair(blocks, "hourly");
  }

  async #repair(blocks: Digests, cause: "done" | "hourly"): Promise<void> {
    const answer = await this.#source.check({ blocks, cause }).catch(() => undefined);
    if (!answer) return;
    const known = withUsers(this.#source.get(), answer.users);
    this.#source.set(answer.different.reduce(repaired, known));
  }
}

function isWhole(replica: Replica, room: RoomId): boolean {
  const { have = 0 } = runOf(replica, room) ?? {};
  return have > 0 && have >= (replica.rooms[room]?.g ?? Infinity);
}

/** The newest blocks first, in turn over the rooms. */
function chosen(replica: Replica, rooms: RoomId[], most: number): Record<RoomId, number[]> {
  const blocks: Record<RoomId, number[]> = {};
  let left = most;
  for (const room of rooms) {
    const run = runOf(replica, room);
    const whole = run ? wholeBlocks(run).slice(0, left) : [];
    if (whole.length > 0) blocks[room] = whole;
    left -= whole.length;
  }
  return blocks;
}

/** One block as the server has it, in place of what is held of it. */
export function repaired(replica: Replica, { room, block, messages }: Answers<"sync.check">["different"][number]): Replica {
  return withStretches(replica, room, <Held extends Log | Run>(log: Held): Held => {
    const from = first(log) ?? (log.before ? Infinity : 0);
    const newest = log.after ? reach(log) : Infinity;
    const theirs = messages.filter(({ seq }) => seq >= from && seq <= newest);
    const upTo = Math.max(...messages.map(({ seq }) => seq), block * BLOCK);
    const mine = new Map(log.messages.map((message) => [message.seq, message]));
    // What came after the server's answer was made stays.
    const rest = log.messages.filter(({ seq }) => blockOf(seq) !== block || seq > upTo);
    const blockNow = theirs.map((message) => ((mine.get(message.seq)?.gv ?? -1) > message.gv ? mine.get(message.seq)! : message));
    return { ...log, messages: [...rest, ...blockNow].sort((a, b) => a.seq - b.seq) };
  });
}
