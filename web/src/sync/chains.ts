// Owns the chains of my own things and of everybody's, and the cursor with which a connection begins.
import type { Op } from "../contract/wire";

/** An op that arrived early waits this long for those before it. */
export const REORDER_MS = 300;

export interface Cursor {
  epoch?: string;
  g: number;
}

export type Verdict = "drop" | "apply" | "missing";

/** By the rule for a chain that is held up to `have`. */
export function judged(op: { g: number; p?: number }, have: number): Verdict {
  if (op.g <= have) return "drop";
  return (op.p ?? 0) <= have ? "apply" : "missing";
}

/**
 * The cursor rises with `done` alone: a bump that is being merged may still be on its way when the connection dies, so
 * live ops are no proof that everything before them was heard.
 */
export class Chains {
  #cursor: Cursor;
  #me: number;
  #all: number;

  constructor(cursor: Cursor = { g: 0 }) {
    this.#cursor = cursor;
    this.#me = this.#all = cursor.g;
  }

  /** What a `hello` may say to hold. */
  get cursor(): Cursor {
    return this.#cursor;
  }

  done(epoch: string, g: number): void {
    this.#cursor = { epoch, g };
    this.#me = this.#all = g;
  }

  judge(op: Op): Verdict {
    return judged(op, op.scope === "all" ? this.#all : this.#me);
  }

  applied(op: Op): void {
    if (op.scope === "all") this.#all = op.g;
    else this.#me = op.g;
  }
}
