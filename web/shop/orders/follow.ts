import { shopPaths } from "@orderwatch/shared/shop/paths.ts";
import { bearer } from "../api.ts";

/**
 * Hears of an order's changes (server-sent events) until the connection ends. By fetch, since an EventSource cannot send the
 * order's token in a header, and it must not stand in an address.
 * @throws when the shop refuses or cannot be reached
 */
export async function follow(
  order: { id: string; token: string },
  { onOpen, onChange, signal }: { onOpen: () => void; onChange: () => void; signal: AbortSignal },
): Promise<void> {
  const path = shopPaths.followOrder.replace("GET ", "").replace(":id", encodeURIComponent(order.id));
  const answer = await fetch(path, { headers: bearer(order.token), signal });
  if (!answer.ok || !answer.body) throw new Error(`the shop answered ${answer.status}`);
  onOpen();
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    if (events.some((event) => event.startsWith("event: changed"))) onChange();
  }
}
