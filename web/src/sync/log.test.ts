// Owns the tests of the held run of messages.
import { describe, expect, it } from "vitest";
import { emptyLog, find, fromPage, joinNewer, joinOlder, type Log, LOG_LIMIT, trimmed, upsert, without } from "./log";
import { message } from "./samples";

const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
const seqs = (log: Log) => log.messages.map((one) => one.seq);
const held = (from: number, to: number, ends: Partial<Log> = {}): Log => ({ messages: run(from, to), before: true, after: false, loaded: true, ...ends });

describe("a held run", () => {
  it("takes a new message at its end", () => {
    expect(seqs(upsert(held(5, 7), message(8)))).toEqual([5, 6, 7, 8]);
  });

  it("leaves a new message alone while newer ones are missing", () => {
    const log = held(5, 7, { after: true });
    expect(upsert(log, message(12))).toBe(log);
  });

  it("leaves an older message alone while older ones are missing", () => {
    const log = held(5, 7);
    expect(upsert(log, message(2))).toBe(log);
  });

  it("puts the later change in the place of the earlier, never the other way", () => {
    const edited = upsert(held(5, 7), message(6, { text: "edited", gv: 900 }));
    expect(find(edited, 6)?.text).toBe("edited");
    expect(upsert(edited, message(6, { text: "old", gv: 500 }))).toBe(edited);
  });

  it("forgets one message", () => {
    expect(seqs(without(held(5, 7), 6))).toEqual([5, 7]);
    const log = held(5, 7);
    expect(without(log, 99)).toBe(log);
  });

  it("gathers what arrives while its first page is on the way", () => {
    const meanwhile = [message(61), message(3, { gv: 999 })].reduce(upsert, emptyLog());
    const log = fromPage({ messages: run(11, 60), more_before: true, more_after: false }, meanwhile);
    // The edit of message 3 lies outside the run: it must not make a hole in it.
    expect(seqs(log)).toEqual(run(11, 61).map((one) => one.seq));
    expect(log).toMatchObject({ before: true, after: false, loaded: true });
  });

  it("joins an older page without doubling where they overlap", () => {
    const log = joinOlder(held(50, 60), { messages: run(40, 52), more_before: false, more_after: true });
    expect(seqs(log)).toEqual(run(40, 60).map((one) => one.seq));
    expect(log).toMatchObject({ before: false, after: false });
  });

  it("lets the far end go beyond the limit and remembers that it did", () => {
    const up = joinOlder(held(101, 100 + LOG_LIMIT), { messages: run(41, 100), more_before: true, more_after: true });
    expect(up.messages.length).toBe(LOG_LIMIT);
    expect(up).toMatchObject({ before: true, after: true });
    const down = joinNewer(up, { messages: run(41 + LOG_LIMIT, 100 + LOG_LIMIT), more_before: true, more_after: false }, true);
    expect(seqs(down).at(-1)).toBe(100 + LOG_LIMIT);
    expect(down).toMatchObject({ before: true, after: false });
  });

  it("keeps only its newest part while its end is followed", () => {
    const long = held(1, LOG_LIMIT + 200, { before: false });
    expect(seqs(trimmed(long))).toEqual(run(201, LOG_LIMIT + 200).map((one) => one.seq));
    expect(trimmed(long).before).toBe(true);
    const short = held(1, LOG_LIMIT + 10);
    expect(trimmed(short)).toBe(short);
  });

  it("does not grow for ever while somebody reads far above", () => {
    const full = held(1, 3 * LOG_LIMIT);
    const next = upsert(full, message(3 * LOG_LIMIT + 1));
    expect(next.messages).toBe(full.messages);
    expect(next.after).toBe(true);
  });

  it("is not whole at its end when something was posted while the page was on the way", () => {
    const log = joinNewer(held(1, 10, { after: true }), { messages: run(11, 20), more_before: true, more_after: false }, false);
    expect(log.after).toBe(true);
  });
});
