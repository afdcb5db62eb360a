// Owns the page's own files on this device, so that it opens without a network, and the notices of what is said while no
// page is open. What else people wrote is not its business.
const SHELL = "parlour shell BUILD";
/** Put here by the build. */
const FILES = ["FILES"];
/** Languages and their emoji: kept once they were used. */
const LATER = ["LATER"];
/** A network that does not answer is none. */
const PATIENCE_MS = 4_000;

self.addEventListener("install", (event) => {
  const kept = caches.open(SHELL).then((cache) => cache.addAll(FILES));
  event.waitUntil(kept.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === "/") event.respondWith(page(request));
  else if (pathname.startsWith("/assets/") || FILES.includes(pathname)) event.respondWith(file(request, LATER.includes(pathname)));
});

/** What a page fetched before this worker was there. */
self.addEventListener("message", ({ data }) => {
  const wanted = (Array.isArray(data?.keep) ? data.keep : []).filter((path) => LATER.includes(path));
  if (wanted.length > 0) void caches.open(SHELL).then((cache) => Promise.allSettled(wanted.map((path) => cache.add(path))));
});

self.addEventListener("push", (event) => {
  event.waitUntil(take(wordsOf(event.data)));
});

/** The browser has changed its subscription by itself. */
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event).catch(() => undefined));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data?.address ?? "#/"));
});

function wordsOf(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

/** One notice a room: of the newest that was said, gone when it was read anywhere. */
async function take({ kind, room, seq, title, body, badge }) {
  if (typeof room !== "string" || !Number.isSafeInteger(seq)) return;
  if (kind === "message") {
    const address = `#/room/${encodeURIComponent(room)}/${seq}`;
    const icon = "/icon-192.png";
    await self.registration.showNotification(String(title), { body: String(body), tag: room, renotify: true, icon, badge: icon, data: { address, seq } });
  } else if (kind === "read") {
    const shown = await self.registration.getNotifications({ tag: room });
    for (const notice of shown) if ((notice.data?.seq ?? 0) <= seq) notice.close();
  }
  const { navigator } = self;
  if (Number.isSafeInteger(badge) && "setAppBadge" in navigator) await (badge > 0 ? navigator.setAppBadge(badge) : navigator.clearAppBadge()).catch(() => undefined);
}

async function renew({ oldSubscription, newSubscription }) {
  const made = newSubscription ?? (oldSubscription && (await self.registration.pushManager.subscribe(oldSubscription.options)));
  if (!made) return;
  const { endpoint, keys } = made.toJSON();
  const body = JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth });
  await fetch("/api/v1/push", { method: "PUT", headers: { "content-type": "application/json" }, body });
}

/** To the place in the page that was used last, or in a new one. The server has other pages, which know no places. */
async function lead(address) {
  const pages = await self.clients.matchAll({ type: "window" });
  const page = pages.find(({ url }) => new URL(url).pathname === "/");
  if (!page) return self.clients.openWindow(`/${address}`);
  page.postMessage({ lead: address });
  await page.focus();
}

/** The one before stays: pages that it opened still need its files. */
async function forgetOthers() {
  const names = (await caches.keys()).filter((name) => name.startsWith("parlour shell ") && name !== SHELL);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
}

/** The server's page as long as it answers: after an upgrade it is the new one. */
async function page(request) {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return (await kept("/")) ?? Response.error();
  }
}

/** The name of a file changes with what is in it. */
async function file(request, keeps) {
  const found = (await kept(request)) ?? (await caches.match(request, { ignoreVary: true }));
  if (found) return found;
  const answer = await fetch(request);
  if (keeps && answer.ok) await (await caches.open(SHELL)).put(request, answer.clone());
  return answer;
}

async function kept(request) {
  const cache = await caches.open(SHELL);
  return cache.match(request, { ignoreVary: true });
}
