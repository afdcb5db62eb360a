// Owns the rule by which pushed ops are dropped, applied or found to have a gap before them, and the cursor.
import type { Op } from "../contract/wire";

/** An op that arrived early waits this long for those before it. */
export const REORDER_MS = 300;
/** An op moves the cursor only when it is this old, so that one from another chain that was overtaken is not lost. */
export const SETTLE_MS = 5_000;

export type Chain = string;
export type Verdict = "drop" | "apply" | "missing";

export interface Cursor {
  epoch?: string;
  g: number;
}

export function chainOf(op: Op): Chain {
  return op.room ?? `@${op.scope ?? "me"}`;
}

export class Chains {
  #have = new Map<Chain, number>();
  #floor = 0;
  #epoch: string | undefined;
  #settled = 0;
  #young: { g: number; at: number } | undefined;
  /** Something is known to be missing: until the next `done` the cursor stays. */
  #broken = false;

  /** What a `hello` may say to hold. */
  get cursor(): Cursor {
    return this.#epoch === undefined ? { g: 0 } : { epoch: this.#epoch, g: this.#settled };
  }

  /** `done` was received: every chain holds everything up to `g`. */
  done(epoch: string, g: number): void {
    this.#have.clear();
    this.#floor = g;
    this.#epoch = epoch;
    this.#settled = g;
    this.#young = undefined;
    this.#broken = false;
  }

  judge(op: Op): Verdict {
    const have = this.#held(chainOf(op));
    if (op.g <= have) return "drop";
    return (op.p ?? 0) <= have ? "apply" : "missing";
  }

  applied(op: Op, now: number): void {
    this.#have.set(chainOf(op), op.g);
    if (this.#broken) return;
    this.#age(now);
    if (!this.#young) this.#young = { g: op.g, at: now };
  }

  /** A room that I came into is known up to its own newest change. */
  entered(room: Chain, g: number): void {
    if (g > this.#held(room)) this.#have.set(room, g);
  }

  /** Something is missing before `op`: the cursor goes back to where its chain is whole. */
  rewind(op: Op): void {
    this.#settled = Math.min(this.#settled, this.#held(chainOf(op)));
    this.#young = undefined;
    this.#broken = true;
  }

  #held(chain: Chain): number {
    return this.#have.get(chain) ?? this.#floor;
  }

  #age(now: number): void {
    if (!this.#young || now - this.#young.at < SETTLE_MS) return;
    this.#settled = Math.max(this.#settled, this.#young.g);
    this.#young = undefined;
  }
}
