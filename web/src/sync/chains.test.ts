// Owns the tests of the chain rule and of the cursor.
import { describe, expect, it } from "vitest";
import type { Op } from "../contract/wire";
import { Chains, judged } from "./chains";
import { user } from "./samples";

const own = (g: number, p: number, scope: "me" | "all" = "me"): Op => ({ g, p, room: null, scope, kind: "user", value: user("bo") });

describe("a chain", () => {
  it("drops duplicates, applies what follows, sees what is missing", () => {
    expect(judged({ g: 100, p: 90 }, 100)).toBe("drop");
    expect(judged({ g: 103, p: 40 }, 100)).toBe("apply");
    expect(judged({ g: 110, p: 105 }, 103)).toBe("missing");
  });

  it("of mine does not mix with everybody's", () => {
    const chains = new Chains({ epoch: "e", g: 100 });
    chains.applied(own(120, 90));
    expect(chains.judge(own(110, 95, "all"))).toBe("apply");
    expect(chains.judge(own(119, 95))).toBe("drop");
    expect(chains.judge(own(130, 125))).toBe("missing");
  });
});

describe("the cursor", () => {
  it("begins with nothing, or with what the disk held", () => {
    expect(new Chains().cursor).toEqual({ g: 0 });
    expect(new Chains({ epoch: "e", g: 7 }).cursor).toEqual({ epoch: "e", g: 7 });
  });

  it("rises when all is told up to a point, never with single ops", () => {
    const chains = new Chains();
    chains.done("e", 100);
    chains.applied(own(120, 90));
    expect(chains.cursor).toEqual({ epoch: "e", g: 100 });
    chains.done("e", 130);
    expect(chains.cursor.g).toBe(130);
  });
});
