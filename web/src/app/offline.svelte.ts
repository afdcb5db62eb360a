// Owns that the page itself opens without a network, and that a new version of it is offered and never forced.
import { session } from "../sync/session.svelte";
import { trusted } from "../sync/trusted";

const HOUR_MS = 3_600_000;
/** Not all pages ask a server at once that has just come back. */
const SPREAD_MS = 10_000;

class Upgrade {
  /** A newer page than this one is there. */
  ready = $state(false);
}

export const upgrade = new Upgrade();

let registration: ServiceWorkerRegistration | undefined;

/** Asks whether there is a newer page: the server may be another one since the connection was lost. */
export function askForUpgrade(): () => void {
  const timer = setTimeout(() => void registration?.update().catch(() => undefined), Math.random() * SPREAD_MS);
  return () => clearTimeout(timer);
}

/** Without https there are no service workers: then the page needs its server to open. */
export async function keepShell(): Promise<void> {
  // A part of this page that is no longer on the server: there is a newer page.
  window.addEventListener("vite:preloadError", () => (upgrade.ready ||= session.line === "ready"));
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!import.meta.env.PROD || !workers) return;
  // A click on a notice of the worker's leads to its place.
  workers.addEventListener("message", ({ data }: MessageEvent<{ lead?: unknown }>) => {
    if (typeof data.lead === "string" && data.lead.startsWith("#/")) location.hash = data.lead;
  });
  const had = workers.controller !== null;
  workers.addEventListener("controllerchange", () => (upgrade.ready ||= had));
  registration = await workers.register(trusted("/sw.js")).catch(() => undefined);
  if (!registration) return;
  setInterval(askForUpgrade, HOUR_MS);
  const { active } = await workers.ready;
  active?.postMessage({ keep: performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname) });
}
