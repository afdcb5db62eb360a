// Owns that the page itself opens without a network.
import { trusted } from "../sync/trusted";

/** Without https there are no service workers: then the page needs its server to open. */
export async function keepShell(): Promise<void> {
  // A click on a notice of the worker's leads to its place.
  navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent<{ lead?: unknown }>) => {
    if (typeof data.lead === "string" && data.lead.startsWith("#/")) location.hash = data.lead;
  });
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(trusted("/sw.js")).catch(() => undefined);
}
