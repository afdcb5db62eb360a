// Owns the tests of the page's addresses.
import { describe, expect, it } from "vitest";
import { addressOf, type Place, placeOf } from "./addresses";

describe("an address", () => {
  const places: Place[] = [
    { name: "home" },
    { name: "sign-in" },
    { name: "settings" },
    { name: "saved" },
    { name: "register", invitation: "a b&c" },
    { name: "room", room: "r/1 ü" },
    { name: "room", room: "r1", seq: 17 },
    { name: "join", code: "ABCDEFGH" },
  ];

  it.each(places)("leads back to $name", (place) => {
    expect(placeOf(addressOf(place))).toEqual(place);
  });

  it("that means nothing is home", () => {
    expect(placeOf("")).toEqual({ name: "home" });
    expect(placeOf("#/nowhere/at/all")).toEqual({ name: "home" });
    expect(placeOf("#/room/%E0%A4%A")).toEqual({ name: "home" });
    for (const seq of ["x", "-1", "9007199254740993"]) expect(placeOf(`#/room/r1/${seq}`)).toEqual({ name: "room", room: "r1", seq: undefined });
  });
});
