// Owns a page's way to the engine: in a worker that all pages share, or in the page itself where the browser has none.
import workerUrl from "./engine/worker?sharedworker&url";
import { hasLocks, live, whenGone } from "./engine/lock";
import { type EngineSays, ends, type Port, portOf, type TabSays } from "./port";
import { trusted } from "./trusted";

export type TabPort = Port<TabSays, EngineSays>;

/** This page among those of the browser. */
export const TAB = crypto.getRandomValues(new Uint32Array(2)).join("-");

/** What has not answered in this time is gone: a page may also have been given a worker that was just ending. */
const ASK_MS = 2_500;

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
    // Browsers end workers that need too much, and tell nobody.
    const [port, leave] = watched(portOf(worker.port), async () => anew(shared(anew) ?? (await withinPage())));
    worker.onerror = () => {
      leave();
      void withinPage().then(anew);
    };
    return port;
  } catch {
    return undefined;
  }
}

/** By the lock that the worker holds; until it has said which, and over plain http, where there are none, it is asked. Also answers how to let go of it. */
function watched(port: TabPort, gone: () => void): [TabPort, leave: () => void] {
  let isAsked = false;
  let isLeft = false;
  const leave = () => {
    isLeft = true;
    clearInterval(timer);
  };
  const end = () => {
    if (isLeft) return;
    leave();
    gone();
  };
  const timer = setInterval(() => {
    if (isAsked) return end();
    isAsked = true;
    port.say({ say: "alive" });
  }, ASK_MS);
  const heard = (words: EngineSays, listener: (words: EngineSays) => void) => {
    isAsked = false;
    if (words.say === "here") {
      if (hasLocks) clearInterval(timer);
      whenGone(words.engine, end);
    } else if (words.say !== "alive" && !isLeft) listener(words);
  };
  return [{ say: port.say, hear: (listener) => port.hear((words) => heard(words, listener)) }, leave];
}

async function withinPage(): Promise<TabPort> {
  const { House } = await import("./engine/house");
  const [mine, theirs] = ends<TabSays, EngineSays>();
  new House().open(theirs);
  return mine;
}
