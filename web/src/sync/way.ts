// Owns a page's way to the engine: in a worker that all pages share, or in the page itself where the browser has none.
import workerUrl from "./engine/worker?sharedworker&url";
import { live } from "./engine/lock";
import { type EngineSays, ends, type Port, portOf, type TabSays } from "./port";
import { trusted } from "./trusted";

export type TabPort = Port<TabSays, EngineSays>;

/** This page among those of the browser. */
export const TAB = crypto.getRandomValues(new Uint32Array(2)).join("-");

/** The worker's code is as old as the page's: its address has a hash of it. `failed` hears of another way when it does not start. */
export async function wayToEngine(failed: (instead: TabPort) => void): Promise<TabPort> {
  await live(TAB);
  if (!("SharedWorker" in globalThis)) return withinPage();
  try {
    const worker = new SharedWorker(trusted(workerUrl), { type: "module", name: "parlour" });
    worker.onerror = () => void withinPage().then(failed);
    return portOf<TabSays, EngineSays>(worker.port);
  } catch {
    return withinPage();
  }
}

async function withinPage(): Promise<TabPort> {
  const { House } = await import("./engine/house");
  const [mine, theirs] = ends<TabSays, EngineSays>();
  new House().open(theirs);
  return mine;
}
