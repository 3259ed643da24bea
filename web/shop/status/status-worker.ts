/**
 * Shows pushes of the public status, whether the shop is open or not. Its payload is `{ id, title, text, link }`. The browser
 * starts it by itself, so it shares nothing with the page.
 */
interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Pushed extends Waiting {
  data: { json(): unknown } | null;
}
interface Clicked extends Waiting {
  notification: Notification;
}
interface Page {
  url: string;
  focus(): Promise<unknown>;
}
interface WorkerScope {
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll(filter: { type: "window"; includeUncontrolled: true }): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
}

const worker = globalThis as typeof globalThis & WorkerScope;
const statusPath = "/status";

addEventListener("push", (event) => {
  const push = event as Pushed;
  const { title, text, id } = readNews(push.data?.json());
  // The same news again replaces itself.
  push.waitUntil(worker.registration.showNotification(title, { body: text, tag: id }));
});

addEventListener("notificationclick", (event) => {
  const click = event as Clicked;
  click.notification.close();
  click.waitUntil(openStatus());
});

async function openStatus(): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find(({ url }) => new URL(url).pathname === statusPath);
  await (open ? open.focus() : worker.clients.openWindow(statusPath));
}

function readNews(data: unknown): { id: string; title: string; text: string } {
  const news = typeof data === "object" && data !== null ? data : {};
  const field = (name: string) => (name in news ? String(Reflect.get(news, name)) : "");
  return { id: field("id"), title: field("title"), text: field("text") };
}
