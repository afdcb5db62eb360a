// Owns the digests by which a client and the server prove to each other that they hold the same messages.
import type { Message } from "../contract/wire";
import type { Run } from "./log";
import { first, reach } from "./log";

/** Messages a block: block `b` has `seq` 256·b+1 … 256·b+256. */
export const BLOCK = 256;

const MASK = (1n << 64n) - 1n;

/** One message's share of its block's digest; the finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
function mixed(seq: number, gv: number): bigint {
  let x = (BigInt(seq) * 0x9e3779b97f4a7c15n + BigInt(gv)) & MASK;
  x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return x ^ (x >> 31n);
}

export function blockOf(seq: number): number {
  return Math.floor((seq - 1) / BLOCK);
}

/** As 16 lower-case hex digits; the order of the messages does not matter. */
export function digestOf(messages: readonly Message[], block: number): string {
  let sum = 0n;
  for (const { seq, gv } of messages) if (blockOf(seq) === block) sum += mixed(seq, gv);
  return (sum & MASK).toString(16).padStart(16, "0");
}

/** The blocks that a run holds whole, the newest first; the last one as far as the room goes. */
export function wholeBlocks(run: Run): number[] {
  if (!run.loaded || run.after) return [];
  const from = run.before ? blockOf((first(run) ?? reach(run) + 1) + BLOCK - 1) : 0;
  const to = reach(run) === 0 ? -1 : blockOf(reach(run));
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => to - index);
}
