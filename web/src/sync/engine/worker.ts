// Owns the shared worker: one engine for all pages of this browser.
import { type EngineSays, portOf, type TabSays } from "../port";
import { House } from "./house";
import { live } from "./lock";

const NAME = crypto.getRandomValues(new Uint32Array(2)).join("-");

const house = new House();
const alive = live(NAME);

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (!port) return;
  const page = portOf<EngineSays, TabSays>(port);
  house.open(page);
  void alive.then(() => page.say({ say: "here", engine: NAME }));
});
