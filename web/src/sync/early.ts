// Owns what begins before the rest of the page's code has run: whoever was here last, with the room that the address names, enters.
import type { RoomId, User } from "../contract/wire";
import { placeOf } from "./addresses";
import { lastUser } from "./last";
import { TAB, type Way, wayToEngine } from "./way";

export interface Early {
  user: User;
  shown: RoomId[];
  way: Promise<Way>;
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
  const way = wayToEngine().then((found) => {
    found.port.say({ say: "enter", tab: TAB, user, shown, watched: [], presence: "online" });
    return found;
  });
  return { user, shown, way };
}

/** Taken once, by the session. */
export const early = begun();
