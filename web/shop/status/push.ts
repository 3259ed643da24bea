import { api } from "../api.ts";

const script = "/status-worker.js";
const scope = "/status";

export const canPush = (): boolean =>
  "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** What this browser is subscribed by; null when it is not. */
export async function currentPush(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(scope);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Asks the reader, then subscribes; false when they or their browser refuse. */
export async function startPush(language: "zh-CN" | "en"): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await navigator.serviceWorker.register(script, { scope });
  const registration = await navigator.serviceWorker.ready;
  const { publicKey } = await api.readStatusPushKey();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  const { p256dh, auth } = keys ?? {};
  if (!endpoint || !p256dh || !auth) throw new Error("a push subscription without keys");
  await api.subscribeStatus({
    body: { channel: "push", language, subscription: { endpoint, keys: { p256dh, auth } } },
  });
  return true;
}

export async function endPush(): Promise<void> {
  const subscription = await currentPush();
  if (!subscription) return;
  await api.endSubscription({ body: { endpoint: subscription.endpoint } });
  await subscription.unsubscribe();
}
