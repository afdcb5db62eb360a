// Owns that the page itself opens without a network, and that a new version of it is offered and never forced.
import { trusted } from "../sync/trusted";

const HOUR_MS = 3_600_000;

class Upgrade {
  /** A newer page than this one is there. */
  ready = $state(false);
}

export const upgrade = new Upgrade();

/** Without https there are no service workers: then the page needs its server to open. */
export async function keepShell(): Promise<void> {
  // A part of this page that is no longer on the server: there is a newer page.
  window.addEventListener("vite:preloadError", () => (upgrade.ready = true));
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!import.meta.env.PROD || !workers) return;
  // A click on a notice of the worker's leads to its place.
  workers.addEventListener("message", ({ data }: MessageEvent<{ lead?: unknown }>) => {
    if (typeof data.lead === "string" && data.lead.startsWith("#/")) location.hash = data.lead;
  });
  const had = workers.controller !== null;
  workers.addEventListener("controllerchange", () => (upgrade.ready ||= had));
  const registration = await workers.register(trusted("/sw.js")).catch(() => undefined);
  if (!registration) return;
  setInterval(() => void registration.update().catch(() => undefined), HOUR_MS);
  const { active } = await workers.ready;
  active?.postMessage({ keep: performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname) });
}
