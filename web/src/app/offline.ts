// Owns that the page itself opens without a network.
import { trusted } from "../sync/trusted";

/** Without https there are no service workers: then the page needs its server to open. */
export async function keepShell(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(trusted("/sw.js")).catch(() => undefined);
}
