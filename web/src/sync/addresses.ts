// Owns the addresses of the page's places, as fragments: every place is a link that can be sent on.
import type { RoomId } from "../contract/wire";

export type Place =
  | { name: "home" }
  | { name: "sign-in" }
  | { name: "register"; invitation?: string }
  | { name: "room"; room: RoomId; seq?: number }
  | { name: "join"; code: string }
  | { name: "saved" }
  | { name: "settings" };

export function addressOf(place: Place): string {
  switch (place.name) {
    case "home":
      return "#/";
    case "register":
      return place.invitation ? `#/register?invitation=${encodeURIComponent(place.invitation)}` : "#/register";
    case "room":
      return `#/room/${encodeURIComponent(place.room)}${place.seq === undefined ? "" : `/${place.seq}`}`;
    case "join":
      return `#/join/${encodeURIComponent(place.code)}`;
    default:
      return `#/${place.name}`;
  }
}

/** Anything unknown is home. */
export function placeOf(address: string): Place {
  const [path = "", query = ""] = address.replace(/^#?\/?/, "").split("?");
  const [name, one, two] = path.split("/").map(decoded);
  if (name === "sign-in" || name === "saved" || name === "settings") return { name };
  if (name === "register") return { name, invitation: new URLSearchParams(query).get("invitation") ?? undefined };
  if (name === "join" && one) return { name, code: one };
  if (name === "room" && one) return { name, room: one, seq: /^[1-9]\d{0,14}$/.test(two ?? "") ? Number(two) : undefined };
  return { name: "home" };
}

export function go(place: Place): void {
  location.hash = addressOf(place);
}

/** Takes the place of the present one: the way back does not lead here. */
export function goInstead(place: Place): void {
  location.replace(addressOf(place));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
