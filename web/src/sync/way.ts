// Owns a page's way to the engine: in a worker that all pages share, or in the page itself where the browser has none.
import workerUrl from "./engine/worker?sharedworker&url";
import { live } from "./engine/lock";
import { type EngineSays, ends, type Port, portOf, type TabSays } from "./port";
import { trusted } from "./trusted";

export type TabPort = Port<TabSays, EngineSays>;

/** This page among those of the browser. */
export const TAB = crypto.getRandomValues(new Uint32Array(2)).join("-");

export interface Way {
  port: TabPort;
  /** Another way, when the worker does not start. */
  instead: Promise<TabPort>;
}

/** The worker's code is as old as the page's: its address has a hash of it. */
export async function wayToEngine(): Promise<Way> {
  const alive = live(TAB);
  if (!("SharedWorker" in globalThis)) return alive.then(alone);
  try {
    // It starts while the lock is on its way.
    const worker = new SharedWorker(trusted(workerUrl), { type: "module", name: "parlour" });
    const instead = new Promise<TabPort>((resolve) => (worker.onerror = () => void withinPage().then(resolve)));
    await alive;
    return { port: portOf<TabSays, EngineSays>(worker.port), instead };
  } catch {
    await alive;
    return alone();
  }
}

async function alone(): Promise<Way> {
  return { port: await withinPage(), instead: new Promise(() => undefined) };
}

async function withinPage(): Promise<TabPort> {
  const { House } = await import("./engine/house");
  const [mine, theirs] = ends<TabSays, EngineSays>();
  new House().open(theirs);
  return mine;
}
