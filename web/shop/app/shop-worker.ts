/**
 * Opens the shop without a network, and shows pushes `{ id, title, text, link }`. What is bought, paid and in stock always comes
 * from the shop itself: nothing of its API is kept.
 */
interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Waiting {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Pushed extends Waiting {
  data: { json(): unknown } | null;
}
interface Clicked extends Waiting {
  notification: Notification;
}
interface WorkerScope {
  registration: ServiceWorkerRegistration;
  clients: { openWindow(url: string): Promise<unknown> };
}

const worker = globalThis as typeof globalThis & WorkerScope;
const shell = "/";
const kept = "shop-1";
const mostFiles = 80;
/** Addresses that the shop's one page answers; whatever else is opened must never be kept in its place. */
const pages = /^\/(?:(?:orders(?:\/find)?|account|status)?|[op]\/[^/]+)$/;

addEventListener("install", (event) => {
  (event as Waiting).waitUntil(caches.open(kept).then((cache) => cache.add(shell)));
});

addEventListener("fetch", (event) => {
  const fetching = event as Fetching;
  const { request } = fetching;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/assets/")) fetching.respondWith(file(request));
  else if (request.mode === "navigate" && pages.test(pathname)) fetching.respondWith(page(request));
});

/** A file's name holds its hash, so what is kept of it is right for ever. */
async function file(request: Request): Promise<Response> {
  const cache = await caches.open(kept);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    const files = await cache.keys();
    for (const old of files.filter(({ url }) => url.includes("/assets/")).slice(0, -mostFiles))
      await cache.delete(old);
  }
  return answer;
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(kept);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(shell, answer.clone());
    return answer;
  } catch (error) {
    const known = await cache.match(shell);
    if (!known) throw error;
    return known;
  }
}

addEventListener("push", (event) => {
  const push = event as Pushed;
  const news = push.data?.json();
  const field = (name: string) =>
    typeof news === "object" && news !== null && name in news ? String(Reflect.get(news, name)) : "";
  // The same news again replaces itself.
  const options = { body: field("text"), tag: field("id"), data: field("link") };
  push.waitUntil(worker.registration.showNotification(field("title"), options));
});

addEventListener("notificationclick", (event) => {
  const click = event as Clicked;
  click.notification.close();
  const link = String(click.notification.data ?? "");
  const target = URL.canParse(link) ? new URL(link) : new URL(shell, location.origin);
  click.waitUntil(worker.clients.openWindow(target.pathname));
});
