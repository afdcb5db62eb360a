// Owns what begins before the rest of the page's code has run: whoever was here last, with the room that the address names, enters.
import type { RoomId, User } from "../contract/wire";
import { placeOf } from "./addresses";
import { glance, type Held } from "./disk/held";
import { lastUser } from "./last";
import { TAB, type TabPort, wayToEngine } from "./way";

/** A disk that takes longer is not waited for. */
const PATIENCE_MS = 400;

export interface Early {
  user: User;
  shown: RoomId[];
  /** What this browser holds, read before the engine starts. */
  held: Promise<Held | undefined>;
  /** The way that was begun; `anew` hears of another one when its end is gone. */
  way(anew: (instead: TabPort) => void): Promise<TabPort>;
}

/** The rooms on screen where a page begins. */
export function shownFirst(): RoomId[] {
  const place = placeOf(location.hash);
  return place.name === "room" ? [place.room] : [];
}

function begun(): Early | undefined {
  const user = lastUser();
  if (!user) return undefined;
  const shown = shownFirst();
  let hear: (instead: TabPort) => void = () => undefined;
  const held = Promise.race([glance(user.id, shown), new Promise<undefined>((done) => setTimeout(done, PATIENCE_MS))]);
  // Both at once would take longer until there is something to be seen.
  const port = held.then(() => wayToEngine((instead) => hear(instead))).then((way) => {
    way.say({ say: "enter", tab: TAB, user, shown, watched: [], presence: "online" });
    return way;
  });
  const way: Early["way"] = (anew) => {
    hear = anew;
    return port;
  };
  return { user, shown, held, way };
}

/** Taken once, by the session. */
export const early = begun();
