// Owns a page's way to the engine: in a worker that all pages share, or in the page itself where the browser has none.
import workerUrl from "./engine/worker?sharedworker&url";
import { live, whenGone } from "./engine/lock";
import { type EngineSays, ends, type Port, portOf, type TabSays } from "./port";
import { trusted } from "./trusted";

export type TabPort = Port<TabSays, EngineSays>;

/** This page among those of the browser. */
export const TAB = crypto.getRandomValues(new Uint32Array(2)).join("-");

/** `anew` hears of another way when the one that was answered does not begin, or its end is gone. */
export async function wayToEngine(anew: (instead: TabPort) => void): Promise<TabPort> {
  // It starts while the lock is on its way.
  const [way] = await Promise.all([shared(anew) ?? withinPage(), live(TAB)]);
  return way;
}

/** The worker's code is as old as the page's: its address has a hash of it. */
function shared(anew: (instead: TabPort) => void): TabPort | undefined {
  if (!("SharedWorker" in globalThis)) return undefined;
  try {
    const worker = new SharedWorker(trusted(workerUrl), { type: "module", name: "parlour" });
    worker.onerror = () => void withinPage().then(anew);
    const { say, hear } = portOf<TabSays, EngineSays>(worker.port);
    // Browsers end workers that need too much, and tell nobody.
    const again = async () => anew(shared(anew) ?? (await withinPage()));
    return { say, hear: (listener) => hear((words) => (words.say === "here" ? whenGone(words.engine, again) : listener(words))) };
  } catch {
    return undefined;
  }
}

async function withinPage(): Promise<TabPort> {
  const { House } = await import("./engine/house");
  const [mine, theirs] = ends<TabSays, EngineSays>();
  new House().open(theirs);
  return mine;
}
