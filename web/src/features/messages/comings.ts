// Owns who came and who went in a row of the room's own lines.
import type { Message, UserId } from "../../contract/wire";

export interface Comings {
  came: UserId[];
  went: UserId[];
  /** Both, in either order. */
  both: UserId[];
}

export function comings(lines: readonly Message[]): Comings {
  const ways = new Map<UserId, Set<"came" | "went">>();
  for (const line of lines) {
    const who = (line.kind === "kick" ? line.subject : line.author) ?? "";
    const way = ways.get(who) ?? new Set();
    ways.set(who, way.add(line.kind === "join" ? "came" : "went"));
  }
  const of = (...wanted: string[]) => [...ways].flatMap(([who, way]) => (way.size === wanted.length && wanted.every((one) => way.has(one as "came")) ? [who] : []));
  return { came: of("came"), went: of("went"), both: of("came", "went") };
}
