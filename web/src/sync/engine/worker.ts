// Owns the shared worker: one engine for all pages of this browser.
import { type EngineSays, portOf, type TabSays } from "../port";
import { House } from "./house";

const house = new House();

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) house.open(portOf<EngineSays, TabSays>(port));
});
