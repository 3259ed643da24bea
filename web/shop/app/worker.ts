/** The worker that lets the shop be installed, opened without a network, and told news. */
const script = "/shop-worker.js";

/** Starts it once the page is there. The status page has a worker of its own, and is looked at when much is down. */
export async function startWorker(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator) || location.pathname.startsWith("/status")) return undefined;
  try {
    return await navigator.serviceWorker.register(script, { scope: "/" });
  } catch {
    // Refused by private modes and plain HTTP: the shop works as a page.
    return undefined;
  }
}
