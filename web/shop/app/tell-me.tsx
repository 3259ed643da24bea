import { IconBell } from "@tabler/icons-react";
import { useState } from "react";
import { api, bearer } from "../api.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { startWorker } from "./worker.ts";

const words = {
  en: {
    ask: "Tell me when it is delivered",
    on: "This browser will tell you, also with the shop closed.",
    off: "This browser does not allow notifications from the shop.",
  },
  "zh-CN": {
    ask: "发货后通知我",
    on: "发货后此浏览器会通知您，关闭页面也能收到。",
    off: "此浏览器不允许商店发送通知。",
  },
};

const canPush = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** Lets this browser hear how an order ends. */
export function TellMe({ id, token }: { id: string; token: string }) {
  const { locale } = useSpeech();
  const [is, setIs] = useState<"off" | "asking" | "on" | "refused">("off");
  const ask = async () => {
    setIs("asking");
    try {
      setIs((await watch(id, token, locale)) ? "on" : "refused");
    } catch {
      // Whichever of browser, push company and shop refused: nothing will come, and that is what is said.
      setIs("refused");
    }
  };
  if (!canPush()) return null;
  if (is === "on") return <Notice tone="good">{words[locale].on}</Notice>;
  if (is === "refused") return <Notice tone="warn">{words[locale].off}</Notice>;
  return (
    <Button wide busy={is === "asking"} onClick={ask}>
      <IconBell size={20} aria-hidden="true" />
      {words[locale].ask}
    </Button>
  );
}

async function watch(id: string, token: string, language: "zh-CN" | "en"): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted" || !(await startWorker())) return false;
  const registration = await navigator.serviceWorker.ready;
  const { publicKey } = await api.readStatusPushKey();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  const { p256dh, auth } = keys ?? {};
  if (!endpoint || !p256dh || !auth) return false;
  const body = { push: { endpoint, keys: { p256dh, auth } }, language };
  await api.watchOrder({ params: { id }, body, headers: bearer(token) });
  return true;
}
