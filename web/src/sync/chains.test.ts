// Owns the tests of the chain rule and of the cursor.
import { describe, expect, it } from "vitest";
import { Chains, chainOf, SETTLE_MS } from "./chains";
import { message, posted } from "./samples";
import type { Op } from "../contract/wire";

const at = (g: number, p: number) => posted(g, p, message(g));
const own = (g: number, p: number): Op => ({ ...at(g, p), room: null, scope: "me" }) as Op;

function started(g = 100): Chains {
  const chains = new Chains();
  chains.done("e", g);
  return chains;
}

describe("a chain", () => {
  it("is the room's, mine or everybody's", () => {
    expect(chainOf(at(1, 0))).toBe("garden");
    expect(chainOf(own(1, 0))).toBe("@me");
    expect(chainOf({ ...own(1, 0), scope: "all" } as Op)).toBe("@all");
  });

  it("drops duplicates, applies what follows, sees what is missing", () => {
    const chains = started();
    expect(chains.judge(at(100, 90))).toBe("drop");
    expect(chains.judge(at(103, 40))).toBe("apply");
    chains.applied(at(103, 40), 0);
    expect(chains.judge(at(103, 40))).toBe("drop");
    expect(chains.judge(at(110, 105))).toBe("missing");
    expect(chains.judge(at(105, 103))).toBe("apply");
  });

  it("does not mix one chain with another", () => {
    const chains = started();
    chains.applied(own(120, 90), 0);
    expect(chains.judge(at(110, 95))).toBe("apply");
  });

  it("of a room that I came into begins at the room's newest change", () => {
    const chains = started();
    chains.entered("garden", 150);
    expect(chains.judge(at(150, 149))).toBe("drop");
    expect(chains.judge(at(155, 150))).toBe("apply");
  });
});

describe("the cursor", () => {
  it("begins with nothing", () => {
    expect(new Chains().cursor).toEqual({ g: 0 });
  });

  it("follows ops only when they are old enough to have been overtaken by none", () => {
    const chains = started();
    chains.applied(own(120, 90), 0);
    expect(chains.cursor).toEqual({ epoch: "e", g: 100 });
    chains.applied(at(110, 95), 10);
    chains.applied(at(130, 110), SETTLE_MS + 1);
    expect(chains.cursor.g).toBe(120);
  });

  it("goes back to where a broken chain is whole, and stays until all is well", () => {
    const chains = started();
    chains.applied(at(105, 100), 0);
    chains.applied(own(400, 90), SETTLE_MS + 1);
    chains.applied(own(500, 400), 3 * SETTLE_MS);
    expect(chains.cursor.g).toBe(400);
    chains.rewind(at(490, 480));
    expect(chains.cursor.g).toBe(105);
    chains.applied(own(600, 500), 9 * SETTLE_MS);
    chains.applied(own(700, 600), 20 * SETTLE_MS);
    expect(chains.cursor.g).toBe(105);
    chains.done("e", 700);
    expect(chains.cursor.g).toBe(700);
  });
});
