// Owns whether this device is woken while no page of Parlour is open: the browser's subscription, and what the server
// knows of it. What was wished for stays wished for until it is taken back, and is put right when a page opens.
import type { Answers } from "../../contract/commands";
import { session } from "../../sync/session.svelte";
import { remembered } from "../../ui/remembered.svelte";

/** `impossible`: the browser cannot; `denied`: it was told not to; `never`: this server does not push. */
export type State = "unknown" | "impossible" | "denied" | "never" | "off" | "on";

const wish = () => remembered(`push.${session.replica.me}`, false);

class Waking {
  state = $state<State>("unknown");
  busy = $state(false);
  /** The browser could not reach its service. */
  failed = $state(false);
  #key: string | undefined;

  /** Whether it is wished for, and so whether notices are the service worker's. */
  get wished(): boolean {
    return wish().value && this.state === "on";
  }

  /** Looks how it is, and puts right what was lost. */
  async look(): Promise<void> {
    if (this.busy) return;
    const browser = await registration();
    if (!browser) return void (this.state = "impossible");
    const answer = await session.patiently("push.key", {}).catch(() => undefined);
    if (!answer) return;
    this.#key = answer.key;
    this.state = await this.#now(browser, answer);
    if (this.state === "off" && wish().value && Notification.permission === "granted") await this.#subscribe(browser);
  }

  /** The browser asks the first time. */
  async turn(on: boolean): Promise<void> {
    this.busy = true;
    this.failed = false;
    wish().value = on;
    try {
      const browser = await registration();
      if (on && (await Notification.requestPermission()) !== "granted") this.state = Notification.permission === "denied" ? "denied" : "off";
      else if (on && browser) await this.#subscribe(browser);
      else await this.#unsubscribe(browser);
    } catch {
      this.failed = true;
    }
    this.busy = false;
  }

  async #now(browser: ServiceWorkerRegistration, { key, subscribed }: Answers<"push.key">): Promise<State> {
    if (!key) return "never";
    if (Notification.permission === "denied") return "denied";
    const held = await browser.pushManager.getSubscription();
    return subscribed && held && isFor(held, key) && Notification.permission === "granted" ? "on" : "off";
  }

  async #subscribe(browser: ServiceWorkerRegistration): Promise<void> {
    const key = this.#key;
    if (!key) return;
    this.failed = false;
    try {
      const held = await browser.pushManager.getSubscription();
      // A browser has one, for one server's key.
      if (held && !isFor(held, key)) await held.unsubscribe();
      const made = await browser.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      const { endpoint = "", keys = {} } = made.toJSON();
      await session.call("push.subscribe", { endpoint, p256dh: keys.p256dh ?? "", auth: keys.auth ?? "" });
      this.state = "on";
    } catch {
      this.state = "off";
      this.failed = true;
    }
  }

  async #unsubscribe(browser: ServiceWorkerRegistration | undefined): Promise<void> {
    await session.call("push.unsubscribe", {});
    this.state = "off";
    await (await browser?.pushManager.getSubscription())?.unsubscribe();
  }
}

export const waking = new Waking();

/** Where the browser can be woken at all. */
async function registration(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || typeof Notification === "undefined") return undefined;
  return navigator.serviceWorker.getRegistration();
}

function isFor(held: PushSubscription, key: string): boolean {
  const bytes = new Uint8Array(held.options.applicationServerKey ?? new ArrayBuffer(0));
  const words = btoa(String.fromCharCode(...bytes));
  return words.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === key;
}
